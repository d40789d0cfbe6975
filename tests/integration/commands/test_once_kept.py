"""What is kept under an Idempotency-Key: nothing personal in clear, nothing that tells a body to who has no secret."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from commands.accounts import ChangeProfile, account_stream
from commands.answers import Answer
from commands.once import Attempt, Work
from schemas.errors import IdempotencyKeyReused, TokenInvalid
from schemas.ids import AccountId
from tests.integration.commands.asking import Counting, asked
from tests.integration.stores import Site

SECRET_BIO = "nobody may find these words"


def everything_in(folder: Path) -> bytes:
    """Every byte of the file that holds the truth, and of its write-ahead log."""
    return b"".join(file.read_bytes() for file in folder.glob("log.sqlite*"))


def changing(site: Site, actor: AccountId, bio: str) -> Work:
    """Work that decides something and answers with something personal."""

    async def work(attempt: Attempt) -> Answer:
        decision = await site.handler.handle(ChangeProfile(actor, None, bio), attempt.cause)
        return Answer(200, {"bio": decision.state.bio}, {}, actor)

    return work


async def stored_digest(site: Site) -> str:
    (row,) = site.truth.rows("SELECT body_hash FROM key_records")
    return str(row["body_hash"])


async def test_what_is_kept_of_a_body_tells_nobody_without_the_secret_what_it_was(site: Site) -> None:
    body = b'{"password": "correct horse"}'
    await site.once.run(asked(body=body), Counting())
    kept = await stored_digest(site)
    for algorithm in ("sha256", "sha1", "md5", "sha512"):
        for guess in (body, asked(body=body).scope.encode() + b"\n" + body):
            assert kept != hashlib.new(algorithm, guess).hexdigest()
    await site.truth.write("DELETE FROM key_records")
    await replace(site.once, body_keys=[b"another site's"]).run(asked(body=body), Counting())
    assert await stored_digest(site) != kept


async def test_two_requests_with_one_body_cannot_be_told_to_have_it(site: Site) -> None:
    for key in ("k1", "k2"):
        await site.once.run(asked(key=key), Counting())
    assert len({row["body_hash"] for row in site.truth.rows("SELECT body_hash FROM key_records")}) == 2


async def test_a_retry_across_a_rotation_of_the_secret_gets_the_first_answer(site: Site) -> None:
    before, both = replace(site.once, body_keys=[b"old"]), replace(site.once, body_keys=[b"new", b"old"])
    first = await before.run(asked(), Counting())
    assert await both.run(asked(), Counting()) == first
    with pytest.raises(IdempotencyKeyReused):
        await both.run(asked(body=b"{ }"), Counting())


async def test_a_retry_across_the_upgrade_from_plain_hashes_gets_the_first_answer(site: Site) -> None:
    first = await site.once.run(asked(), Counting())
    await site.truth.write("UPDATE key_records SET body_hash = ?", (hashlib.sha256(b"{}").hexdigest(),))
    assert await site.once.run(asked(), Counting()) == first
    with pytest.raises(IdempotencyKeyReused):
        await site.once.run(asked(body=b"{ }"), Counting())


async def test_a_command_that_was_done_before_its_answer_was_kept_is_not_done_again(site: Site) -> None:
    ann = await site.account("ann")
    work = changing(site, ann, "x")
    await site.once.run(asked(ann), work)
    await site.truth.write("UPDATE key_records SET answer = NULL, lease_until = 0")
    assert (await site.once.run(asked(ann), work)).body == {"bio": "x"}
    assert len(await site.ledger.load(account_stream(ann))) == 2


async def test_kept_answers_and_events_hold_nothing_personal_in_clear(site: Site, tmp_path: Path) -> None:
    ann = await site.account("annabella")
    answer = await site.once.run(asked(ann), changing(site, ann, SECRET_BIO))
    assert answer.body == {"bio": SECRET_BIO}
    on_disk = everything_in(tmp_path)
    assert ann.encode() in on_disk, "this is where it would be"
    for said in (SECRET_BIO, "annabella@example.org"):
        assert said.encode() not in on_disk
    assert (await site.once.run(asked(ann), changing(site, ann, "other"))).body == {"bio": SECRET_BIO}


async def test_a_kept_answer_is_lost_with_the_key_of_its_subject(site: Site) -> None:
    ann = await site.account("ann")
    await site.once.run(asked(ann), changing(site, ann, SECRET_BIO))
    await site.vault.destroy_key(ann)
    with pytest.raises(TokenInvalid):
        await site.once.run(asked(ann), changing(site, ann, SECRET_BIO))
