"""Read models that are new to a site with an older log: nothing is answered from them before they have caught up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from infra.http.app import application
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.process.standing import arriving
from infra.secrets.site import site_secrets
from infra.versions.orders import Orders
from infra.wiring import assembly
from infra.wiring.operating import Operating, operating
from projections.live import ARRIVES_S
from schemas.ids import AccountId, SessionId
from tests.integration.versions.releases import NEW_TO_IT, append, passed, served, the_next_release
from tests.pace import patient


@asynccontextmanager
async def query_api(site: Operating, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Beside whoever feeds, as a process of its own has it; somebody asks who is signed up."""
    secrets = site_secrets(settings)
    positions = assembly.position_tokens(site.stored, site.write.log, b"names")
    reads = assembly.reads(site.stored, site.write.objects, settings, secrets, positions)
    token = assembly.access_tokens(settings, secrets).issue(AccountId("ac_7"), SessionId("se_7"), wall_clock())

    async def ready() -> dict[str, object]:
        return {"arriving": arriving(site.state)}

    app = application(settings, ready=ready, reads=reads)
    headers, transport = {"Authorization": f"Bearer {token}"}, httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://site", headers=headers) as http:
        yield http


async def test_it_answers_503_until_it_has_caught_up_and_nobody_lifts_a_finger(folder: Path) -> None:
    settings = Settings(data=folder, canary_every_s=0)
    with the_next_release():
        async with operating(settings) as site, query_api(site, settings) as http:
            answer = await http.get("/notifications")
            assert (answer.status_code, answer.json()["code"]) == (503, "not_yet_visible")
            assert answer.json()["detail"].startswith("notifications is new here")
            assert answer.headers["Retry-After"] == str(ARRIVES_S)
            assert (await http.get("/blocks")).status_code == 200, "what was there before is served from the start"
            assert (await http.get("/readyz")).json()["arriving"] == sorted(NEW_TO_IT)
            listed = await Orders.of(site, settings, print).listed()
            assert {one["name"] for one in listed if one["state"] == "arriving"} == set(NEW_TO_IT)
            async with served(settings), asyncio.timeout(patient(20)):
                while (await http.get("/notifications")).status_code != 200:
                    pass
                while (await site.state.fresh()).state.arriving:  # each arrives by itself
                    pass
            for name in NEW_TO_IT:
                assert {one.rows for one in (await site.stored.positions.progress(f"{name}@v1")).values()} == {60}
            assert (await site.state.fresh()).state.arriving == {}


async def test_on_a_new_site_nothing_is_arriving(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, canary_every_s=0)
    async with served(settings), operating(settings) as site:
        await passed(site, "likes@v1", await append(site, 1))
        assert (await site.state.fresh()).state.arriving == {}
