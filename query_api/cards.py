"""Cards: posts as they are shown, for a whole page at once. Used by the feed, the grid and GET /posts/{id}.

A card is made once, of what the post says, its author and its counts, and remembered (card_memory.py): only three flags
depend on the viewer. So a page is a join of bytes, and nothing is parsed or written twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from projections.accounts import ACCOUNTS
from projections.comments import COMMENTS
from projections.likes import LIKES
from projections.posts import POSTS
from query_api.card_memory import FOLLOWED, Card, OnPage, ShownPage
from query_api.memory import Entry
from query_api.reads import Reads, Wish, load
from query_api.relations import Relation, apart, members_of, relate, remembered, to_blocks
from query_api.users import said_by_itself
from schemas.ids import AccountId, PostId
from schemas.tables import Row
from schemas.times import rfc3339


async def show_cards(
    posts: Sequence[OnPage],
    viewer: AccountId | None,
    reads: Reads,
    *,
    since: Any = None,
    of_followed: bool = False,
) -> list[bytes | None]:
    """The cards as JSON; None for each post that cannot be seen.

    What is not remembered is read in a fixed number of round trips. `since`: the moment of the caches at which the
    caller began, if it has asked a store since; None: now. `of_followed`: none by authors whom the viewer does not
    follow; else none by authors from whom the viewer is apart. A block ends follows, so feeds need not ask for both.
    """
    since = reads.caches.moment() if since is None else since
    await reads.caches.fence(since)
    before = remembered(viewer, reads)
    again = before.last_feed_page.again(posts) if of_followed else None
    if again is not None:
        return again
    try:
        return _shown(posts, reads.cards.known, before, of_followed)
    except KeyError:  # something is not remembered
        known: dict[str, Card | None] = {post.post_id: reads.cards.known.get(post.post_id) for post in posts}
        members = [member for post in posts for member in _asked(post, known[post.post_id])]
        if not of_followed:
            members += [member for post in posts for member in to_blocks(post.author_id)]
        cards, related = await asyncio.gather(_cards(posts, known, reads), relate(viewer, members, reads, since))
        return _shown(posts, cards, related, of_followed)


async def make_ready(posts: Sequence[OnPage], reads: Reads) -> set[PostId]:
    """Has the cards of these remembered, before anybody asks. Those of which there is none to remember yet."""
    await _cards(posts, {post.post_id: reads.cards.known.get(post.post_id) for post in posts}, reads)
    return {post.post_id for post in posts if post.post_id not in reads.cards.known}


def _shown(
    posts: Sequence[OnPage], cards: Mapping[str, Card | None], related: Relation, of_followed: bool
) -> list[bytes | None]:
    """Leaves a feed's page with the relation. Raises KeyError for a card or a relation that is not there."""
    found = [cards[post.post_id] for post in posts]
    flags = [related.flags(post, card is not None and card.liked) for post, card in zip(posts, found, strict=True)]
    if of_followed:
        seen = [card if own & FOLLOWED else None for card, own in zip(found, flags, strict=True)]
    else:
        seen = [None if card is None or apart(related, card.author) else card for card in found]
    shown = [None if card is None else card.show(own) for card, own in zip(seen, flags, strict=True)]
    if of_followed and None not in seen:
        related.last_feed_page = ShownPage(posts, [card.forms for card in seen if card], flags)
    return shown


def _asked(post: OnPage, card: Card | None) -> Sequence[str]:
    """What is asked of the viewer. Not the like of a post that nobody likes: everybody asks about what is new."""
    followed, follows, likes = members_of(post.post_id, post.author_id)
    return (followed, follows, likes) if card is None or card.liked else (followed, follows)


async def _cards(posts: Sequence[OnPage], known: Mapping[str, Card | None], reads: Reads) -> dict[str, Card | None]:
    """Those that are known, and the others made; by post."""
    missing = [post for post in posts if known[post.post_id] is None]
    wishes = {wish.name: wish for post in missing for wish in _wishes(post.post_id, post.author_id)}
    entries = await reads.memory.read(wishes, lambda names: load([wishes[name] for name in names], reads))
    return {**known, **{post.post_id: _made(post.post_id, post.author_id, entries, reads) for post in missing}}


def _made(post: str, author: str, entries: Mapping[str, Entry], reads: Reads) -> Card | None:
    parts = [(wish.name, entries[wish.name]) for wish in _wishes(post, author)]
    row, user, likes, comments = (entry.row for _, entry in parts)
    if row is None or user is None:
        return None
    before = b'%b,"user":%b,' % (_open(said_by_post(row, reads)), _open(said_by_itself(user, reads.media_url)))
    card = Card(post, author, before, b'"like_count":%d,"comment_count":%d,' % (likes, comments), likes > 0)
    reads.cards.keep(card, parts)
    return card


def _open(said: dict[str, Any]) -> bytes:
    """An object without its closing brace."""
    return orjson.dumps(said)[:-1]


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


def _wishes(post: str, author: str) -> Sequence[Wish]:
    return (
        Wish(POSTS, (post,)),
        Wish(ACCOUNTS, (author,)),
        Wish(LIKES, (post,), is_count=True),
        Wish(COMMENTS, (post,), is_count=True),
    )
