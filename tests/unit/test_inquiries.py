"""The inquiry aggregate: who reads personal fields, and why, is said once."""

from commands.inquiries import MakeInquiry
from events.inquiries import InquiryMade
from schemas.ids import AccountId
from tests.unit.given import given

ASK = MakeInquiry(AccountId("system:analyst:ada"), "0000000000Q", "Ada", "a court's order", ("account_opened",))
MADE = InquiryMade(analyst="Ada", reason="a court's order", tables=("account_opened",))


def test_an_inquiry_says_who_and_why_and_what_is_read() -> None:
    given().when(ASK).then(MADE)


def test_said_again_it_is_no_news() -> None:
    given(MADE).when(ASK).then_nothing()
