"""What an edge stands before, as an S3 store answers: tests decide what is there, and when it answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEAD = "/photolog/"


class BareStore(ThreadingHTTPServer):
    """Objects by their keys; None is a tombstone. Counts what it is asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.objects: dict[str, bytes | None] = {}
        self.asked: list[str] = []
        self.held: dict[str, tuple[threading.Event, threading.Event]] = {}
        """By key: that it was asked for, and that it may answer with what was there then."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def hold(self, key: str) -> tuple[threading.Event, threading.Event]:
        """The next answer for this key waits."""
        self.held[key] = threading.Event(), threading.Event()
        return self.held[key]


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BareStore

    def do_GET(self) -> None:
        key = self.path.removeprefix(HEAD)
        self.server.asked.append(key)
        there, content = key in self.server.objects, self.server.objects.get(key)
        if (held := self.server.held.pop(key, None)) is not None:
            held[0].set()
            held[1].wait(30)
        self.send_response(200 if there else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        if there and content is None:
            self.send_header("x-amz-meta-gone", "1")
        elif there:
            self.send_header("Content-Type", "image/webp" if key.endswith("webp") else "image/jpeg")
            self.send_header("ETag", f'"{key[-4:]}"')
            self.send_header("Vary", "Origin, Accept-Encoding")
            self.send_header("x-amz-request-id", "18")
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *said: object) -> None:
        """Says nothing."""


@contextmanager
def bare_store() -> Iterator[BareStore]:
    """One that answers."""
    store = BareStore()
    thread = threading.Thread(target=store.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        store.shutdown()
        store.server_close()
        thread.join()
