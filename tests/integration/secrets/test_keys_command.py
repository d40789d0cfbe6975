"""`photolog keys` on an embedded site: what it says, by its status too, and when it refuses to do anything."""

import asyncio
import json
import secrets
import subprocess
from pathlib import Path

import pytest

from infra.local.site import PHOTOLOG
from infra.secrets.names import name_secret
from infra.secrets.site import Secrets
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.vault import SqliteVault
from tests.photolog_here import alone

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)


def photolog(data: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """The command, with these settings alone."""
    return subprocess.run([PHOTOLOG, "keys", *words], capture_output=True, text=True, env=alone(data, **settings))


async def make_site(data: Path, named: bool) -> None:
    """Two keys under the old secret, one destroyed; `named`: and the usernames' secret."""
    database, known = SqliteDatabase(data / "log.sqlite", "NORMAL"), Secrets(bytes.fromhex(OLD))
    vault = SqliteVault(database, known.keys("vault"))
    for subject in ("ac_1", "ac_2"):
        await vault.create_key(subject)
    await vault.destroy_key("ac_2")
    if named:
        await name_secret(vault, known)
    database.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asyncio.run(make_site(tmp_path, named=True))
    return tmp_path


def test_status_says_what_is_under_which_master_key_and_whether_that_is_all(data: Path) -> None:
    fine = photolog(data, "status", secret=OLD)
    assert fine.returncode == 0, fine.stderr
    assert [line.split()[1:] for line in fine.stdout.splitlines()] == [["2", "keys", "(current)"], ["1"]]
    during = photolog(data, "status", "--json", secret=NEW, secret_previous=OLD)
    told = json.loads(during.stdout)
    assert (during.returncode, list(told["keys"].values()), told["destroyed"]) == (1, [2], 1)
    assert told["current"] not in told["keys"]


def test_rotate_says_how_far_it_is_and_status_that_it_is_done(data: Path) -> None:
    done = photolog(data, "rotate", secret=NEW, secret_previous=OLD)
    assert done.returncode == 0, done.stderr
    assert "100.0%  2 keys rewrapped, 0 were current, 1 destroyed; 0 s left" in done.stdout
    assert photolog(data, "status", secret=NEW).returncode == 0
    again = photolog(data, "rotate", "--json", secret=NEW)
    assert json.loads(again.stdout) == {"rewrapped": 0, "current": 2, "destroyed": 1, "emptied": True}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"secret": NEW}, "PHOTOLOG_SECRET is not the secret"), ({"secret": OLD[:9]}, "PHOTOLOG_SECRET must hold 64")],
)
def test_under_a_wrong_secret_nothing_is_rotated(data: Path, settings: dict[str, str], reason: str) -> None:
    refused = photolog(data, "rotate", **settings)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert reason in refused.stderr
    assert OLD not in refused.stderr
    assert NEW not in refused.stderr


def test_a_site_whose_usernames_have_no_secret_of_their_own_yet_is_not_rotated(tmp_path: Path) -> None:
    asyncio.run(make_site(tmp_path, named=False))
    refused = photolog(tmp_path, "rotate", secret=NEW, secret_previous=OLD)
    assert refused.returncode == 2
    assert "PHOTOLOG_SECRET_PREVIOUS is set" in refused.stderr


def test_where_there_is_no_site_there_are_no_keys(tmp_path: Path) -> None:
    refused = photolog(tmp_path / "nothing", "status", secret=OLD)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "there is no site" in refused.stderr
    assert not (tmp_path / "nothing").exists()
