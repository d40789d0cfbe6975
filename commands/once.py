"""Commands under an Idempotency-Key: the first answer is kept in the ledger, sealed, and given again to every retry."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import orjson

from commands.answers import Answer, refusal
from commands.handling import Cause
from commands.ids import Snowflakes
from commands.ports import KeyRecord, Ledger, Transactions, Vault
from events.personal import Redacted, seal, unseal
from schemas.errors import IdempotencyKeyInUse, IdempotencyKeyReused, PhotologError, TokenInvalid
from schemas.ids import COMMAND_PREFIX, CommandId, Millis

LEASE_MS = 10_000
"""How long a killed request keeps its key in use. Two attempts at once are one command all the same: its id, and those
of all that it makes, are in the record, and the first answer that is kept is everybody's."""


@dataclass(frozen=True)
class Request:
    """What a client asked, as far as it decides whether two requests are one."""

    actor: str
    method: str
    path: str
    key: str | None
    body: bytes

    @property
    def scope(self) -> str:
        """Hash of account, method, path and key."""
        return hashlib.sha256("\n".join((self.actor, self.method, self.path, self.key or "")).encode()).hexdigest()


@dataclass(frozen=True)
class Attempt:
    """One try at a request: the command id, the digits for what it creates and its number, the same in every retry."""

    command_id: CommandId
    seed: str
    number: int = 0
    again: bool = field(default=False, compare=False)
    """Whether an earlier attempt may have got somewhere."""

    @property
    def cause(self) -> Cause:
        return Cause(self.command_id, self.command_id, self.number, self.again)


Work = Callable[[Attempt], Awaitable[Answer]]


@dataclass(frozen=True)
class Once:
    """Does a request's work once, however often it is asked."""

    ledger: Ledger
    vault: Vault
    transactions: Transactions
    ids: Snowflakes
    clock: Callable[[], Millis]
    body_keys: Sequence[bytes] = field(repr=False)
    """Bodies are digested with the first; what was with another is known while the site's secret is rotated."""

    async def run(self, request: Request, work: Work, numbers: str = "") -> Answer:
        """The answer of `work`, or the one it gave before. Raises what `work` raises, kept or not.

        `numbers` names what the command takes a number of, if it does: the number is then the same in every retry.
        """
        seed = await self.ids.digits()
        fresh = Attempt(CommandId(f"{COMMAND_PREFIX}_{seed}"), seed)
        async with self.transactions.together():
            if request.key is None:
                return await work(fresh)
            number = await self.ledger.number(numbers) + 1 if numbers else 0
            record = await self._reserve(request, replace(fresh, number=number))
            if record.answer is not None:
                return await self._opened(record.scope, record.answer)
            again = record.command_id != fresh.command_id
            try:
                answer = await _settled(work, Attempt(record.command_id, record.seed, record.number, again))
                kept = await self._sealed(record.scope, answer)
                standing = await self.ledger.answer(record.scope, kept)
            except PhotologError:
                await self._let_go(record)
                raise
            # Another attempt, after this one's lease, may have been answered first.
            return answer if standing == kept else await self._opened(record.scope, standing)

    async def _reserve(self, request: Request, fresh: Attempt) -> KeyRecord:
        now = self.clock()
        digests = [_digest(key, request) for key in self.body_keys]
        mine = KeyRecord(
            scope=request.scope,
            body_hash=digests[0],
            command_id=fresh.command_id,
            seed=fresh.seed,
            lease_until=now + LEASE_MS,
            holder=fresh.seed,
            number=fresh.number,
        )
        record = await self.ledger.reserve(mine, now)
        if record.body_hash not in (*digests, hashlib.sha256(request.body).hexdigest()):
            raise IdempotencyKeyReused
        if record.answer is None and record.holder != mine.holder:
            raise IdempotencyKeyInUse(retry_after=1)
        return record

    async def _let_go(self, record: KeyRecord) -> None:
        """Ends the lease of an attempt that is over without an answer: a retry need not wait. A successor's stands."""
        with suppress(PhotologError):  # if this fails too, the lease runs out
            await self.ledger.reserve(replace(record, lease_until=0), now=record.lease_until)

    async def _sealed(self, scope: str, answer: Answer) -> bytes:
        plain = {"status": answer.status, "body": answer.body, "headers": answer.headers}
        if answer.subject is None:
            return orjson.dumps({"subject": None, "answer": plain})
        key = (await self.vault.keys([answer.subject]))[answer.subject]
        if key is None:
            raise TokenInvalid("this account does not exist any more")
        return orjson.dumps({"subject": answer.subject, "answer": seal(plain, key, scope, "answer")})

    async def _opened(self, scope: str, kept: bytes) -> Answer:
        raw = orjson.loads(kept)
        plain = raw["answer"]
        if raw["subject"] is not None:
            key = (await self.vault.keys([raw["subject"]]))[raw["subject"]]
            plain = unseal(plain, key, scope, "answer")
        if isinstance(plain, Redacted):
            raise TokenInvalid("this account does not exist any more")
        return Answer(plain["status"], plain["body"], plain["headers"], raw["subject"])


def _digest(key: bytes, request: Request) -> str:
    """Tells whether a body came before, and nothing to who does not have the key: a body may hold a password.

    Records of releases before this one hold a plain hash, which is good until they expire.
    """
    return hmac.new(key, f"{request.scope}\n".encode() + request.body, hashlib.sha256).hexdigest()


async def _settled(work: Work, attempt: Attempt) -> Answer:
    """The answer, a final refusal being one too; what may turn out otherwise next time is raised and not kept."""
    try:
        return await work(attempt)
    except PhotologError as error:
        if not error.final or error.status >= 500:
            raise
        return refusal(error)
