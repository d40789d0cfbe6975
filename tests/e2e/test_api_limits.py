"""Bodies larger than any JSON of ours are refused before they are read."""

from collections.abc import Iterator

import httpx

from infra.process.settings import Settings

MAX_BODY_BYTES = Settings().http_body_bytes


def test_a_body_that_says_it_is_too_large_is_refused(http: httpx.Client) -> None:
    answer = http.post("/accounts", content=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_that_turns_out_too_large_is_refused(http: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 2):
            yield b" " * 1024

    answer = http.post("/accounts", content=chunks(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
