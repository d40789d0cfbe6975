"""What a fault left behind, counted before anybody has finished it."""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.comments import comment_id, post_of
from schemas.ids import POST_PREFIX, CommentId, PostId
from tests.chaos.wire import Command
from tests.chaos.write_faults.ledger import LedgerReader
from tests.chaos.write_faults.sent import Sent


@dataclass(frozen=True)
class Unfinished:
    """One fault's."""

    in_flight: int
    """Commands whose answers clients waited for."""
    reserved: list[Sent] = field(repr=False)
    """Those of them whose key was given ids, and has no answer."""
    above_mark: list[Sent] = field(repr=False)
    """Those of them that were decided, and are not marked as being in the log. Sign-ups are left out: where a name
    stands nobody can tell without the site's secret."""

    @property
    def strong(self) -> bool:
        """Whether it left more than requests without an answer."""
        return bool(self.reserved or self.above_mark)

    @property
    def counted(self) -> dict[str, int]:
        return {"in_flight": self.in_flight, "reserved": len(self.reserved), "above_mark": len(self.above_mark)}


async def left_behind(ledger: LedgerReader, struck: Sequence[Sent]) -> Unfinished:
    """What stands in the ledger of these commands, which were in flight."""
    keys = await ledger.keys(struck, answers=True)
    reserved = [one for one in struck if one.command.key in keys and not keys[one.command.key].answered]

    async def is_above(one: Sent) -> bool:
        key = keys[one.command.key]
        stream = stream_of(one.command, key.seed)
        return bool(stream) and await ledger.is_above_mark(stream, key.command_id)

    above = await gather(*(is_above(one) for one in reserved))
    return Unfinished(len(struck), reserved, [one for one, is_so in zip(reserved, above, strict=True) if is_so])


def stream_of(command: Command, seed: str) -> str:
    """The stream that a command decides about, given the digits of what it creates; empty for one without a ledger."""
    target = command.fields.get("user_id") or command.path.split("/")[-1]
    match command.kind:
        case "patch":
            return f"account/{command.actor}"
        case "reserve":
            return f"post/{POST_PREFIX}_{seed}"
        case "edit" | "delete_post":
            return f"post/{target}"
        case "comment":
            post = PostId(command.path.split("/")[2])
            return f"comment/{post}/{comment_id(seed, post)}"
        case "delete_comment":
            return f"comment/{post_of(CommentId(target))}/{target}"
        case "follow" | "unfollow":
            return f"follow/{command.actor}/{target}"
        case _:
            return ""
