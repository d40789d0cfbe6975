"""Any client: schemathesis makes requests of every kind from the document, good and bad, the same each time."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.event_schemas.files import FILES
from tests.callers import caller
from tests.clients.programs import run
from tests.e2e.people import Person

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SEED = "20260517"
CHECKS = ["--checks", "all", "--exclude-checks", "positive_data_acceptance"]
"""The one left out goes by status alone; good_requests_are_taken, in tried.py, goes by the reason."""
BOUNDED = ["--seed", SEED, "--generation-database", "none", "--no-shrink"]


@pytest.fixture(scope="module")
def http(server_url: str) -> Iterator[httpx.Client]:
    with caller(server_url) as client:
        yield client


def try_all(url: str, folder: Path, there: dict[str, list[str]], *options: str) -> str:
    """Runs schemathesis with all of its checks and ours. Fails with what it finds."""
    command = [str(SCHEMATHESIS), "run", str(FILES.openapi), "--url", url, *BOUNDED, *CHECKS]
    environment = {"SCHEMATHESIS_HOOKS": "tests.clients.tried", "PHOTOLOG_THERE": json.dumps(there)}
    return run([*command, *options], folder, PYTHONPATH=str(Path(__file__).parents[2]), **environment)


def test_with_a_token_nothing_is_found(server_url: str, http: httpx.Client, tmp_path: Path) -> None:
    ann, ben = Person.signed_up(http, "ann"), Person.signed_up(http, "ben")
    post, draft = ben.publish(caption="Hello #there"), ann.reserve(draft=True)
    comment = ann.after(ben).post(f"/posts/{post}/comments", {"text": "Hi"}).json()
    ann.post(f"/follow/{ben.id}")
    there = {
        "post_id": [post, draft["post_id"], ann.publish()],
        "user_id": [ben.id],
        "comment_id": [comment["comment_id"]],
        "At-Least-Position": [ann.position],
    }
    bearer = f"Authorization: {ann.bearer['Authorization']}"
    try_all(server_url, tmp_path, there, "--header", bearer, "--max-examples", "5")


def test_without_a_token_nothing_is_found(server_url: str, tmp_path: Path) -> None:
    try_all(server_url, tmp_path, {}, "--phases", "examples,fuzzing", "--max-examples", "3")
