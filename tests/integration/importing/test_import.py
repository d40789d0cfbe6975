"""`photolog import` on the embedded backend: what is added, what is not added twice, and what is said of the rest."""

import asyncio
import json
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from infra.local.demo.client import Client
from infra.process.data_folder import held
from tests.callers import callers
from tests.chaos.pictures import picture
from tests.integration.importing.running import (
    accounts,
    events,
    follows,
    imported_here,
    photolog_import,
    written,
)
from tests.pace import patient
from tests.processes import running_server

PASSWORD = "a long password"
PEOPLE, EACH = 30, 4
WITHIN_S, POLL_S = 20.0, 0.02


def test_an_import_said_again_adds_nothing(tmp_path: Path) -> None:
    people = written(tmp_path / "people.jsonl", accounts(PEOPLE))
    edges = written(tmp_path / "edges.jsonl", [*follows(PEOPLE, EACH), {"follower": 0, "followee": 1}])
    first = imported_here(tmp_path / "site", "--json", people, edges)
    assert first.exit_code == 0, first.stderr
    told = json.loads(first.stdout)
    assert (told["added"], told["known"], told["refused"]) == (PEOPLE * (1 + EACH), 1, 0)
    added = events(tmp_path / "site")
    assert added == {"username.claimed.v1": PEOPLE, "account.opened.v1": PEOPLE, "follow.started.v1": PEOPLE * EACH}
    assert told["events"] == sum(added.values())
    again = json.loads(imported_here(tmp_path / "site", "--json", people, edges).stdout)
    assert (again["added"], again["known"], again["events"]) == (0, PEOPLE * (1 + EACH) + 1, 0)
    assert events(tmp_path / "site") == added


def test_rows_that_cannot_be_are_named_without_their_values_and_the_others_go_on(tmp_path: Path) -> None:
    rows = [
        *accounts(2),
        {"id": 5, "username": "secret name", "email": "secret"},
        {"id": 6, "username": "PERSON1", "email": "secret6@example.org"},
        {"id": 1, "username": "secretly", "email": "secret1@example.org"},
        {"follower": 0, "followee": 0},
        {"follower": 0, "followee": 6},
        {"follower": 6, "followee": 0},
        {"follower": 0, "followee": 1},
    ]
    file = written(tmp_path / "all.jsonl", rows)
    file.write_text(file.read_text() + "secret, this is not JSON\n[]\n")
    done = imported_here(tmp_path / "site", "--json", file)
    assert done.exit_code == 1
    said = [line.removeprefix(f"{file}:").split(": ")[:2] for line in done.stderr.splitlines()]
    assert said == [
        ["3", "username"],
        ["3", "email"],
        ["4", "username"],
        ["5", "username"],
        ["6", "followee"],
        ["7", "followee"],
        ["8", "follower"],
        ["10", "row"],
        ["11", "row"],
    ]
    assert "secret" not in done.stderr
    told = json.loads(done.stdout)
    assert (told["added"], told["refused"]) == (3, 8)
    assert events(tmp_path / "site") == {"username.claimed.v1": 2, "account.opened.v1": 2, "follow.started.v1": 1}


def test_nobody_follows_more_accounts_than_a_site_allows_however_often_an_import_is_said(tmp_path: Path) -> None:
    file = written(tmp_path / "all.jsonl", [*accounts(6), *follows(6, each=4)])
    for _ in range(2):
        done = imported_here(tmp_path / "site", file, "--json", account_followees="3")
        assert (done.exit_code, json.loads(done.stdout)["refused"]) == (1, 6)
        assert done.stderr.count(": follower: ") == 6
    assert events(tmp_path / "site")["follow.started.v1"] == 18


def test_two_systems_have_ids_of_their_own(tmp_path: Path) -> None:
    here = written(tmp_path / "here.jsonl", accounts(1))
    there = written(tmp_path / "there.jsonl", [{"id": 0, "username": "elsewhere", "email": "e@example.org"}])
    assert imported_here(tmp_path / "site", here).exit_code == 0
    assert imported_here(tmp_path / "site", there, "--source", "there").exit_code == 0
    assert imported_here(tmp_path / "site", there).exit_code == 1
    assert events(tmp_path / "site")["account.opened.v1"] == 2


def test_a_data_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    with held(tmp_path / "site"):
        refused = photolog_import(tmp_path / "site", written(tmp_path / "people.jsonl", accounts(1)))
    assert refused.returncode == 2
    assert "in use" in refused.stderr


async def followed(client: Client, username: str, by: int) -> Any:
    """The profile, once so many followers show."""
    while True:
        shown = await client.get(f"/users/@{username}")
        if shown["follower_count"] == by:
            return shown
        await asyncio.sleep(POLL_S)


async def test_who_was_imported_is_shown_followed_and_can_log_in(tmp_path: Path) -> None:
    anna, ben = accounts(2)
    anna |= {"display_name": "Anna", "bio": "hello", "created_at": "2019-03-01T12:00:00Z"}
    rows = [anna, ben, {"follower": 1, "followee": 0}]
    assert photolog_import(tmp_path / "site", written(tmp_path / "all.jsonl", rows)).returncode == 0
    ben["password_hash"] = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    assert photolog_import(tmp_path / "site", written(tmp_path / "ben.jsonl", [ben])).returncode == 0
    async with (
        running_server(tmp_path / "site") as server,
        callers(server.url) as http,
    ):
        client = Client(http)
        await client.log_in("person1", PASSWORD)
        async with asyncio.timeout(patient(WITHIN_S)):  # the projections had not been running
            shown = await followed(client, "person0", by=1)
        assert (shown["display_name"], shown["bio"]) == ("Anna", "hello")
        assert shown["followed_by_viewer"] is True
        assert (await client.get("/me"))["email"] == "person1@example.org"


async def test_posts_are_rendered_and_published_with_their_own_picture_or_a_placeholder(tmp_path: Path) -> None:
    (tmp_path / "sea.jpg").write_bytes(picture(1))
    file = tmp_path / "posts.csv"
    file.write_text(
        "id,author,caption,tags,image\n"
        '1,0,"the sea, #calm",sea blue,sea.jpg\n'
        "2,0,nothing to see,,\n"
        "3,0,secret,,secret.jpg\n"
        "4,9,secret,,sea.jpg\n"
    )
    anna, ben = accounts(2)
    ben["password_hash"] = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    people = written(tmp_path / "people.jsonl", [anna, ben, {"follower": 1, "followee": 0}])
    for added in (5, 0):
        done = photolog_import(tmp_path / "site", "--json", people, file)
        assert (done.returncode, json.loads(done.stdout)["added"]) == (1, added)
        assert [line.removeprefix(f"{file}:").split(": ")[:2] for line in done.stderr.splitlines()] == [
            ["4", "image"],
            ["5", "author"],
        ]
    async with (
        running_server(tmp_path / "site") as server,
        callers(server.url) as http,
    ):
        client = Client(http)
        await client.log_in("person1", PASSWORD)
        async with asyncio.timeout(patient(WITHIN_S)):
            cards = await fed(client, 2)
    shown = {card["caption"]: card["tags"] for card in cards}
    assert shown == {"the sea, #calm": ["sea", "blue", "calm"], "nothing to see": []}


async def fed(client: Client, number: int) -> list[Any]:
    """The feed, once it has so many cards."""
    while True:
        cards = await client.feed()
        if len(cards) == number:
            return cards
        await asyncio.sleep(POLL_S)
