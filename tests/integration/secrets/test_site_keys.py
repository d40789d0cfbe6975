"""The name secret: made once, of the site's first secret, and the same under every later one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.process.settings import SettingsInvalid
from infra.secrets.names import NAMES, name_secret
from infra.secrets.rotation import rotate
from infra.secrets.site import Secrets
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.vault import SqliteVault

FIRST, SECOND, STRANGE = b"1" * 32, b"2" * 32, b"3" * 32


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "log.sqlite", "NORMAL")
    yield opened
    opened.close()


async def names_under(database: SqliteDatabase, *secrets: bytes) -> bytes:
    """The name secret as a process with these secrets finds it."""
    known = Secrets(*secrets)
    return await name_secret(SqliteVault(database, known.keys("vault")), known)


async def test_a_site_goes_on_with_the_digests_that_it_always_had(database: SqliteDatabase) -> None:
    before = SqliteVault(database, Secrets(FIRST).key("vault"))
    await before.create_key("ac_1")
    assert await names_under(database, FIRST) == Secrets(FIRST).key("usernames")


async def test_names_outlive_the_secret_that_they_were_first_digested_with(database: SqliteDatabase) -> None:
    first = await names_under(database, FIRST)
    assert await names_under(database, FIRST, SECOND) == first, "the next secret is made known"
    assert await names_under(database, SECOND, FIRST) == first, "it is used"
    await rotate(SqliteVault(database, Secrets(SECOND, FIRST).keys("vault")), lambda _progress: None)
    assert await names_under(database, SECOND) == first, "the first is forgotten"
    assert first != Secrets(SECOND).key("usernames")


async def test_a_secret_of_another_site_is_refused(database: SqliteDatabase) -> None:
    await names_under(database, FIRST)
    with pytest.raises(SettingsInvalid, match="PHOTOLOG_SECRET is not the secret"):
        await names_under(database, STRANGE)


async def test_without_a_name_secret_a_wrong_secret_is_refused_by_the_keys_that_are_there(
    database: SqliteDatabase,
) -> None:
    await SqliteVault(database, Secrets(FIRST).key("vault")).create_key("ac_1")
    with pytest.raises(SettingsInvalid, match="PHOTOLOG_SECRET is not the secret"):
        await names_under(database, STRANGE)
    assert await names_under(database, FIRST) == Secrets(FIRST).key("usernames")


async def test_with_two_secrets_nobody_guesses_which_was_the_first(database: SqliteDatabase) -> None:
    with pytest.raises(SettingsInvalid, match="PHOTOLOG_SECRET_PREVIOUS is set"):
        await names_under(database, SECOND, FIRST)


async def test_a_destroyed_name_secret_is_never_replaced(database: SqliteDatabase) -> None:
    await names_under(database, FIRST)
    await SqliteVault(database, Secrets(FIRST).key("vault")).destroy_key(NAMES)
    with pytest.raises(SettingsInvalid, match="destroyed"):
        await names_under(database, FIRST)


def test_no_secret_is_in_what_secrets_say_of_themselves() -> None:
    assert repr(FIRST) not in repr(Secrets(FIRST, SECOND))
    assert repr(SECOND) not in repr(Secrets(FIRST, SECOND))
