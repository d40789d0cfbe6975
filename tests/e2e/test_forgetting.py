"""A destroyed key makes an immutable log forget: what an account said is nowhere, and everybody else's still is."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from events.envelope import Event, Recorded
from events.personal import Redacted
from infra.local.stack.stack import Stack
from tests.callers import caller
from tests.e2e.forgetting.markers import Markers, found
from tests.e2e.forgetting.places import ClusterPlaces, EmbeddedPlaces, Places
from tests.e2e.people import PASSWORD, Person, log_in
from tests.processes import running_server
from tests.sites import running_site

KEYS = {"comment": "said once", "account": "signed up once"}


@pytest.fixture
async def site(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, Places]]:
    """A site with nothing on it, and everything that it keeps."""
    if backend == "embedded":
        async with running_server(tmp_path / "data") as server:
            yield server.url, EmbeddedPlaces(server)
    else:
        stack: Stack = request.getfixturevalue("stack")
        async with running_site(stack.environment, tmp_path / "site") as running:
            yield running.url, ClusterPlaces(running, stack)


async def test_nothing_of_an_account_is_found_once_its_key_is_destroyed(site: tuple[str, Places]) -> None:
    url, places = site
    gone, stays = Markers(), Markers()
    with caller(url) as http:
        ann, ben = sign_up(http, gone), sign_up(http, stays)
        post, other = everything_said(ann, gone), everything_said(ben, stays)
        engage(ann, ben, other)
        engage(ben, ann, post)
        answers = [say(ann, other, gone), say(ben, post, stays)]
        before = counts(ben, ann.id, ben.id, post, other)
        look_around(ben, ann.id, post, other)

        await assert_all_found(places, gone, stays)
        await places.destroy(ann.id)
        await places.make_read_models_anew()

        replayed = told(await places.replayed())
        assert found(gone.texts, replayed) == set()
        assert found(stays.texts, replayed) == set(stays.texts)
        caught_up(ben)
        assert counts(ben, ann.id, ben.id, post, other) == before
        look_around(ben, ann.id, post, other)
        assert ben.get(f"/users/{ann.id}").json()["username"] is None
        for kept, content in (await places.kept()).items():
            assert found(gone.texts, content) == set(), f"{kept} still hold something"
        assert say(ben, post, stays).json() == answers[1].json(), "a kept answer of somebody else"
        assert say(ann, other, gone).status_code == 401, "a kept answer cannot be opened any more"


async def assert_all_found(places: Places, gone: Markers, stays: Markers) -> None:
    """Everything is in the log, though not to be read there; what readers get is in read models in clear."""
    replayed = told(await places.replayed())
    for markers in (gone, stays):
        assert found(markers.texts, replayed) == set(markers.texts)
    kept = await places.kept()
    shown = {gone.username, gone.display_name, gone.bio, gone.edited, gone.tag, gone.alt_text, gone.comment, gone.email}
    for name, content in kept.items():
        there = found(gone.texts, content)
        if name.startswith("read models"):
            assert there >= shown
        elif name == "caches":
            assert there, "readers have been shown this account"
        else:
            assert there == set(), f"{name} hold something in clear"


def sign_up(http: httpx.Client, markers: Markers) -> Person:
    """Under a name and an address that hold markers."""
    body = {
        "username": markers.username,
        "password": PASSWORD,
        "email": f"{markers.email}@example.org",
        "display_name": markers.display_name,
    }
    answer = http.post("/accounts", json=body, headers={"Idempotency-Key": KEYS["account"]})
    assert answer.status_code == 201, answer.text
    tokens = log_in(http, markers.username).json()
    person = Person(http, answer.json()["account_id"], markers.username, tokens)
    person.position = answer.headers["Log-Position"]
    assert person.ask("PATCH", "/me", json={"bio": markers.bio}).status_code == 200
    return person


def everything_said(person: Person, markers: Markers) -> str:
    """A published post, and an edit of it."""
    place = {"lat": markers.latitude, "lon": markers.longitude}
    said: dict[str, Any] = {
        "filename": f"{markers.filename}.jpg",
        "caption": f"{markers.caption} #{markers.hashtag}",
        "tags": [markers.tag],
        "alt_text": markers.alt_text,
        "location": place,
    }
    post = person.publish(**said)
    assert person.ask("PATCH", f"/posts/{post}", json={"caption": markers.edited}).status_code == 200
    return post


def say(person: Person, post: str, markers: Markers) -> httpx.Response:
    """A comment, said once under its key however often it is sent."""
    return person.ask(
        "POST", f"/posts/{post}/comments", json={"text": markers.comment}, headers={"Idempotency-Key": KEYS["comment"]}
    )


def engage(person: Person, other: Person, post: str) -> None:
    """Follows and likes."""
    assert person.after(other).post(f"/follow/{other.id}").status_code == 200
    assert person.post(f"/likes/{post}").status_code == 200


def counts(viewer: Person, *what: str) -> list[dict[str, int]]:
    """Every count that readers see of these accounts and posts."""
    shown = [viewer.get(f"/users/{one}" if one.startswith("ac_") else f"/posts/{one}").json() for one in what]
    return [{name: value for name, value in body.items() if name.endswith("_count")} for body in shown]


def look_around(viewer: Person, account: str, *posts: str) -> None:
    """Reads what there is, so that caches hold it."""
    paths = [f"/users/{account}", "/feed", f"/users/{account}/feed", f"/users/{account}/followers"]
    for path in [*paths, *(f"/posts/{post}/comments" for post in posts), *(f"/posts/{post}" for post in posts)]:
        assert viewer.get(path).status_code == 200, path


def caught_up(viewer: Person) -> None:
    """Waits until the read models that were made anew have everything that this person has seen."""
    for path in ("/me", "/feed"):
        while (answer := viewer.get(path)).status_code == 503:
            assert answer.json()["code"] == "not_yet_visible", answer.text
        assert answer.status_code == 200, answer.text


def told(events: list[Recorded[Event]]) -> bytes:
    """What a replay shows."""
    return b"\n".join(orjson.dumps({**one.envelope(), "data": _shown(one.event)}) for one in events)


def _shown(event: Event) -> dict[str, Any]:
    redacted = {name for name in event.personal if isinstance(getattr(event, name), Redacted)}
    return event.model_dump(mode="json", exclude=redacted) | dict.fromkeys(redacted, "REDACTED")
