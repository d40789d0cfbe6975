"""The reference model: facts in, what every account and post looks like out. Written to be obvious, not fast."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.reference.facts import (
    CommentDeleted,
    Commented,
    Fact,
    Followed,
    Liked,
    PostDeleted,
    Published,
    SignedUp,
    Unfollowed,
    Unliked,
)

FEED_LENGTH = 3_000


@dataclass(frozen=True)
class AccountView:
    """One account: its own feed, and what its profile shows. Posts are newest first."""

    feed: tuple[str, ...]
    liked: frozenset[str]
    """The posts in the feed that this account likes."""
    grid: tuple[str, ...]
    post_count: int
    follower_count: int
    following_count: int


@dataclass(frozen=True)
class PostView:
    """One post that can be seen. Comments are newest first."""

    like_count: int
    comment_count: int
    likers: frozenset[str]
    comments: tuple[str, ...]


@dataclass(frozen=True)
class Readable:
    """Everything that can be read. A post that is not in it must not be seen."""

    accounts: dict[str, AccountView]
    posts: dict[str, PostView]


@dataclass
class _World:
    accounts: set[str] = field(default_factory=set)
    posts: set[Published] = field(default_factory=set)
    follows: set[tuple[str, str]] = field(default_factory=set)
    likes: set[tuple[str, str]] = field(default_factory=set)
    comments: set[Commented] = field(default_factory=set)


def readable(facts: Iterable[Fact], feed_length: int = FEED_LENGTH) -> Readable:
    """What can be read after these facts, given in an order in which later ones about the same thing come later."""
    world = _world(list(facts))
    return Readable(
        accounts={account: _account(world, account, feed_length) for account in world.accounts},
        posts={post.post: _post(world, post.post) for post in world.posts},
    )


def _world(facts: list[Fact]) -> _World:
    world = _World()
    for fact in facts:
        match fact:
            case SignedUp(account):
                world.accounts.add(account)
            case Published():
                world.posts.add(fact)
            case Commented():
                world.comments.add(fact)
            case Followed(follower, followee):
                world.follows.add((follower, followee))
            case Unfollowed(follower, followee):
                world.follows.discard((follower, followee))
            case Liked(post, account):
                world.likes.add((post, account))
            case Unliked(post, account):
                world.likes.discard((post, account))
    # Deletion is for ever, whatever comes after it.
    deleted_posts = {fact.post for fact in facts if isinstance(fact, PostDeleted)}
    deleted_comments = {fact.comment for fact in facts if isinstance(fact, CommentDeleted)}
    world.posts = {post for post in world.posts if post.post not in deleted_posts}
    world.comments = {comment for comment in world.comments if comment.comment not in deleted_comments}
    return world


def _account(world: _World, account: str, feed_length: int) -> AccountView:
    followees = {followee for follower, followee in world.follows if follower == account}
    followers = {follower for follower, followee in world.follows if followee == account}
    grid = _newest_first(post for post in world.posts if post.author == account)
    feed = _newest_first(post for post in world.posts if post.author in followees - {account})[:feed_length]
    return AccountView(
        feed=feed,
        liked=frozenset(post for post in feed if (post, account) in world.likes),
        grid=grid,
        post_count=len(grid),
        follower_count=len(followers),
        following_count=len(followees),
    )


def _post(world: _World, post: str) -> PostView:
    likers = frozenset(account for liked, account in world.likes if liked == post)
    comments = sorted((c.at, c.comment) for c in world.comments if c.post == post)
    return PostView(
        like_count=len(likers),
        comment_count=len(comments),
        likers=likers,
        comments=tuple(comment for _, comment in reversed(comments)),
    )


def _newest_first(posts: Iterable[Published]) -> tuple[str, ...]:
    return tuple(post for _, post in sorted(((post.at, post.post) for post in posts), reverse=True))
