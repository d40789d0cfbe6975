"""Cards: posts as they are shown, hydrated for a whole page at once. Used by the feed, the grid and GET /posts/{id}."""

from collections.abc import Callable, Sequence
from typing import Any

from projections.buckets import bucket
from projections.comments import COMMENTS
from projections.likes import LIKES
from projections.posts import POSTS
from query_api.reads import Found, Reads, Wanted, find
from query_api.users import show_user, want_users
from schemas.ids import AccountId
from schemas.tables import Row
from schemas.times import rfc3339

Card = dict[str, Any]
Skeleton = tuple[str, str]
"""A post's id and its author's."""


async def hydrate(
    posts: Sequence[Skeleton], viewer: AccountId | None, reads: Reads, also: Callable[[Wanted], None] | None = None
) -> Found:
    """Reads everything that the cards of these posts show, in a fixed number of round trips."""
    wanted = Wanted()
    wanted.row(POSTS, [(post,) for post, _ in posts])
    wanted.size(LIKES, [(post,) for post, _ in posts])
    wanted.size(COMMENTS, [(post,) for post, _ in posts])
    want_users(wanted, [author for _, author in posts], viewer)
    if viewer is not None:
        wanted.row(LIKES, [(post, bucket(viewer), viewer) for post, _ in posts])
    if also:
        also(wanted)
    return await find(wanted, reads)


def show_card(found: Found, post: Skeleton, viewer: AccountId | None, reads: Reads) -> Card | None:
    """A post as the viewer sees it; None if it cannot be seen."""
    post_id, author = post
    row, user = found.row(POSTS, post_id), show_user(found, author, viewer)
    if row is None or user is None:
        return None
    return {
        "post_id": post_id,
        "kind": "photo",
        "user": user,
        "caption": row["caption"],
        "tags": row["tags"],
        "alt_text": row["alt_text"],
        **({"location": row["location"]} if row["location"] else {}),
        **images(row, reads),
        "width": row["width"],
        "height": row["height"],
        "blurhash": row["blurhash"],
        "like_count": found.size(LIKES, post_id),
        "comment_count": found.size(COMMENTS, post_id),
        "liked_by_viewer": None if viewer is None else found.row(LIKES, post_id, bucket(viewer), viewer) is not None,
        "created_at": rfc3339(row["published_at"]),
        **({"edited_at": rfc3339(row["edited_at"])} if row["edited_at"] is not None else {}),
    }


def images(row: Row, reads: Reads) -> dict[str, Any]:
    """The JPEG of each size by name, and every size and format there is."""
    sources = [(rendition, reads.media_url(rendition["path"])) for rendition in row["renditions"]]
    return {
        "image_urls": {
            rendition["name"]: url for rendition, url in sources if rendition["content_type"] == "image/jpeg"
        },
        "sources": [
            {"url": url, **{name: rendition[name] for name in ("content_type", "width", "height")}}
            for rendition, url in sources
        ],
    }


def with_photo_id(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Under /photos, whatever has a post_id has it as photo_id too."""
    return {**body, "photo_id": body["post_id"]} if path.startswith("/photos") else body
