"""A blocklist that a URL names: read anew in time, and left as it was while its server fails, which is counted."""

from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from infra.blocklist.source import source_of
from processors.blocklist import Blocklist, Hit
from schemas.errors import Unavailable
from tests.contract.fixtures_objects import serving

LOOK, OTHER = "00ff00ff00ff00ff", "ff00ff00ff00ff00"


@dataclass
class Publisher:
    """Whoever publishes a list, and the time of whoever reads it."""

    status: int = 200
    text: str = f"{LOOK} 4 a list's"
    now: float = 0.0
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return PlainTextResponse(self.text, self.status)


async def test_a_list_from_a_url_is_in_force_and_its_failing_server_takes_nothing_back() -> None:
    publisher = Publisher()
    with serving(lambda _origin: Starlette(routes=[Route("/list", publisher.answer)])) as url:
        blocklist = Blocklist(source_of(f"{url}/list"), 8, 3600, lambda: publisher.now)
        assert await blocklist.hit(LOOK) == Hit("a list's", 0)
        publisher.text = f"{OTHER}\n"
        assert await blocklist.hit(OTHER) is None  # not yet
        publisher.now, publisher.status = 3600.0, 500
        assert await blocklist.hit(LOOK) == Hit("a list's", 0)
        assert (blocklist.failed, len(publisher.asked)) == (1, 2)
        publisher.now, publisher.status = 7200.0, 200
        assert await blocklist.hit(OTHER) == Hit(OTHER, 0)
        assert await blocklist.hit(LOOK) is None
    publisher.now = 10_800.0
    assert await blocklist.hit(OTHER) == Hit(OTHER, 0)  # nobody answers
    assert blocklist.failed == 2


@pytest.mark.parametrize("status", [404, 500])
async def test_while_a_url_has_never_answered_no_photo_passes(status: int) -> None:
    publisher = Publisher(status)
    with serving(lambda _origin: Starlette(routes=[Route("/list", publisher.answer)])) as url:
        blocklist = Blocklist(source_of(f"{url}/list"))
        with pytest.raises(Unavailable):
            await blocklist.hit(LOOK)
        publisher.status = 200
        assert await blocklist.hit(LOOK) == Hit("a list's", 0)
