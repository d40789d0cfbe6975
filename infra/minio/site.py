"""Where the object store is, and as whom it is used. Read by the wiring from the settings PHOTOLOG_S3_*."""

from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

from infra.secrets.site import Secrets

REGION = "us-east-1"
"""MinIO's own default; a name in signatures and no more."""


@dataclass(frozen=True)
class Access:
    """A user of the store."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class MinioSite:
    """One bucket of one store. Origins are like `http://127.0.0.1:9000`.

    One bucket holds everything: what is public is a prefix in its policy (policies.py), and a key means one place.
    """

    endpoint: str
    """Origin under which our own processes reach the store."""
    public_endpoint: str
    """Origin under which clients upload: the host that their URLs are signed for."""
    media_url: str
    """Origin that answers `GET /m/...`: the query API (media_route.py), until there is an edge before the store."""
    bucket: str = "photolog"
    cold_bucket: str = ""
    """What nobody has read for long; empty: there is none."""

    @property
    def buckets(self) -> list[str]:
        """All there are."""
        return [one for one in (self.bucket, self.cold_bucket) if one]

    @property
    def cold(self) -> "MinioSite":
        """The same store with the other bucket for its own."""
        return replace(self, bucket=self.cold_bucket, cold_bucket="")

    @property
    def address(self) -> SplitResult:
        """The endpoint in parts. Raises ValueError for what is no origin."""
        return origin(self.endpoint)


def origin(url: str) -> SplitResult:
    """A scheme and a host. Raises ValueError for anything else: a path would be lost silently."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError(f"the object store's address must be like http://host:9000, not {url!r}")
    return parts


def signer(site: MinioSite, secrets: Secrets) -> Access:
    """The user in whose name clients upload: it may put under `uploads/`, and nothing else."""
    return _derived(f"{site.bucket}-signer", secrets)


def worker(site: MinioSite, secrets: Secrets) -> Access:
    """The user that our processes are: it may do everything with objects. Nothing that it signs leaves the process."""
    return _derived(f"{site.bucket}-worker", secrets)


def _derived(user: str, secrets: Secrets) -> Access:
    """The password derives from the site's secret: every process knows it, and none has to keep it.

    So does the end of the name: while a secret is rotated, the users of both are there, each with its own password.
    """
    named = f"{user}-{secrets.key(f'minio/{user}/name').hex()[:8]}"
    return Access(named, secrets.key(f"minio/{user}").hex())
