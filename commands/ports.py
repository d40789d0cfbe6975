"""The ports that the write side needs. Adapters live in infra; all of them pass the one contract suite of each port."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eventsourcing.persistence import StoredEvent

from schemas.ids import AccountId, CommandId, EventId, Millis, SessionId
from schemas.positions import Position


class Transactions(Protocol):
    """Writes that belong together, on a backend that can do so. The protocol of the write side is right without it."""

    def together(self) -> AbstractAsyncContextManager[None]:
        """What is written inside is durable, all of it, when the block ends, and nothing of it if the block raises.

        Re-entrant: an inner block joins the outer. On a backend without transactions it does nothing, and every write
        stands alone, in the order in which it was made.
        """


@dataclass(frozen=True)
class LedgerRow:
    """One version of a stream as the ledger keeps it."""

    stream: str
    version: int
    event_id: EventId
    command_id: CommandId
    type: str
    wire: bytes

    @classmethod
    def of(cls, stored: StoredEvent, event_id: EventId, command_id: CommandId) -> "LedgerRow":
        """A stored event of the eventsourcing library, with the ids that the ledger keeps beside it."""
        stream, version = str(stored.originator_id), stored.originator_version
        return cls(stream, version, event_id, command_id, stored.topic, stored.state)

    @property
    def stored_event(self) -> StoredEvent:
        """The row as the eventsourcing library knows it."""
        return StoredEvent(self.stream, self.version, self.type, self.wire)


@dataclass(frozen=True)
class Entry:
    """One event as the log keeps it. `at` is when the log took it."""

    position: Position
    stream: str
    version: int
    event_id: EventId
    type: str
    wire: bytes
    at: Millis


class Log(Protocol):
    """The truth: per topic and partition, a sequence of events with consecutive offsets from 0."""

    async def append(self, rows: Sequence[LedgerRow]) -> list[Position]:
        """Appends in this order, each to the topic and partition of its stream; returns when all are durable.

        May be called again with the same rows after a failure: the log then holds duplicates with equal event ids.
        Raises Unavailable or StorageFull; it is then unknown which rows were appended.
        """

    async def read(self, topic: str, partition: int, start: int, limit: int) -> list[Entry]:
        """Up to `limit` entries from offset `start` on, in order; empty at the end. Does not wait."""

    async def ends(self) -> Mapping[tuple[str, int], int]:
        """For every topic and partition, the offset that the next event will get."""

    async def wait(self, timeout: float) -> None:
        """Returns once something may have been appended since the last call, at the latest after `timeout` seconds."""


@dataclass(frozen=True)
class Mark:
    """How far a stream is known to be in the log, and where its last event is."""

    version: int
    position: Position


@dataclass(frozen=True)
class KeyRecord:
    """What a command under an Idempotency-Key will use, so that it can be retried across a crash."""

    scope: str
    """Hash of account, method, path and key."""
    body_hash: str
    command_id: CommandId
    seed: str
    """An id from which the command derives the ids that it creates."""
    lease_until: Millis
    """Until then another request with the key is refused as in use."""
    answer: bytes | None = None


class Ledger(Protocol):
    """Versions of streams: whoever inserts version N has decided N. Its adapters are AggregateRecorders besides."""

    async def load(self, stream: str) -> list[LedgerRow]:
        """Every version, in order; empty for an unknown stream."""

    async def insert(self, rows: Sequence[LedgerRow]) -> bool:
        """Inserts consecutive versions of one stream, all or none. False when one of them is taken."""

    async def mark(self, stream: str) -> Mark | None:
        """The stream's mark; None before its first append."""

    async def move_mark(self, stream: str, mark: Mark) -> None:
        """Moves the mark forward; an older one changes nothing."""

    async def next_number(self, key: str) -> int:
        """The next number of something that has numbers but no stream (a like), from 1; never given twice."""

    async def reserve(self, record: KeyRecord, now: Millis) -> KeyRecord:
        """The record under this scope: the given one if there was none, else the one that stands.

        A standing record without an answer whose lease is over is taken over: it comes back with the given lease.
        """

    async def answer(self, scope: str, answer: bytes) -> None:
        """Stores the answer of a reserved command."""

    async def claim_machine(self, now: Millis) -> tuple[int, Millis]:
        """A machine number (0 to 1,023) for this process, and the time above which its ids must start."""

    async def raise_ceiling(self, machine: int, ceiling: Millis) -> None:
        """Promises that ids of this machine up to `ceiling` may have been issued."""


