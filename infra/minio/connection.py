"""One user's way to the store: minio-py, which blocks, in a bounded pool of threads, with deadlines on the wire."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar

from minio import Minio
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout

from infra.minio.errors import Tampered, translated
from infra.minio.site import REGION, Access, MinioSite

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 16
TIMEOUT = Timeout(connect=1, read=10)
"""Seconds to reach the store, and between two pieces of its answer."""
RETRIES = Retry(
    total=2,
    connect=2,
    read=1,
    backoff_factor=0.1,
    status_forcelist=[502, 503, 504],
    respect_retry_after_header=False,
)
"""A store that has just started asks for 60 s of patience, which no caller of ours has."""


class _Pool(PoolManager):
    """Knows MinIO's one error that comes with the status of a success: minio-py takes its text for the object."""

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, redirect: bool = True, **more: Any
    ) -> BaseHTTPResponse:
        answer = super().urlopen(method, url, redirect, **more)
        if answer.status == HTTPStatus.PARTIAL_CONTENT and "content-range" not in answer.headers:
            answer.drain_conn()
            answer.release_conn()
            raise Tampered
        return answer


class MinioConnection:
    """A pool of connections. Methods of `store` and `http` block: call them through `run`."""

    def __init__(self, site: MinioSite, access: Access, timeout: Timeout = TIMEOUT) -> None:
        self.http = _Pool(maxsize=THREADS, timeout=timeout, retries=RETRIES)
        address = site.address
        secure = address.scheme == "https"
        self.store = Minio(
            address.netloc, access.user, access.password, secure=secure, region=REGION, http_client=self.http
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="minio")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs blocking work in a thread, and waits for it even when cancelled: what the caller does next comes after.

        Raises Tampered, and what errors.translated raises.
        """
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))
        with translated():
            try:
                return await asyncio.shield(job)
            except asyncio.CancelledError:
                job.add_done_callback(_dropped)  # its failure no longer matters to anybody
                await asyncio.wait([job])
                raise

    def close(self) -> None:
        """Ends the threads after what they are doing, and closes the connections."""
        self._threads.shutdown()
        self.http.clear()


def _dropped(job: asyncio.Future[Any]) -> None:
    if not job.cancelled():
        job.exception()
