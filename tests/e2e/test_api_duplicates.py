"""One file posted by two accounts: what one of them does with it is nothing to the other."""

import time

from tests.chaos.pictures import picture
from tests.e2e.conftest import MakePerson
from tests.e2e.people import POLL_S, PUBLISHED_WITHIN_S, Person
from tests.pace import patient


def urls(person: Person, post: str) -> list[str]:
    """Every file of a post."""
    return [source["url"] for source in person.get(f"/posts/{post}").json()["sources"]]


def test_two_accounts_post_one_file_and_the_one_that_deletes_takes_nothing_from_the_other(
    ann: Person, people: MakePerson
) -> None:
    content, ben = picture(4711), people("ben")
    first, second = ann.publish(content), ben.publish(content)
    gone, stay = urls(ann, first), urls(ben, second)
    pixels = [[ann.http.get(url).content for url in of] for of in (gone, stay)]
    assert pixels[0] == pixels[1]
    assert set(gone).isdisjoint(stay)
    assert ann.delete(f"/posts/{first}").status_code == 204
    deadline = time.monotonic() + patient(PUBLISHED_WITHIN_S)
    while {ann.http.get(url).status_code for url in gone} != {410}:
        assert time.monotonic() < deadline
        time.sleep(POLL_S)
    assert {ann.http.get(url).status_code for url in stay} == {200}
