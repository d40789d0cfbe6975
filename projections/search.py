"""What search and hashtag pages find: posts and accounts by the words in them. Fed by events/posts.py and
events/accounts.py; read by query_api/search.py, which shows of what is found only what may be seen."""

from events.accounts import AccountOpened, AccountReinstated, AccountSuspended, EmailConfirmed, ProfileChanged
from events.envelope import Recorded
from events.personal import readable
from events.posts import Described, PostDeleted, PostEdited, PostPublished, PostRemoved, shown_tags
from projections.effects import Delete, Effects, Projection, Put
from projections.posts import post_id
from schemas.ids import Millis
from schemas.positions import ACCOUNTS, POSTS
from schemas.tables import TEXT, TIME, Searched, Table
from schemas.words import name_word, tag_word, words_of

FOUND_POSTS = Table(
    "found_posts",
    partition="post_id",
    columns={"author_id": TEXT, "words": TEXT, "published_at": TIME},
    subject="author_id",
    searched=Searched("words", newest="published_at"),
)
FOUND_ACCOUNTS = Table(
    "found_accounts",
    partition="account_id",
    columns={"words": TEXT, "opened_at": TIME},
    subject="account_id",
    searched=Searched("words", newest="opened_at"),
)

PROJECTION = Projection("search", topics=[ACCOUNTS, POSTS], tables=[FOUND_POSTS, FOUND_ACCOUNTS])


@PROJECTION.projects(PostPublished)
def published(recorded: Recorded[PostPublished]) -> Effects:
    yield _post(recorded.stream, recorded.event, recorded.event.published_at)


@PROJECTION.projects(PostEdited)
def edited(recorded: Recorded[PostEdited]) -> Effects:
    if recorded.event.picture is not None:
        yield _post(recorded.stream, recorded.event, recorded.event.picture.published_at)


@PROJECTION.projects(PostDeleted, PostRemoved)
def deleted(recorded: Recorded[PostDeleted | PostRemoved]) -> Effects:
    yield Delete(FOUND_POSTS, post_id=post_id(recorded.stream))


@PROJECTION.projects(AccountSuspended)
def suspended(recorded: Recorded[AccountSuspended]) -> Effects:
    yield Delete(FOUND_ACCOUNTS, account_id=recorded.event.account_id)


@PROJECTION.projects(AccountOpened, ProfileChanged, EmailConfirmed, AccountReinstated)
def named(recorded: Recorded[AccountOpened | ProfileChanged | EmailConfirmed | AccountReinstated]) -> Effects:
    event = recorded.event
    username, display_name = readable(event.username) or "", readable(event.display_name) or ""
    words = (*words_of(username, display_name), *([name_word(username)] if username else []))
    yield Put(FOUND_ACCOUNTS, account_id=event.account_id, words=" ".join(words), opened_at=event.opened_at)


def _post(stream: str, said: Described, published_at: Millis) -> Put:
    tags = shown_tags(said.tags, said.caption_tags)
    words = (*words_of(readable(said.caption) or "", *tags), *map(tag_word, tags))
    return Put(
        FOUND_POSTS,
        post_id=post_id(stream),
        author_id=said.author_id,
        words=" ".join(words),
        published_at=published_at,
    )
