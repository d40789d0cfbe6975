"""The demo as somebody writes it who has nothing but the generated client: run with where to, and a photo.

It imports nothing of the platform. Whatever is not as expected ends it with a trace.
"""

import sys
import time
from pathlib import Path
from typing import Any

import httpx
from photolog_client import AuthenticatedClient, Client
from photolog_client.api.accounts import get_me, sign_up, update_me
from photolog_client.api.comments import create_comment, delete_comment, list_comments
from photolog_client.api.feed import get_feed
from photolog_client.api.follows import follow_user, unfollow_user
from photolog_client.api.likes import like_post, unlike_post
from photolog_client.api.posts import (
    complete_post,
    create_post,
    delete_post,
    get_post,
    get_post_status,
    list_likes,
    update_post,
)
from photolog_client.api.sessions import create_token, list_sessions, revoke_token
from photolog_client.api.users import get_user
from photolog_client.models import (
    Card,
    NewComment,
    OAuthError,
    PasswordGrant,
    PostEdit,
    PostReservation,
    Problem,
    ProblemCode,
    ProfileChange,
    RefreshGrant,
    Revocation,
    SignUp,
)
from photolog_client.models.post_status_status import PostStatusStatus

PASSWORD = "correct horse battery"
FINAL = {PostStatusStatus.PUBLISHED, PostStatusStatus.REJECTED, PostStatusStatus.DELETED}
PUBLISHED_WITHIN_S = 60


class Person:
    """Somebody with a client of their own, who sees what they did."""

    def __init__(self, url: str, username: str) -> None:
        anybody = Client(base_url=url)
        body = SignUp(
            username=username, password=PASSWORD, email=f"{username}@example.org", display_name=username.title()
        )
        answer = sign_up.sync_detailed(client=anybody, body=body, idempotency_key=f"sign-up-{username}")
        assert answer.status_code == 201, answer
        self.id = answer.parsed.account_id
        self.position = answer.headers["Log-Position"]
        self.tokens = create_token.sync(client=anybody, body=PasswordGrant("password", username, PASSWORD))
        self.client = AuthenticatedClient(base_url=url, token=self.tokens.access_token)

    def does(self, call: Any, *where: str, **what: Any) -> Any:
        """What a call answers, after everything that this person has seen."""
        answer = call.sync_detailed(*where, client=self.client, at_least_position=self.position, **what)
        assert not isinstance(answer.parsed, Problem), answer.parsed
        self.position = answer.headers.get("Log-Position", self.position)
        return answer.parsed

    def publishes(self, photo: bytes, caption: str) -> str:
        """Posts a photo and waits until it is published; its id."""
        said = PostReservation(filename="a.jpg", content_type="image/jpeg", size_bytes=len(photo), caption=caption)
        upload = self.does(create_post, body=said)
        headers = upload.upload_headers.additional_properties
        assert httpx.request(upload.upload_method, upload.upload_url, content=photo, headers=headers).is_success
        assert self.does(complete_post, upload.post_id).post_id == upload.post_id
        deadline = time.monotonic() + PUBLISHED_WITHIN_S
        while (status := self.does(get_post_status, upload.post_id)).status not in FINAL:
            assert time.monotonic() < deadline, status
            time.sleep(0.05)
        assert status.status is PostStatusStatus.PUBLISHED, status
        assert status.urls.feed.startswith("http")
        return str(upload.post_id)


def play(url: str, photo: bytes) -> None:
    """The whole story."""
    ann, ben = Person(url, "ann"), Person(url, "ben")
    assert ann.does(update_me, body=ProfileChange(bio="Tides.")).bio == "Tides."
    assert ann.does(get_me).email == "ann@example.org"

    post = ann.publishes(photo, "Low tide #fjord")
    ben.position = ann.position
    assert ben.does(follow_user, ann.id).following is True
    (card,) = ben.does(get_feed).posts
    assert (card.post_id, card.tags, card.user.followed_by_viewer) == (post, ["fjord"], True)
    assert card.created_at.tzinfo is not None

    assert ben.does(like_post, post).liked is True
    comment = ben.does(create_comment, post, body=NewComment("Where is this?"))
    assert comment.user.username == "ben"
    page = ben.does(list_comments, post, limit=1)
    assert ([one.text for one in page.comments], page.has_more, page.next_cursor) == (["Where is this?"], False, None)
    assert [user.user_id for user in ben.does(list_likes, post).users] == [ben.id]

    ann.position = ben.position
    assert ann.does(update_post, post, body=PostEdit(caption="High tide", location=None)).caption == "High tide"
    shown = ann.does(get_post, post)
    assert (shown.caption, shown.like_count, shown.comment_count) == ("High tide", 1, 1)

    stranger = Client(base_url=url)
    seen = get_post.sync(post, client=stranger, at_least_position=ann.position)
    assert isinstance(seen, Card)
    assert seen.liked_by_viewer is None
    profile = get_user.sync("@ANN", client=stranger, at_least_position=ann.position)
    assert (profile.user_id, profile.post_count, profile.follower_count) == (ann.id, 1, 1), profile

    ben.does(delete_comment, comment.comment_id)
    assert ben.does(unlike_post, post).liked is False
    assert ben.does(unfollow_user, ann.id).following is False
    ann.does(delete_post, post)
    gone = get_post.sync(post, client=stranger, at_least_position=ann.position)
    assert isinstance(gone, Problem)
    assert (gone.code, gone.status) == (ProblemCode.GONE, 410)
    log_out(ben, stranger)


def log_out(ben: Person, stranger: Client) -> None:
    """A session goes on by its refresh token, and no longer than it is revoked."""
    assert len(ben.does(list_sessions).sessions) == 1
    again = create_token.sync(client=stranger, body=RefreshGrant("refresh_token", ben.tokens.refresh_token))
    assert again.refresh_token != ben.tokens.refresh_token
    assert revoke_token.sync_detailed(client=stranger, body=Revocation(again.refresh_token)).status_code == 200
    refused = create_token.sync(client=stranger, body=RefreshGrant("refresh_token", again.refresh_token))
    assert isinstance(refused, OAuthError)
    assert refused.error.value == "invalid_grant"


if __name__ == "__main__":
    play(sys.argv[1], Path(sys.argv[2]).read_bytes())
    print("played")