@dataclass(frozen=True)
class Session:
    """One log-in: a family of refresh tokens, of which only hashes are kept."""

    id: SessionId
    account_id: AccountId
    opened_at: Millis
    expires_at: Millis
    current: tuple[str, ...]
    """Hashes of the tokens that may be used next: one, or several after answers were lost."""
    used: str
    """Hash of the token that was used last; empty before the first refresh."""
    used_at: Millis
    ended: bool = False
    revision: int = 1


class Vault(Protocol):
    """State that must be forgettable: subject keys, password hashes, sessions. Never in the log."""

    async def create_key(self, subject: str) -> bytes:
        """The subject's 32-byte key, made at the first call. Raises Gone once it is destroyed."""

    async def keys(self, subjects: Sequence[str]) -> dict[str, bytes | None]:
        """The key of each subject; None where it is destroyed or was never made."""

    async def destroy_key(self, subject: str) -> None:
        """Destroys the key for ever; safe to repeat."""

    async def password(self, account: AccountId) -> str | None:
        """The account's password hash."""

    async def set_password(self, account: AccountId, password_hash: str) -> None:
        """Replaces the account's password hash."""

    async def session(self, session: SessionId) -> Session | None:
        """The session, ended ones included."""

    async def put_session(self, session: Session) -> bool:
        """Stores the session if the stored revision is one below; False if somebody was faster."""


@dataclass(frozen=True)
class Quota:
    """Where a rate gate stands."""

    allowed: bool
    limit: int
    remaining: int
    reset_at: Millis


class Gates(Protocol):
    """Rate and once-only gates. They may forget: nothing that must be right rests on them."""

    async def take(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        """Takes one of `limit` in the current window of `window_s` seconds that began with the gate's first take."""

    async def peek(self, gate: str, limit: int, now: Millis) -> Quota:
        """Where the gate stands, taking nothing."""

    async def once(self, gate: str, ttl_s: int, now: Millis) -> bool:
        """True for the first caller within `ttl_s` seconds."""


@dataclass(frozen=True)
class Presigned:
    """A URL that takes exactly one kind of request until it expires."""

    url: str
    headers: Mapping[str, str]
    expires_at: Millis


@dataclass(frozen=True)
class ObjectInfo:
    """What the store knows about an object. `gone` marks a tombstone: no bytes, answered with 410."""

    key: str
    size_bytes: int
    content_type: str
    etag: str
    gone: bool = False


class Objects(Protocol):
    """The object store. Keys are `/`-separated; `m/` is public through the edge, all else is private."""

    def presign_put(self, key: str, content_type: str, size_bytes: int, checksum_sha256: str | None) -> Presigned:
        """A URL for one PUT of that type, length and (base64) checksum, valid for 15 minutes. Asks no server."""

    def public_url(self, key: str) -> str:
        """The absolute URL under which the edge serves a public object."""

    async def head(self, key: str) -> ObjectInfo | None:
        """What is stored under the key; None if nothing is."""

    async def download(self, key: str, target: Path) -> ObjectInfo:
        """Streams the object into a file. Raises NotFound."""

    async def put(self, key: str, content: bytes, content_type: str) -> bool:
        """Stores bytes under a key that is free, atomically; False if something, a tombstone too, is there already."""

    async def delete(self, key: str) -> None:
        """Removes an object without trace; safe to repeat."""

    async def tombstone(self, key: str) -> None:
        """Replaces whatever is under the key, if anything, by a tombstone; atomic, safe to repeat."""

    async def list(self, prefix: str) -> list[ObjectInfo]:
        """Every object whose key starts with the prefix, tombstones included, in key order."""


class Passwords(Protocol):
    """Slow, salted password hashes."""

    async def hash(self, password: str) -> str:
        """The hash with its parameters."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether they match. None (an unknown account) takes the same time and is False."""


class AccessTokens(Protocol):
    """Short-lived bearer tokens that any API process can check without asking a store."""

    lifetime_s: int

    def issue(self, account: AccountId, session: SessionId, now: Millis) -> str:
        """A signed token."""

    def verify(self, token: str, now: Millis) -> AccountId:
        """Whose token it is. Raises TokenInvalid or TokenExpired."""
