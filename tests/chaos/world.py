"""What the clients of the load know, from acknowledged answers alone: so that their commands make sense."""

from dataclasses import dataclass, field
from typing import Any, Literal

from tests.chaos.wire import Attempt
from tests.reference.history import Acknowledged

State = Literal["reserved", "completed", "published", "rejected", "deleted"]


@dataclass
class Photo:
    """A post as its author knows it."""

    post_id: str
    author: str
    reservation: dict[str, Any]
    picture: int
    state: State = "reserved"


@dataclass
class World:
    """Accounts and what they made. One for each round."""

    usernames: dict[str, str] = field(default_factory=dict)
    """By account."""
    actors: list[str] = field(default_factory=list)
    """The accounts that clients act for."""
    photos: dict[str, Photo] = field(default_factory=dict)
    comments: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Author and post of each comment that is not deleted."""
    likes: set[tuple[str, str]] = field(default_factory=set)
    follows: set[tuple[str, str]] = field(default_factory=set)
    attempts: list[Attempt] = field(default_factory=list)
    """Every command in the order in which it ended; each actor has one at a time."""
    seen: list[Acknowledged] = field(default_factory=list)
    """Status answers that said published."""

    def learn(self, attempt: Attempt) -> None:
        """Keeps the attempt, and what its answer says if it was done."""
        self.attempts.append(attempt)
        if attempt.answer is None or not attempt.answer.done:
            return
        command, answer = attempt.command, attempt.answer.json
        actor, target = command.actor, command.path.split("/")[2:]
        match command.kind:
            case "sign_up":
                self.usernames[answer["account_id"]] = command.fields["username"]
            case "reserve":
                self._reserved(actor, answer, int(command.fields["filename"].split(".")[0]))
            case "complete":
                self.photos[target[0]].state = "completed"
            case "delete_post":
                self.photos[target[0]].state = "deleted"
            case "comment":
                self.comments[answer["comment_id"]] = actor, target[0]
            case "delete_comment":
                self.comments.pop(target[0], None)
            case "like":
                self.likes.add((actor, target[0]))
            case "unlike":
                self.likes.discard((actor, target[0]))
            case "follow":
                self.follows.add((actor, answer["user_id"]))
            case "unfollow":
                self.follows.discard((actor, target[0]))

    def photos_of(self, author: str, *states: State) -> list[Photo]:
        return [photo for photo in self.photos.values() if photo.author == author and photo.state in states]

    def published(self) -> list[str]:
        return [photo.post_id for photo in self.photos.values() if photo.state == "published"]

    def history(self) -> list[Acknowledged]:
        """Everything that was acknowledged, as the reference model takes it."""
        told = [
            Acknowledged(
                actor=attempt.command.actor,
                method=attempt.command.method,
                path=attempt.command.path,
                status=attempt.answer.status,
                answer=attempt.answer.json,
                body=attempt.command.fields,
            )
            for attempt in self.attempts
            if attempt.answer is not None
        ]
        return told + self.seen

    def profiles(self) -> dict[str, dict[str, Any]]:
        """By account, the fields of the profile that were changed, as they were left."""
        changed: dict[str, dict[str, Any]] = {}
        for attempt in self.attempts:
            if attempt.command.kind == "patch" and attempt.answer is not None and attempt.answer.done:
                changed.setdefault(attempt.command.actor, {}).update(attempt.command.fields)
        return changed

    def _reserved(self, author: str, reservation: dict[str, Any], picture: int) -> None:
        post = reservation["post_id"]
        self.photos[post] = Photo(post, author, reservation, picture)
