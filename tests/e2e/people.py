"""People who use a server as clients do: with a token, reading what they wrote, uploading through the whole path."""

import time
from itertools import product
from typing import Any

import httpx

from tests.chaos.pictures import checksum, picture
from tests.pace import patient

PASSWORD = "correct horse"
POLL_S, PUBLISHED_WITHIN_S = 0.05, 30.0
FINAL = {"published", "rejected", "deleted"}


class Person:
    """One account. Keeps the latest Log-Position and asks every read for it: so it sees what it did."""

    def __init__(self, http: httpx.Client, account_id: str, username: str, tokens: dict[str, Any]) -> None:
        self.http = http
        self.id = account_id
        self.username = username
        self.tokens = tokens
        self.position = ""

    @classmethod
    def signed_up(cls, http: httpx.Client, username: str) -> "Person":
        """Opens an account, logs in, and waits until others can see it: no position of theirs covers that."""
        body = {"username": username, "password": PASSWORD, "email": f"{username}@example.org"}
        answer = http.post("/accounts", json=body)
        assert answer.status_code == 201, answer.text
        person = cls(http, answer.json()["account_id"], username, log_in(http, username).json())
        person.position = answer.headers["Log-Position"]
        assert person.get(f"/users/{person.id}").status_code == 200
        return person

    @property
    def bearer(self) -> dict[str, str]:
        """The header that says who asks."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **content: Any) -> httpx.Response:
        """Sends a request that covers everything done so far, and remembers where its outcome can be seen."""
        seen = {"At-Least-Position": self.position} if self.position else {}
        answer = self.http.request(method, path, headers={**self.bearer, **seen, **(headers or {})}, **content)
        self.position = answer.headers.get("Log-Position", self.position)
        return answer

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.ask("GET", path, params=params)

    def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, headers=named, **({} if json is None else {"json": json}))

    def delete(self, path: str) -> httpx.Response:
        return self.ask("DELETE", path)

    def after(self, other: "Person") -> "Person":
        """Waits until what both have done can be read, on the pages that together use every read model."""
        for position, page in product((self.position, other.position), ("/feed", "/notifications", "/search?q=nobody")):
            answer = self.http.get(page, headers={**self.bearer, "At-Least-Position": position})
            assert answer.status_code == 200, answer.text
        return self

    def reserve(self, content: bytes | None = None, path: str = "/posts", **said: Any) -> dict[str, Any]:
        """Announces a small JPEG, or whatever is said."""
        content = picture(0) if content is None else content
        announced = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": len(content)}
        answer = self.post(path, {**announced, "checksum_sha256": checksum(content), **said})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def upload(self, reservation: dict[str, Any], content: bytes | None = None) -> httpx.Response:
        """Puts the bytes where a reservation says; of another length, if that is what they are."""
        content = picture(0) if content is None else content
        headers = {**reservation["upload_headers"], "Content-Length": str(len(content))}
        return self.http.put(reservation["upload_url"], content=content, headers=headers)

    def publish(self, content: bytes | None = None, path: str = "/posts", **said: Any) -> str:
        """Posts a photo and waits until everybody can see it; its id."""
        reservation = self.reserve(content, path, **said)
        post: str = reservation["post_id"]
        assert self.upload(reservation, content).is_success
        assert self.post(f"{path}/{post}/complete").status_code == 202
        assert self.final_status(post).json()["status"] == "published"
        return post

    def final_status(self, post: str) -> httpx.Response:
        """The status of an upload once nothing more will become of it."""
        deadline = time.monotonic() + patient(PUBLISHED_WITHIN_S)
        while (answer := self.get(f"/posts/{post}/status")).json()["status"] not in FINAL:
            assert time.monotonic() < deadline, answer.text
            time.sleep(POLL_S)
        return answer


def log_in(http: httpx.Client, username: str, password: str = PASSWORD) -> httpx.Response:
    """Asks for tokens."""
    return http.post("/oauth/token", data={"grant_type": "password", "username": username, "password": password})


def refresh(http: httpx.Client, token: str) -> httpx.Response:
    """Asks for the next tokens."""
    return http.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token})


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is a problem of this status and code, in the shape that every problem has; its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:photolog:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert answer.headers.get("WWW-Authenticate", "").startswith("Bearer") == (status == 401)
    if status == 422 and code == "validation_failed":
        assert all(set(error) == {"field", "message"} for error in body["errors"])
        assert body["errors"]
    return body


def fields(problem: dict[str, Any]) -> list[str]:
    """Which fields a validation problem names."""
    return [error["field"] for error in problem["errors"]]
