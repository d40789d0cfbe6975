"""POST /views: which posts somebody has seen. Kept for 90 days under a pseudonym, unless they do not want that.

What is ordinary is answered by the plain ASGI endpoint of views_endpoint.py, all else by the route here.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Response

from commands.answers import Answer
from commands.api.call import Call, Signed, respond
from commands.api.routes import TokenFirst
from commands.api.sessions import UNRECORDED
from commands.once import Attempt
from commands.ports import Viewed
from commands.rates import left
from commands.views import pseudonym
from schemas.errors import TokenInvalid
from schemas.views import Views

router = APIRouter(tags=["views"], route_class=TokenFirst)
OptOut = Annotated[str | None, Header()]


@router.post("/views", status_code=202)
async def report(
    body: Views,
    call: Signed,
    dnt: OptOut = None,
    sec_gpc: OptOut = None,
) -> Response:
    """Says which posts were seen. Of who sends `DNT: 1` or `Sec-GPC: 1` nothing is kept."""

    async def work(_attempt: Attempt | None = None) -> Answer:
        return await reported([vars(view) for view in body], call, kept="1" not in (dnt, sec_gpc))

    # Nothing of it is in the ledger: without a key there is no transaction for which others would have to wait.
    return respond(await work()) if call.asked.key is None else await call.once(work)


async def reported(views: Sequence[Mapping[str, object]], call: Call, *, kept: bool) -> Answer:
    """Counts the report, and keeps it if it is to be `kept`. Raises RateLimited, TokenInvalid, and as ViewLog."""
    services = call.services
    quota = await services.rates.take("views", call.actor)
    if kept:
        key = (await services.vault.keys([call.actor]))[call.actor]
        if key is None:
            raise TokenInvalid("this account does not exist any more")
        await services.views.append(Viewed(pseudonym(key), services.clock(), views))
    return call.answer(202, None, UNRECORDED, **left(quota))
