"""The case aggregate: one stream for each post, comment or account that moderators look at.

A case is opened by what somebody reports (commands/reports.py, whose streams are their own) or by what the platform
finds (`FlagPost`). A verdict is decided here, and carried out in the stream of what it is about: `carrying`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from commands.accounts import Account, ReinstateAccount, SuspendAccount, account_stream
from commands.aggregate import Aggregate, Command
from commands.comments import Comment, RemoveComment, RestoreComment, comment_stream, post_of
from commands.post_commands import RemovePost, RestorePost, post_stream
from commands.post_state import Post
from events.cases import CaseDecided, CaseFlagged, Verdict
from events.envelope import Event
from schemas.errors import Gone, PhotologError
from schemas.ids import COMMENT_PREFIX, POST_PREFIX, AccountId, CommentId, PostId
from schemas.refusals import UnknownAccount, UnknownComment, UnknownPost

Kind = Literal["post", "comment", "account"]
VERDICTS: dict[Kind, tuple[Verdict, ...]] = {
    "post": ("remove", "restore", "dismiss"),
    "comment": ("remove", "restore", "dismiss"),
    "account": ("suspend", "reinstate", "dismiss"),
}
"""What can be decided about what."""
UNDONE: dict[Verdict, Verdict] = {"restore": "remove", "reinstate": "suspend"}
"""What takes back what."""


class NotDecidable(PhotologError):
    """For operators, never for clients."""

    code, status, title = "not_decidable", 409, "This cannot be decided about it"


@dataclass(frozen=True)
class Case:
    """What stands: the last verdict that was not a dismissal, and the matches that were found."""

    verdict: Verdict | None
    matches: tuple[str, ...]


NOTHING = Case(None, ())
"""What stands before anything is said."""


@dataclass(frozen=True)
class CaseCommand(Command):
    about_id: str
    """A post's, a comment's or an account's."""

    @property
    def stream(self) -> str:
        return case_stream(self.about_id)

    @property
    def needs(self) -> Sequence[str]:
        return (stream_about(self.about_id),)


@dataclass(frozen=True)
class FlagPost(CaseCommand):
    """Have a moderator look at a post, because it resembles an entry of a blocklist."""

    match: str
    distance: int


@dataclass(frozen=True)
class DecideCase(CaseCommand):
    """A moderator's word."""

    verdict: Verdict
    reason: str


def kind_of(about_id: str) -> Kind:
    """What the id is of."""
    prefix = about_id.partition("_")[0]
    return "post" if prefix == POST_PREFIX else "comment" if prefix == COMMENT_PREFIX else "account"


def case_stream(about_id: str) -> str:
    """The stream of what is decided about it."""
    return f"case/{about_id}"


def stream_about(about_id: str) -> str:
    """The stream of what the case is about. Raises UnknownComment for what is no comment's id."""
    match kind_of(about_id):
        case "post":
            return post_stream(PostId(about_id))
        case "comment":
            return comment_stream(CommentId(about_id))
        case _:
            return account_stream(AccountId(about_id))


def carrying(about_id: str, verdict: Verdict | None, actor: AccountId) -> Command | None:
    """What has to be done where this verdict stands. Done twice, it changes nothing."""
    match verdict, kind_of(about_id):
        case "remove", "post":
            return RemovePost(actor, PostId(about_id))
        case "restore", "post":
            return RestorePost(actor, PostId(about_id))
        case "remove", "comment":
            return RemoveComment(actor, CommentId(about_id))
        case "restore", "comment":
            return RestoreComment(actor, CommentId(about_id))
        case "suspend", _:
            return SuspendAccount(actor, AccountId(about_id))
        case "reinstate", _:
            return ReinstateAccount(actor, AccountId(about_id))
        case _:
            return None


def decide(case: Case | None, command: CaseCommand, about: Any) -> list[Event]:
    standing = case or NOTHING
    place = _about(command.about_id, about)
    match command:
        case FlagPost(match=match):
            found = CaseFlagged(**place, source="blocklist", match=match, distance=command.distance)
            return [] if match in standing.matches else [found]
        case DecideCase(verdict=verdict):
            return _decided(standing, command, about, CaseDecided(**place, verdict=verdict, reason=command.reason))
    raise TypeError(f"nothing is known of {type(command).__name__}")


def _decided(case: Case, command: DecideCase, about: Any, decided: CaseDecided) -> list[Event]:
    verdict, kind = command.verdict, kind_of(command.about_id)
    if verdict not in VERDICTS[kind]:
        raise NotDecidable(f"of a {kind} it can be decided to {', '.join(VERDICTS[kind])}")
    if verdict == "dismiss":
        return [decided]
    if verdict == case.verdict:
        return []
    if kind != "account" and _deleted(about):
        raise Gone
    if verdict in UNDONE and case.verdict != UNDONE[verdict] and not getattr(about, "held", False):
        raise NotDecidable(f"there is nothing to {verdict}")
    if verdict == "remove" and isinstance(about, Post) and about.picture is None and not about.held:
        raise UnknownPost
    return [decided]


def _about(about_id: str, about: Any) -> dict[str, Any]:
    """The fields that say what the case is about. Raises where there is no such thing."""
    match about:
        case Post():
            return {"account_id": about.author_id, "post_id": PostId(about_id), "comment_id": None}
        case Comment():
            comment = CommentId(about_id)
            return {"account_id": about.author_id, "post_id": post_of(comment), "comment_id": comment}
        case Account():
            return {"account_id": about.id, "post_id": None, "comment_id": None}
    kind = kind_of(about_id)
    raise UnknownPost if kind == "post" else UnknownComment if kind == "comment" else UnknownAccount


def _deleted(about: Post | Comment) -> bool:
    return about.status == "deleted" if isinstance(about, Post) else about.deleted


def evolve(case: Case | None, event: Event) -> Case:
    case = case or NOTHING
    match event:
        case CaseFlagged():
            return replace(case, matches=(*case.matches, event.match))
        case CaseDecided(verdict="dismiss"):
            return case
        case CaseDecided():
            return replace(case, verdict=event.verdict)
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a case")


CASE = Aggregate("case", evolve, decide, state=Case)
