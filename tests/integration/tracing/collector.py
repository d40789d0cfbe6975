"""A collector as OpenTelemetry's exporters speak to: OTLP over HTTP, protobuf (opentelemetry-proto)."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector(ThreadingHTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.spans: list[Span] = []
        self.came = Condition()

    def wait_for(self, seconds: float, *names: str) -> list[Span]:
        """The spans, once there are some of these names."""
        with self.came:
            there = self.came.wait_for(lambda: {span.name for span in self.spans} >= set(names), seconds)
            assert there, f"of {names} only {sorted({span.name for span in self.spans})} came"
            return list(self.spans)


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        said = ExportTraceServiceRequest.FromString(content)
        with self.server.came:
            self.server.spans += [span for one in said.resource_spans for of in one.scope_spans for span in of.spans]
            self.server.came.notify_all()
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_said: object) -> None:
        """Tests ask the spans."""


@contextmanager
def collecting() -> Iterator[Collector]:
    """One that listens during the block."""
    with Collector() as collector:
        listening = Thread(target=collector.serve_forever)
        listening.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            listening.join()
