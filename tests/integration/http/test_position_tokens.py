"""Tokens cover everything that their holder has seen, in 256 bytes, on a site of 64 partitions a topic."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import projections.position_tokens as subject
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.positions import SqlitePositions
from projections.position_tokens import PositionTokens
from schemas.errors import BadPosition, NotYetVisible, Unavailable
from schemas.positions import FOLLOWS, MAX_TOKEN, POSTS, TOPICS, Partition, Position, decode_token, encode_token
from tests.pace import patient

LOG, OTHER_LOG = b"ours", b"else"
PARTITIONS = 64
CARDS, FEED = "cards@v1", "feed@v1"
READS = {CARDS: TOPICS, FEED: (POSTS, FOLLOWS)}
EVERYWHERE = [Position(topic, partition, 2**28 + partition) for partition in range(PARTITIONS) for topic in TOPICS]


class Log:
    """The end of a log, which may be away."""

    def __init__(self) -> None:
        self.asked = 0
        self.ends = Counter({(place.topic, place.partition): place.offset + 1 for place in EVERYWHERE})
        self.away = False

    async def __call__(self) -> dict[tuple[str, int], int]:
        self.asked += 1
        ends = dict(self.ends)
        await asyncio.sleep(0.01)
        if self.away:
            raise Unavailable
        return ends


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def positions(tmp_path: Path) -> Iterator[SqlitePositions]:
    database = SqliteDatabase(tmp_path / "views.sqlite", "NORMAL")
    yield SqlitePositions(database, READS)
    database.close()


@pytest.fixture
def tokens(log: Log, positions: SqlitePositions) -> PositionTokens:
    return PositionTokens(LOG, READS, positions, log)


async def applied(positions: SqlitePositions, places: list[Position], *projections: str) -> None:
    for projection in projections:
        for place in places:
            if place.topic in READS[projection]:
                await positions.advance(projection, place, "ev")


def covers(token: str, places: list[Position], unapplied: list[Position]) -> bool:
    """Whether whoever waits for the token's places has waited for all of these."""
    held = {Partition.of(place): place.offset for place in decode_token(token).places}
    return all(held.get(Partition.of(place), -1) >= place.offset for place in places if place in unapplied)


async def test_what_every_projection_has_applied_is_left_out_and_the_rest_is_covered(
    tokens: PositionTokens, positions: SqlitePositions
) -> None:
    """A client that keeps only the latest token, and writes to every partition there is, one after the other."""
    token, seen = "", []
    for number, place in enumerate(EVERYWHERE):
        before = await tokens.read(token)
        await tokens.room(before)
        token = tokens.write([place], before)
        seen.append(place)
        assert len(token) <= MAX_TOKEN
        unapplied = EVERYWHERE[max(0, number - 10) : number + 1]
        assert covers(token, seen, unapplied)
        await applied(positions, EVERYWHERE[max(0, number - 10) :][:1], CARDS, FEED)


async def test_what_one_projection_has_still_to_apply_is_kept(
    tokens: PositionTokens, positions: SqlitePositions
) -> None:
    late, done = Position(POSTS, 1, 5), Position(POSTS, 2, 5)
    await applied(positions, [late, done], CARDS)
    await applied(positions, [done], FEED)
    assert await positions.wait([CARDS, FEED], [done], 1)
    assert decode_token(tokens.write([], [late, done])).places == [late]


async def test_what_follows_from_an_event_is_waited_for_too_while_there_is_room(
    tokens: PositionTokens, positions: SqlitePositions
) -> None:
    follow = Position(FOLLOWS, 1, 5)
    await positions.advance(CARDS, follow, "ev")
    await positions.advance(FEED, follow, "ev", finished=5)
    assert await positions.wait([CARDS, FEED], [follow], 1)
    assert decode_token(tokens.write([], [follow])).places == [follow]
    await positions.finish(FEED, Partition(FOLLOWS, 1), 6)
    assert await positions.wait([CARDS, FEED], [], 1, [follow])
    assert decode_token(tokens.write([], [follow])).places == []


