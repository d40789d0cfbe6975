"""`photolog log export`: every event once, exact, flattened, sealed; said again it adds what is new."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from commands.dead_letters import DiscardLetter
from events.codec import encode
from events.likes import PostLiked
from infra.wiring.operating import operating
from tests.integration.handlers import cause, row_of
from tests.integration.history.commands import photolog_log, queried
from tests.integration.history.story import ANN, BEN, EVE, POSTS, Story, said, settings_of
from tests.integration.runtime.letters import OPERATOR


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """What anything that reads Parquet finds."""
    return queried(f"SELECT * FROM '{folder}/{table}/**/*.parquet' ORDER BY topic, partition, position")


def exported(data: Path, folder: Path, *words: str) -> dict[str, int]:
    done = photolog_log(data, "export", "--to", folder, "--json", *words)
    assert done.exit_code == 0, done.output
    told: dict[str, int] = json.loads(done.stdout)["rows"]
    return told


def test_every_event_is_there_once_at_its_first_place_and_says_what_it_said(told: Story, folder: Path) -> None:
    found = {row["event_id"]: row for row in rows(folder, "events") if not row["type"].startswith("dead_letter")}
    assert found.keys() == told.expected.keys()
    assert len(rows(folder, "events")) == len(found) + 5
    for event_id, event in told.expected.items():
        row, place = found[event_id], told.first[event_id]
        assert (row["topic"], row["partition"], row["position"]) == (place.topic, place.partition, place.offset)
        assert (row["stream"], row["stream_version"], row["actor"]) == (event.stream, event.version, event.actor)
        assert round(row["at"].timestamp() * 1000) == event.at
        assert row["type"] == event.type.rpartition(".v")[0]


def test_a_type_has_a_table_of_its_own_with_times_as_times_and_what_is_nested_nested(folder: Path) -> None:
    (first, *_) = rows(folder, "post_published")
    assert first["published_at"].year == 2027
    assert first["renditions"][0]["width"] == 150
    assert {row["account_id"] for row in rows(folder, "post_liked")} == {ANN, BEN, EVE}


def test_an_older_version_is_told_from_a_newer_and_reads_as_today(folder: Path) -> None:
    (row,) = rows(folder, "post_upload_completed")
    assert row["schema_version"] == 1
    assert row["caption_tags"] is None, "what version 1 did not keep apart is not told apart without a key"
    assert row["tags"]


def test_nothing_personal_can_be_read_in_any_file(folder: Path) -> None:
    content = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    plain = "".join(json.dumps(pq.read_table(file).to_pylist(), default=str) for file in folder.rglob("*.parquet"))
    for secret in ("By the sea", "Secret", "example.org", "text 1"):
        assert secret.encode() not in content
        assert secret not in plain


def test_what_was_replaced_reads_so_what_was_discarded_is_gone_and_what_waits_is_named(
    told: Story, folder: Path
) -> None:
    ids = {row["event_id"] for row in rows(folder, "comment_written")}
    assert told.replaced in ids
    assert not ids & {told.discarded, told.unreadable}
    (row,) = rows(folder, "unreadable")
    assert (row["event_id"], row["code"], row["type"]) == (told.unreadable, "not_json", "comment.written.v2")


def test_raw_shows_what_the_log_holds_exactly_up_to_the_ends_that_the_manifest_names(
    told: Story, tmp_path: Path
) -> None:
    counted = exported(told.settings.data, tmp_path / "raw", "--raw")
    assert counted["events"] == len(told.told) - 3 + len(told.repeated) + 5
    assert counted["unreadable"] == 3
    manifest = json.loads((tmp_path / "raw" / "manifest.json").read_bytes())
    assert manifest["complete"]
    everything = [*rows(tmp_path / "raw", "events"), *rows(tmp_path / "raw", "unreadable")]
    places = sorted((row["topic"], row["partition"], row["position"]) for row in everything)
    ends = [(topic, int(n), end) for topic, by in manifest["ends"].items() for n, end in by.items()]
    assert places == sorted((topic, n, offset) for topic, n, end in ends for offset in range(end))


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["--type", "post.liked", "--type", "post.published.v3"], 7),
        (["--stream", f"post/{POSTS[0]}"], 2),
        (["--subject", EVE], 6),
        (["--since", "2027-01-16", "--until", "2027-01-17T00:00:00Z"], 4),
    ],
)
def test_an_export_may_be_of_some_events(told: Story, tmp_path: Path, words: list[str], number: int) -> None:
    assert exported(told.settings.data, tmp_path / "some", *words)["events"] == number


def test_json_lines_hold_each_event_as_it_was_stored_with_its_place(told: Story, tmp_path: Path) -> None:
    exported(told.settings.data, tmp_path / "lines", "--format", "jsonl")
    lines = [json.loads(line) for file in tmp_path.rglob("*.jsonl") for line in file.read_text().splitlines()]
    events = {line["id"]: line for line in lines if "id" in line and line["topic"] != "photolog.dlq"}
    assert events.keys() == told.expected.keys()
    assert {one["position"] for one in events.values() if one["id"] in told.first} <= set(range(40))


def test_exported_again_it_adds_what_is_new_and_follows_what_operators_said_since(told: Story, tmp_path: Path) -> None:
    data, target = shutil.copytree(told.settings.data, tmp_path / "data"), tmp_path / "export"
    before = exported(data, target)
    assert exported(data, target) == before
    asyncio.run(_goes_on(told, data))
    after = exported(data, target)
    assert after["post_liked"] == before["post_liked"] + 1
    assert "unreadable" not in after
    assert not list(target.glob("unreadable/**/*.parquet"))
    ids = [row["event_id"] for row in rows(target, "events")]
    assert len(ids) == len(set(ids)) == after["events"]


async def _goes_on(told: Story, data: Path) -> None:
    """One event, one late duplicate, and an operator who discards what waits."""
    async with operating(settings_of(data)) as site:
        event = said(5, PostLiked(post_id=POSTS[2], account_id=BEN, author_id=None), f"like/{POSTS[2]}/{BEN}", 1)
        late = next(one for one in told.told if one.stream.startswith("like/"))
        await site.write.log.append([row_of(one, encode(one, {})) for one in (event, late)])
        order = DiscardLetter(OPERATOR, "comments", told.unreadable, "nobody misses it")
        await site.handler.handle(order, cause("cm_later"))


def test_another_selection_another_log_and_a_folder_of_something_else_are_refused(
    told: Story, folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    before = (copy / "manifest.json").read_bytes()
    assert "another export" in photolog_log(told.settings.data, "export", "--to", copy, "--raw").output
    manifest = json.loads(before)
    manifest["log"] = dict.fromkeys(manifest["log"], "ev_other")
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert "another log" in photolog_log(told.settings.data, "export", "--to", copy).output
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert "not empty" in photolog_log(told.settings.data, "export", "--to", tmp_path / "mine").output
    assert (tmp_path / "mine" / "thesis.txt").exists()


@pytest.mark.parametrize("words", [["--type", "post.publishd"], ["--type", "post.published.v9"], ["--since", "lately"]])
def test_a_slip_of_the_pen_is_said_and_not_answered(told: Story, tmp_path: Path, words: list[str]) -> None:
    assert photolog_log(told.settings.data, "export", "--to", tmp_path / "none", *words).exit_code == 2
    assert not (tmp_path / "none").exists()
