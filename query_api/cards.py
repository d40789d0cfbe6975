"""Cards: posts as they are shown, hydrated for a whole page at once. Used by the feed, the grid and GET /posts/{id}.

A card is made of JSON fragments that processes remember: what the post says, its author, its counts. Only four flags
depend on the viewer; so a page is a join of bytes, and nothing is parsed or written twice.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from projections.accounts import ACCOUNTS
from projections.comments import COMMENTS
from projections.feed import FOLLOWEE, FOLLOWER
from projections.likes import LIKED, LIKES
from projections.posts import POSTS
from query_api.memory import Entry
from query_api.reads import Reads, Wish, load
from query_api.relations import Relation, relate
from query_api.users import said_by_itself
from schemas.ids import AccountId
from schemas.tables import Row
from schemas.times import rfc3339

Skeleton = tuple[str, str]
"""A post's id and its author's."""
Parts = tuple[Entry, Entry, Entry, Entry]
"""The post, its author, its likes and its comments, as they were read."""

_TABLES = (POSTS, ACCOUNTS, LIKES.sizes, COMMENTS.sizes)
_POST, _USER, _LIKES, _COMMENTS = (f"{table.name}:" for table in _TABLES)
_FLAG = {True: b"true", False: b"false", None: b"null"}


@dataclass(frozen=True, slots=True)
class Hydrated:
    """Everything that the cards of some posts show, in their order, to one viewer."""

    posts: Sequence[Skeleton]
    parts: Sequence[Parts]
    related: Relation
    viewer: AccountId | None


async def hydrate(posts: Sequence[Skeleton], viewer: AccountId | None, reads: Reads, since: Any = None) -> Hydrated:
    """Reads what is not remembered, and how the viewer stands to it, in a fixed number of round trips.

    `since`: the moment of the caches at which the caller began, if it has asked a store since; None: now.
    """
    await reads.caches.fence(reads.caches.moment() if since is None else since)
    known = reads.memory.entries.get
    parts = [
        (known(_POST + post), known(_USER + author), known(_LIKES + post), known(_COMMENTS + post))
        for post, author in posts
    ]
    members = [kind + one for post, author in posts for kind, one in _members(post, author)] if viewer else []
    if all(None not in some for some in parts):
        return Hydrated(posts, parts, await relate(viewer, members, reads), viewer)  # type: ignore[arg-type]
    wishes = {wish.name: wish for skeleton in posts for wish in _wishes(*skeleton)}
    related, entries = await asyncio.gather(
        relate(viewer, members, reads),
        reads.memory.read(wishes, lambda names: load([wishes[name] for name in names], reads)),
    )
    found = [
        (entries[_POST + post], entries[_USER + author], entries[_LIKES + post], entries[_COMMENTS + post])
        for post, author in posts
    ]
    return Hydrated(posts, found, related, viewer)


def show_cards(hydrated: Hydrated, reads: Reads) -> list[bytes | None]:
    """The cards as JSON; None for each post that cannot be seen."""
    flags, viewer = hydrated.related, hydrated.viewer
    shown: list[bytes | None] = []
    for (post_id, author), (post, user, likes, comments) in zip(hydrated.posts, hydrated.parts, strict=True):
        if post.row is None or user.row is None:
            shown.append(None)
            continue
        follows, followed, liked = (
            (None, None, None)
            if viewer is None
            else (flags[FOLLOWEE.kind + author], flags[FOLLOWER.kind + author], flags[LIKED.kind + post_id])
        )
        shown.append(
            b'%b,"user":%b,"followed_by_viewer":%b,"follows_viewer":%b},"like_count":%d,"comment_count":%d,'
            b'"liked_by_viewer":%b}'
            % (
                post.shown or _remembered(post, said_by_post(post.row, reads)),
                user.shown or _remembered(user, said_by_itself(user.row)),
                _FLAG[follows],
                _FLAG[followed],
                likes.row,
                comments.row,
                _FLAG[liked],
            )
        )
    return shown


def said_by_post(row: Row, reads: Reads) -> dict[str, Any]:
    """What of a card is the same for every viewer, and changes only with the post itself."""
    return {
        "post_id": row["post_id"],
        "kind": "photo",
        "caption": row["caption"],
        "tags": row["tags"],
        "alt_text": row["alt_text"],
        **({"location": row["location"]} if row["location"] else {}),
        **images(row, reads),
        "width": row["width"],
        "height": row["height"],
        "blurhash": row["blurhash"],
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


def _members(post: str, author: str) -> Sequence[tuple[str, str]]:
    return ((FOLLOWEE.kind, author), (FOLLOWER.kind, author), (LIKED.kind, post))


def _wishes(post: str, author: str) -> Sequence[Wish]:
    return (
        Wish(POSTS, (post,)),
        Wish(ACCOUNTS, (author,)),
        Wish(LIKES, (post,), is_count=True),
        Wish(COMMENTS, (post,), is_count=True),
    )


def _remembered(entry: Entry, said: dict[str, Any]) -> bytes:
    """An object without its closing brace, kept with the row that it was made of."""
    shown = entry.shown = orjson.dumps(said)[:-1]
    return shown