async def test_without_room_a_command_waits_for_what_its_caller_has_seen(
    tokens: PositionTokens, positions: SqlitePositions
) -> None:
    seen = EVERYWHERE[:28]
    waiting = asyncio.create_task(tokens.room(seen))
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done
    await applied(positions, seen, CARDS, FEED)
    await asyncio.wait_for(waiting, patient(5))
    assert await positions.wait([CARDS, FEED], seen, 5)
    assert decode_token(tokens.write(EVERYWHERE[30:33], seen)).places == sorted(
        EVERYWHERE[30:33], key=lambda place: (place.partition, TOPICS.index(place.topic))
    )


async def test_a_command_waits_no_longer_than_until_there_is_room(
    tokens: PositionTokens, positions: SqlitePositions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held in one partition is not applied for hours."""
    monkeypatch.setattr(subject, "ROOM_WITHIN_S", 3600)
    seen = EVERYWHERE[:28]
    await applied(positions, seen[:15], CARDS, FEED)
    await asyncio.wait_for(tokens.room(seen), patient(5))
    assert set(decode_token(tokens.write([], seen)).places) == set(seen[15:])


async def test_where_it_is_not_applied_in_time_nothing_is_decided(
    tokens: PositionTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "ROOM_WITHIN_S", 0.1)
    with pytest.raises(NotYetVisible):
        await tokens.room(EVERYWHERE[:28])


async def test_places_of_another_log_are_ignored(tokens: PositionTokens) -> None:
    beyond = [Position(POSTS, 0, 2**60)]
    assert await tokens.read(encode_token(beyond, OTHER_LOG)) == []
    assert await tokens.read("") == await tokens.read(None) == []


async def test_a_place_beyond_the_logs_end_is_refused_at_once(tokens: PositionTokens, log: Log) -> None:
    here = EVERYWHERE[0]
    assert await tokens.read(encode_token([here], LOG)) == [here]
    for wrong in (Position(here.topic, here.partition, here.offset + 1), Position(here.topic, PARTITIONS, 0)):
        with pytest.raises(BadPosition):
            await asyncio.wait_for(tokens.read(encode_token([wrong], LOG)), patient(1))


async def test_many_who_ask_for_what_the_process_does_not_know_ask_the_log_together(
    tokens: PositionTokens, log: Log
) -> None:
    wrong = encode_token([Position(POSTS, 0, 2**40)], LOG)
    outcomes = await asyncio.gather(*(tokens.read(wrong) for _ in range(100)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {BadPosition}
    assert log.asked <= 2


async def test_an_event_that_was_appended_during_another_question_is_not_refused(
    tokens: PositionTokens, log: Log
) -> None:
    fresh = Position(POSTS, 0, 2**40)
    first = asyncio.create_task(tokens.read(encode_token([Position(POSTS, 1, 2**50)], LOG)))
    await asyncio.sleep(0.005)  # within the first question
    log.ends[POSTS, 0] = 2**40 + 1
    assert await tokens.read(encode_token([fresh], LOG)) == [fresh]
    with pytest.raises(BadPosition):
        await first


async def test_what_is_known_to_exist_is_not_asked_for(
    tokens: PositionTokens, positions: SqlitePositions, log: Log
) -> None:
    done, written = Position(POSTS, 2, 5), Position(POSTS, 3, 5)
    await applied(positions, [done], CARDS)
    assert await positions.wait([CARDS], [done], 1)
    own = tokens.write([written], [])
    assert await tokens.read(own) == [written]
    assert await tokens.read(encode_token([done], LOG)) == [done]
    assert log.asked == 0


async def test_while_the_log_is_away_nothing_is_refused(tokens: PositionTokens, log: Log) -> None:
    log.away = True
    place = Position(POSTS, 0, 2**40)
    assert await tokens.read(encode_token([place], LOG)) == [place]
