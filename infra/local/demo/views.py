"""What feeds, grids, profiles and comments must show, each read as one of the demo's people."""

from typing import Any, Protocol

from infra.local.demo.script import LASTING, NOTE, Shot, followers, following
from infra.local.demo.stage import Published, Stage, username

PAGE = 4
"""Small, so that lists are read over several pages."""


class Compares(Protocol):
    """Takes note of one comparison."""

    def same(self, what: str, expected: object, came: object) -> None: ...


async def check_feed(stage: Stage, findings: Compares, person: str) -> None:
    """The posts of those followed, newest first, each with its counts, words and addresses."""
    cards = await stage.clients[person].feed(limit=PAGE)
    stage.summary.feeds[person] = [card["caption"] for card in cards]
    shots = _newest_first(stage, stage.script.posts_of(following(person)))
    _same_posts(stage, findings, f"the feed of {person}", shots, cards)
    by_id = {card["post_id"]: card for card in cards}
    for shot in shots:
        if card := by_id.get(stage.posts[shot.number].post_id):
            came = _facts(card)
            for name, value in _expected_facts(stage, person, shot).items():
                findings.same(f"{name} of {shot.photo.name} for {person}", value, came[name])


async def check_grid(stage: Stage, findings: Compares, author: str) -> None:
    """The author's own posts, newest first, without the deleted one."""
    client = stage.clients[author]
    cards = await client.every(f"/users/{client.account_id}/feed", "posts", limit=PAGE)
    shots = _newest_first(stage, stage.script.posts_of([author]))
    _same_posts(stage, findings, f"the grid of {author}", shots, cards)


async def check_profile(stage: Stage, findings: Compares, person: str) -> None:
    profile = await stage.clients[person].get(f"/users/@{username(person)}")
    expected = {
        "post_count": len(stage.script.posts_of([person])),
        "follower_count": len(followers(person)),
        "following_count": len(following(person)),
    }
    findings.same(f"the profile of {person}", expected, {name: profile.get(name) for name in expected})


async def check_comments(stage: Stage, findings: Compares, shot: Shot, deleted: Published) -> None:
    """Every comment that stays, newest first, and the note about the deleted post where it belongs."""
    path = f"/posts/{stage.posts[shot.number].post_id}/comments"
    comments = await stage.clients[shot.author].every(path, "comments", limit=PAGE)
    texts = sorted((comment["user"]["username"], comment["text"].partition(deleted.post_id)[0]) for comment in comments)
    lasting = [(username(remark.author), remark.text) for remark in LASTING if remark.shot == shot.number]
    if shot == stage.script.note_on:
        lasting.append((username(shot.author), f"{NOTE} "))
    findings.same(f"the comments on {shot.photo.name}", sorted(lasting), texts)
    times = [comment["created_at"] for comment in comments]
    findings.same(f"the order of comments on {shot.photo.name}", sorted(times, reverse=True), times)


def _newest_first(stage: Stage, shots: list[Shot]) -> list[Shot]:
    posts = stage.posts
    return sorted(shots, key=lambda shot: (posts[shot.number].published_at, posts[shot.number].post_id), reverse=True)


def _same_posts(stage: Stage, findings: Compares, what: str, shots: list[Shot], cards: list[Any]) -> None:
    expected = [(stage.posts[shot.number].post_id, shot.caption) for shot in shots]
    findings.same(what, expected, [(card["post_id"], card["caption"]) for card in cards])


def _expected_facts(stage: Stage, viewer: str, shot: Shot) -> dict[str, object]:
    post, likers = stage.posts[shot.number], stage.script.likers(shot)
    return {
        "like_count": len(likers),
        "liked_by_viewer": viewer in likers,
        "comment_count": stage.script.remarks(shot),
        "created_at": post.published_at,
        "alt_text": shot.details["alt_text"],
        "tags": sorted(shot.all_tags),
        "author": username(shot.author),
        "image_urls": sorted(post.urls),
    }


def _facts(card: Any) -> dict[str, object]:
    as_they_are = ("like_count", "liked_by_viewer", "comment_count", "created_at", "alt_text")
    return {
        **{name: card[name] for name in as_they_are},
        "tags": sorted(card["tags"]),
        "author": card["user"]["username"],
        "image_urls": sorted(card["image_urls"].values()),
    }
