"""`photolog log tail`: the end of the log of a site that runs or does not, and what is appended meanwhile."""

import asyncio
import json
import shutil
from pathlib import Path

from events.codec import encode
from events.follows import Followed
from infra.local.site import PHOTOLOG
from infra.wiring.operating import operating
from tests.integration.handlers import row_of
from tests.integration.history.commands import photolog_log
from tests.integration.history.story import ANN, BEN, Story, said, settings_of
from tests.pace import patient


def test_the_last_events_of_a_type_are_shown_in_the_order_of_the_log_with_personal_fields_sealed(told: Story) -> None:
    done = photolog_log(told.settings.data, "tail", "--json", "--type", "account.opened", "-n", "2")
    assert done.exit_code == 0, done.output
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    opened = [one.id for one in told.told if one.type == "account.opened.v1"]
    in_order = sorted(opened, key=lambda event: (told.taken[event], told.first[event]))
    assert [one["id"] for one in shown] == in_order[-2:]
    assert "Eve" not in done.stdout


def test_every_type_is_shown_and_what_cannot_be_read_is_no_hindrance(told: Story) -> None:
    lines = photolog_log(told.settings.data, "tail", "-n", "1000").stdout.splitlines()
    orders = 5
    assert len(lines) == len(told.told) + len(told.repeated) + orders
    assert sum("dead_letter.replaced.v1" in line for line in lines) == 1


def test_where_there_is_no_site_it_says_so_and_makes_none(tmp_path: Path) -> None:
    done = photolog_log(tmp_path / "none", "tail")
    assert "there is no site" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_where_no_broker_answers_it_says_which_setting_names_them(tmp_path: Path) -> None:
    done = photolog_log(tmp_path, "tail", PHOTOLOG_BACKEND="cluster", PHOTOLOG_KAFKA="127.0.0.1:1")
    assert "no broker answers at 127.0.0.1:1: PHOTOLOG_KAFKA says where they are" in str(done.exception)


async def test_followed_it_shows_what_another_process_appends(told: Story, tmp_path: Path) -> None:
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    process = await asyncio.create_subprocess_exec(
        PHOTOLOG, "log", "tail", "-n", "1", "--follow", "--json", "--type", "follow.started",
        env={"PHOTOLOG_DATA": str(data)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(patient(60)):
            await process.stdout.readline()
            async with operating(settings_of(data)) as site:
                event = said(4, Followed(follower_id=ANN, followee_id=BEN), f"follow/{ANN}/{BEN}", 1)
                await site.write.log.append([row_of(event, encode(event, {}))])
            assert json.loads(await process.stdout.readline())["actor"] == ANN
    finally:
        process.kill()
        await process.wait()
