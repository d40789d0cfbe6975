"""An event that cannot be taken is put aside, and others go on; what is no fault of the event is waited for."""

import pytest

from events.codec import NewerVersion
from processors.allowance import TooMany
from processors.pace import Pace
from projections.dead_letters import LETTERS
from projections.likes import PROJECTION as LIKING
from schemas.errors import Gone, Unavailable
from schemas.positions import Partition
from schemas.refusals import UnknownLetter
from tests.integration.runtime.letters import BAD, Bench, comment, like
from tests.integration.runtime.newer_events import newer_like, upgraded
from tests.unit.samples import ANN


async def test_of_a_batch_the_good_ones_are_applied_and_the_bad_one_is_put_aside_under_its_own_offset(
    bench: Bench,
) -> None:
    places = await bench.append(comment(1), comment(2), (comment(3), BAD), comment(4))
    process = await bench.process()
    await process.takes()
    assert await bench.comments() == (["text 4", "text 2", "text 1"], 3)
    assert process.holds == [comment(3).stream]
    await bench.heard()
    ((letter),) = await bench.site.tables.slice(LETTERS, ("comments",), 10)
    assert (letter["letter_id"], letter["code"], letter["field"]) == ("ev_3_1", "not_json", "")
    assert (letter["log_partition"], letter["log_offset"]) == (places[2].partition, places[2].offset)


async def test_a_deployment_that_can_read_nothing_is_stopped(bench: Bench) -> None:
    await bench.append(*((comment(number), BAD) for number in range(10)))
    process = await bench.process(pace=Pace(dead_letters=3))
    with pytest.raises(TooMany, match="3 in an hour; the next is not_json"):
        await process.takes()
    with pytest.raises(TooMany):
        await process.takes()
    await bench.heard()
    assert len(await bench.site.tables.slice(LETTERS, ("comments",), 10)) == 3
    (progress,) = (await bench.site.positions.progress("comments@v1")).values()
    assert progress.rows == 3


async def test_what_a_newer_release_wrote_is_waited_for_and_no_letter(bench: Bench) -> None:
    await bench.append(newer_like(like("ac_1", 1).event.post_id, 1))  # type: ignore[attr-defined]
    process = await bench.process(LIKING)
    with pytest.raises(NewerVersion):
        await process.takes()
    assert process.holds == []
    with upgraded():
        await process.takes()


async def test_a_vault_that_is_away_is_waited_for_and_makes_no_letter(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.append(comment(1), comment(2))
    process = await bench.process()

    async def away(_subjects: object) -> object:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(bench.site.vault, "keys", away)
        with pytest.raises(Unavailable):
            await process.takes()
    assert process.holds == []
    await process.takes()
    assert await bench.comments() == (["text 2", "text 1"], 2), "with their texts: no key was taken for destroyed"


async def test_who_opens_nothing_waits_for_no_vault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.append(comment(1), like("ac_1", 1))

    async def away(_subjects: object) -> object:
        raise Unavailable

    monkeypatch.setattr(bench.site.vault, "keys", away)
    await (await bench.process(LIKING)).takes()
    assert await bench.likes() == 1


async def test_what_is_no_letter_cannot_be_ordered_about_and_what_was_discarded_stays_so(bench: Bench) -> None:
    await bench.append((comment(1), BAD))
    await (await bench.process()).takes()
    with pytest.raises(UnknownLetter):
        await bench.retry("ev_9_9")
    await bench.discard("ev_1_1")
    with pytest.raises(Gone):
        await bench.replace("ev_1_1", comment(1))


async def test_a_letter_holds_no_value(bench: Bench) -> None:
    bad = bench.wire(comment(1)).replace(b'"written_at":', b'"written_at":"private",  "x":')
    await bench.append((comment(1), bad))
    await (await bench.process()).takes()
    await bench.heard()
    (letter,) = await bench.site.tables.slice(LETTERS, ("comments",), 10)
    assert (letter["code"], letter["field"]) == ("invalid_field", "written_at")
    (entry,) = await bench.site.log.read("photolog.dlq", 0, 0, 10)
    assert b"private" not in entry.wire
    assert ANN.encode() not in entry.wire
    assert Partition("photolog.dlq", 0) in {Partition(*one) for one in await bench.site.log.ends()}
