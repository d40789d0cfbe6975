"""A list in a file: a photo that resembles an entry is blocked, and moderators hear of it; then the list is another."""

import asyncio
from pathlib import Path

import pyvips

from infra.vips.looks import looks_of
from tests.callers import caller
from tests.chaos.pictures import picture
from tests.e2e.people import Person
from tests.photolog_here import photolog
from tests.processes import running_server


async def test_a_photo_on_the_list_is_blocked_and_opens_a_case_until_the_list_is_another(tmp_path: Path) -> None:
    content, blocklist = picture(7), tmp_path / "list"
    small = pyvips.Image.thumbnail_buffer(content, 150).copy_memory()
    blocklist.write_text(f"{looks_of(small).split()[0]} 8 list seven\n")
    settings = {"PHOTOLOG_BLOCKLIST": str(blocklist), "PHOTOLOG_BLOCKLIST_EVERY_S": "0.01"}
    async with running_server(tmp_path / "data", settings) as server:
        with caller(server.url) as http:
            ann = Person.signed_up(http, "ann")
            reservation = ann.reserve(content)
            assert ann.upload(reservation, content).is_success
            status = ann.final_status(reservation["post_id"]).json()
            assert (status["status"], status["reason"]) == ("rejected", "blocked")
            case = await asyncio.to_thread(_shown, tmp_path / "data", reservation["post_id"])
            assert "list seven" in case
            blocklist.write_text("")
            ann.publish(content)


def _shown(data: Path, post: str) -> str:
    """What an operator sees of the case."""
    shown = photolog({"PHOTOLOG_DATA": str(data)}, "moderation", "show", post, "--json")
    assert shown.exit_code == 0, shown.output
    return shown.output
