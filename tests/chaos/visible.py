"""What somebody was told that they did, they see in the next read that asks for it, whatever died in between."""

from dataclasses import dataclass, field
from typing import Any

from tests.chaos.wire import Answer, Attempt, Command, Wire

GONE = (404, 410)


@dataclass
class LookBack:
    """Reads after writes. Call it before others can act on what was written."""

    wire: Wire
    looks: int = 0
    gone: set[str] = field(default_factory=set)
    """Posts that were not there any more: in the end each must have been deleted."""

    async def __call__(self, attempt: Attempt) -> None:
        """Looks at what this command changed."""
        command, answer = attempt.command, attempt.answer
        assert answer is not None
        self.looks += 1
        match command.kind:
            case "like" | "unlike":
                shown = await self._post(command, answer)
                assert not shown or shown["liked_by_viewer"] == (command.kind == "like"), f"{attempt} is not seen"
            case "comment" | "delete_comment":
                await self._comment(command, answer)
            case "follow" | "unfollow":
                whom = command.fields.get("user_id") or command.path.split("/")[2]
                shown = await self._get(f"/users/{whom}", command, answer)
                assert shown["followed_by_viewer"] == (command.kind == "follow"), f"{attempt} is not seen"
            case "patch":
                shown = await self._get(f"/users/{command.actor}", command, answer)
                assert command.fields.items() <= shown.items(), f"{attempt} is not seen"
            case "sign_up":
                shown = await self._get(f"/users/{answer.json['account_id']}", command, answer)
                assert shown["username"] == command.fields["username"]
            case "reserve" | "complete" | "delete_post":
                await self._status(command, answer)

    async def _post(self, command: Command, answer: Answer) -> dict[str, Any] | None:
        post = command.path.split("/")[2]
        shown = await self.wire.read(f"/posts/{post}", command.actor, answer.position)
        if shown.status in GONE:
            self.gone.add(post)
            return None
        assert shown.status == 200, shown
        return shown.json

    async def _comment(self, command: Command, answer: Answer) -> None:
        if command.kind == "delete_comment":
            return  # which post it was about, its answer does not say: the end shows whether it is gone
        post = command.path.split("/")[2]
        shown = await self.wire.read(f"/posts/{post}/comments", command.actor, answer.position, limit=100)
        if shown.status in GONE:
            self.gone.add(post)
            return
        listed = [comment["comment_id"] for comment in shown.json["comments"]]
        assert answer.json["comment_id"] in listed or shown.json["has_more"], f"{command} is not seen"

    async def _status(self, command: Command, answer: Answer) -> None:
        post = answer.json["post_id"] if command.kind == "reserve" else command.path.split("/")[2]
        seen = (await self._get(f"/posts/{post}/status", command, answer))["status"]
        may_be = {"reserve": {"pending"}, "complete": {"processing", "published"}, "delete_post": {"deleted"}}
        assert seen in may_be[command.kind], f"{post} is {seen} after {command}"

    async def _get(self, path: str, command: Command, answer: Answer) -> dict[str, Any]:
        shown = await self.wire.read(path, command.actor, answer.position)
        assert shown.status == 200, f"{path} answered {shown.status} {shown.body!r} after {command}"
        return shown.json
