"""What becomes of a row of another system: the commands of a client, under ids that follow from the row's own.

Rows come from files, by infra/importing; schemas/importing.py has their shapes. Nothing else is kept of them: the same
row has the same ids again, so that whoever repeats it finds in the ledger what it decided before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from commands.accounts import Account, ChangeProfile, ClaimUsername, OpenAccount, account_stream, name_digest
from commands.aggregate import Command
from commands.foreign_ids import ForeignIds
from commands.handling import Handler
from commands.importing_follows import ImportingFollows
from commands.ports import KeyRecord, Objects, Vault
from commands.post_commands import CompleteUpload, ReservePost
from commands.post_state import Description
from commands.sign_up import refuse_taken, signed_up
from events.personal import readable
from schemas.errors import FieldError, Gone, PhotologError, TokenInvalid
from schemas.ids import AccountId
from schemas.importing import AccountRow, FollowRow, PostRow, Row
from schemas.objects import upload_key
from schemas.refusals import CannotFollowSelf, TooManyFollows, UnknownAccount, UsernameTaken
from schemas.tags import each_once, hashtags
from schemas.text import fold_username

AT_FAULT: Sequence[tuple[type[PhotologError], str]] = (
    (UsernameTaken, "username"),
    (UnknownAccount, "followee"),
    (CannotFollowSelf, "followee"),
    (TooManyFollows, "follower"),
)
"""The field that a refusal is about; where none is named it is the acting account."""


@dataclass(frozen=True)
class Picture:
    """A photo as it was read from a file."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Importing:
    """Takes rows of one source, people before their follows and posts. Each is safe to repeat."""

    handler: Handler
    vault: Vault
    objects: Objects
    ids: ForeignIds
    follows: ImportingFollows

    async def take(self, row: Row, place: str, picture: Callable[[], Picture]) -> int:
        """How many events it added; 0 if it was taken before. `place` is the row's alone, in this run.

        `picture` reads a post's. Raises the refusal of a row that cannot be, of which nothing is written then.
        """
        match row:
            case AccountRow():
                return await self._account(row, place)
            case FollowRow():
                return await self.follows.take(row, place)
            case PostRow():
                return await self._post(row, place, picture)

    async def _account(self, row: AccountRow, place: str) -> int:
        account = self.ids.account(row.id)
        state: Account | None = await self.handler.state(account_stream(account))
        if state is not None:
            _check_same(state, row)
            added = 0
        else:
            added = await self._opened(row, account, place)
        if row.password_hash is not None:
            await self.vault.first_password(account, row.password_hash)
        if row.bio and (state is None or state.bio == ""):
            added += await self._say(ChangeProfile(account, None, row.bio), f"profile/{row.id}", place)
        return added

    async def _opened(self, row: AccountRow, account: AccountId, place: str) -> int:
        at = row.created_at if row.created_at is not None else self.handler.clock()
        opened = OpenAccount(account, row.username, row.email, row.display_name or "", at)
        claim = ClaimUsername(account, name_digest(self.ids.secret, row.username), opened)
        await refuse_taken(claim, self.handler)
        await self._reserve(row, claim.name_digest)
        cause = self.ids.cause(f"account/{row.id}", place)
        decided = await signed_up(claim, cause, row.password_hash, self.handler, self.vault)
        return 2 * sum(one.correlation == place for one in decided.events)  # each claim carries the account

    async def _reserve(self, row: AccountRow, named: str) -> None:
        """An attempt that was cut short may have taken another username, with this account in it: that stands."""
        scope, now = self.ids.digest(f"row/{row.id}").hex(), self.handler.clock()
        mine = KeyRecord(scope, named, self.ids.cause(f"account/{row.id}", "").command_id, "", now, "")
        if (await self.handler.ledger.reserve(mine, now)).body_hash != named:
            raise UsernameTaken("this id came before with another username")

    async def _post(self, row: PostRow, place: str, picture: Callable[[], Picture]) -> int:
        """As a client uploads it; it is published when it is rendered. Whatever cut it short, it goes on from there."""
        post, author = self.ids.post(row.id), self.ids.account(row.author)
        photo = picture()
        reserving = ReservePost(
            actor=author,
            post_id=post,
            filename=photo.filename,
            content_type=photo.content_type,
            size_bytes=len(photo.content),
            checksum_sha256=None,
            draft=False,
            description=Description(
                caption=row.caption or "",
                tags=each_once(row.tags or ()),
                caption_tags=hashtags(row.caption or ""),
                alt_text=row.alt_text or "",
            ),
        )
        decided = await self.handler.handle(reserving, self.ids.cause(f"reserve/{row.id}", place))
        added = sum(one.correlation == place for one in decided.events)
        if decided.state.status == "pending":
            await self.objects.put(upload_key(post), photo.content, photo.content_type)
            added += await self._say(CompleteUpload(author, post, {}), f"complete/{row.id}", place)
        return added

    async def _say(self, command: Command, what: str, place: str) -> int:
        decided = await self.handler.handle(command, self.ids.cause(what, place))
        return sum(one.correlation == place for one in decided.events)


def _check_same(state: Account, row: AccountRow) -> None:
    standing = readable(state.username)
    if standing is None:
        raise Gone("this account was imported before, and erased")
    if fold_username(standing) != fold_username(row.username):
        raise UsernameTaken("this id came before with another username")


def at_fault(row: Row, refusal: PhotologError) -> FieldError:
    """A refusal as an error of the row."""
    if isinstance(refusal, TokenInvalid) and not isinstance(row, AccountRow):
        return FieldError("follower" if isinstance(row, FollowRow) else "author", UnknownAccount().detail)
    named = next((name for kind, name in AT_FAULT if isinstance(refusal, kind)), "id")
    return FieldError(named if named in type(row).model_fields else "", refusal.detail)
