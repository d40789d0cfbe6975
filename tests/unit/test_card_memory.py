"""Cards that a process remembers: shown by who looks, and gone with whatever they were made of."""

import pytest

from query_api.card_memory import FOLLOWED, FOLLOWS, LIKED, NOBODY, Card, CardMemory, ShownPage, Skeleton
from query_api.memory import Entry, Memory
from schemas.ids import AccountId, PostId

PARTS = ("posts:po_1", "accounts:ac_1", "likes.sizes:po_1")


async def remembered(memory: Memory, *names: str) -> list[tuple[str, Entry]]:
    async def load(missing: object) -> dict[str, Entry]:
        return {name: Entry(name) for name in names}

    return list((await memory.read(names, load)).items())


def a_card(post: str = "po_1", author: str = "ac_1") -> Card:
    return Card(post, author, b'{"user":{', b'"like_count":2,', liked=True)


def test_a_card_is_shown_as_its_viewer_stands_to_it() -> None:
    card = a_card()
    assert card.show(FOLLOWED + LIKED) == (
        b'{"user":{"followed_by_viewer":true,"follows_viewer":false},"like_count":2,"liked_by_viewer":true}'
    )
    assert card.show(FOLLOWS).count(b"true") == 1
    assert card.show(NOBODY).count(b"null") == 3


async def test_a_card_that_is_remembered_is_made_once_for_each_way_to_stand_to_it() -> None:
    memory = Memory()
    card = a_card()
    CardMemory(memory).keep(card, await remembered(memory, *PARTS))
    for flags in (FOLLOWED + LIKED, FOLLOWS, NOBODY):
        assert card.show(flags) is card.show(flags)
    assert [flags for flags, form in enumerate(card.forms) if form] == [FOLLOWS, FOLLOWED + LIKED, NOBODY]


async def test_a_page_is_shown_again_until_one_of_its_cards_is_gone() -> None:
    memory = Memory()
    cards = CardMemory(memory)
    for post in ("po_1", "po_2"):
        cards.keep(a_card(post), await remembered(memory, f"posts:{post}"))
    posts = [Skeleton(PostId(post), AccountId("ac_1")) for post in cards.known]
    flags = [FOLLOWED, FOLLOWED + LIKED]
    shown = [card.show(own) for card, own in zip(cards.known.values(), flags, strict=True)]
    page = ShownPage(posts, [card.forms for card in cards.known.values()], flags)
    assert page.again(posts[:]) == shown
    assert page.again(posts[:1]) is page.again(posts[::-1]) is None
    memory.forget(["posts:po_2"])
    cards.keep(a_card("po_2"), await remembered(memory, "posts:po_2"))
    assert page.again(posts) is None, "the card is another by now"


@pytest.mark.parametrize("is_forgotten", [True, False])
async def test_a_card_that_is_not_remembered_is_shown_and_on_no_page_again(is_forgotten: bool) -> None:
    memory = Memory()
    cards, card = CardMemory(memory), a_card()
    if is_forgotten:
        cards.keep(card, await remembered(memory, *PARTS))
        card.show(FOLLOWED)
        memory.forget(None)
    page = ShownPage([Skeleton(PostId("po_1"), AccountId("ac_1"))], [card.forms], [FOLLOWED])
    assert card.show(FOLLOWED) == a_card().show(FOLLOWED)
    assert page.again(page.posts) is None


async def test_what_is_kept_again_takes_the_place_of_what_was_kept() -> None:
    memory = Memory()
    cards, first = CardMemory(memory), a_card()
    parts = await remembered(memory, *PARTS)
    for card in (first, a_card()):
        cards.keep(card, parts)
    assert not first.forms
    memory.forget(["accounts:ac_1"])
    assert not cards.known


async def test_a_card_is_gone_with_any_of_its_parts() -> None:
    for part in PARTS:
        memory = Memory()
        cards = CardMemory(memory)
        cards.keep(a_card(), await remembered(memory, *PARTS))
        memory.forget(["posts:po_2", "accounts:ac_2"])
        assert list(cards.known) == ["po_1"]
        memory.forget([part])
        assert not cards.known, part


async def test_an_author_takes_every_card_of_theirs_along() -> None:
    memory = Memory()
    cards = CardMemory(memory)
    for post, author in (("po_1", "ac_1"), ("po_2", "ac_1"), ("po_3", "ac_2")):
        cards.keep(a_card(post, author), await remembered(memory, f"posts:{post}", f"accounts:{author}"))
    memory.forget(["accounts:ac_1"])
    assert list(cards.known) == ["po_3"]
    memory.forget(None)
    assert not cards.known


async def test_a_card_of_what_changed_meanwhile_is_not_kept() -> None:
    memory = Memory()
    cards = CardMemory(memory)
    parts = await remembered(memory, *PARTS)
    memory.forget(["likes.sizes:po_1"])
    cards.keep(a_card(), parts)
    await remembered(memory, *PARTS)
    cards.keep(a_card(), parts)
    assert not cards.known, "a part that was read again is another"


async def test_the_oldest_cards_go_first() -> None:
    memory = Memory()
    cards = CardMemory(memory, most=2)
    for post in ("po_1", "po_2", "po_3"):
        cards.keep(a_card(post), await remembered(memory, f"posts:{post}"))
    assert list(cards.known) == ["po_2", "po_3"]
