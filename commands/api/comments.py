"""Write and delete comments."""

from fastapi import APIRouter, Response

from commands.accounts import account_stream
from commands.answers import Answer
from commands.api.avatars import avatar_url
from commands.api.call import Signed
from commands.api.routes import TokenFirst
from commands.comments import DeleteComment, WriteComment, comment_id
from commands.once import Attempt
from commands.rates import left
from events.personal import readable
from schemas.accounts import User
from schemas.comments import Comment, NewComment
from schemas.ids import ACommentId, APostId
from schemas.times import rfc3339

router = APIRouter(tags=["comments"], route_class=TokenFirst)


@router.post("/posts/{post_id}/comments", status_code=201, response_model=Comment)
@router.post("/photos/{post_id}/comments", status_code=201, response_model=Comment, include_in_schema=False)
async def write(post_id: APostId, body: NewComment, call: Signed) -> Response:
    """Comments on a published post."""

    async def work(attempt: Attempt) -> Answer:
        quota = await call.services.rates.take("comments", call.actor)
        at = call.services.clock()
        mentions = await call.services.mentions.of(body.text)
        command = WriteComment(call.actor, comment_id(attempt.seed, post_id), body.text, at, mentions)
        decision = await call.handle(command, attempt)
        author = await call.services.handler.state(account_stream(call.actor))
        user = User(
            user_id=call.actor,
            username=readable(author.username),
            display_name=readable(author.display_name),
            avatar_url=avatar_url(author, call.services.objects.public_url),
            followed_by_viewer=False,
            follows_viewer=False,
        )
        comment = Comment(
            comment_id=command.comment_id,
            post_id=post_id,
            user=user,
            text=body.text,
            created_at=rfc3339(decision.state.written_at),
            can_delete=True,
        )
        return call.answer(201, comment, decision, **left(quota))

    return await call.once(work)


@router.delete("/comments/{comment_id}", status_code=204)
async def delete(comment_id: ACommentId, call: Signed) -> Response:
    """Takes a comment away: its author may, and the post's."""

    async def work(attempt: Attempt) -> Answer:
        decision = await call.handle(DeleteComment(call.actor, comment_id), attempt)
        return call.answer(204, None, decision)

    return await call.once(work)
