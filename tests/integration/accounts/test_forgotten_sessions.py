"""Sessions that are over do not pile up: swept on SQLite, expiring as whole rows on CQL."""

from dataclasses import replace
from pathlib import Path

from commands.limits import STATED
from commands.ports import Use
from infra.cql.session import CqlSession
from infra.cql.sessions import CqlSessions
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.sessions import SqliteSessions
from tests.contract.test_vault_sessions import NOW, a_session

LATER = NOW + 24 * 3_600_000
COLUMNS = ("account_id", "opened_at", "expires_at", "current", "used", "used_at", "ended", "revision", "family")


async def test_on_sqlite_what_has_expired_is_swept_away_piece_by_piece(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "log.sqlite", "NORMAL")
    sessions = SqliteSessions(database)
    expired = [a_session() for _ in range(6)]
    going_on = [replace(a_session(), expires_at=LATER + 1) for _ in range(3)]
    ended = replace(a_session(), expires_at=LATER + 1)
    for session in (*expired, *going_on, ended):
        assert await sessions.put_session(session)
    ended = replace(ended, ended=True, revision=2)
    assert await sessions.put_session(ended)
    assert [await sessions.sweep_sessions(LATER, 4) for _ in range(3)] == [4, 2, 0]
    assert [await sessions.session(session.id) for session in expired] == [None] * 6
    for session in (*going_on, ended):
        assert await sessions.session(session.id) == session, "neither going on nor too long ago"
    database.close()


async def test_on_cql_every_write_gives_the_whole_row_its_time(cql: CqlSession) -> None:
    sessions, first = CqlSessions(cql), a_session()
    assert await sessions.put_session(first)
    await expire_together(cql, first.id, sessions.kept_s)
    await cql.execute("UPDATE sessions USING TTL 60 SET used = ? WHERE id = ?", ("x", first.id))
    turned = replace(first, used=(Use("hash-1", NOW, 1),), revision=2)
    assert await sessions.put_session(turned)
    await expire_together(cql, first.id, sessions.kept_s)
    assert await sessions.put_session(replace(turned, ended=True, revision=3))
    await expire_together(cql, first.id, STATED.ended_session_s)


async def test_on_cql_an_account_names_a_session_for_longer_than_it_is_kept(cql: CqlSession) -> None:
    sessions, first = CqlSessions(cql), a_session()
    assert STATED.refresh_token_s < sessions.kept_s < sessions.named_s
    assert await sessions.put_session(first)
    assert 0 <= sessions.named_s - await named_for(cql, first.account_id) < 60
    short = "UPDATE sessions_by_account USING TTL 600 SET named_until = ? WHERE account_id = ? AND id = ? IF EXISTS"
    assert await cql.apply(short, (first.expires_at, first.account_id, first.id))
    later = replace(first, expires_at=first.expires_at + 24 * 3_600_000, revision=2)
    assert await sessions.put_session(later)
    assert 0 <= sessions.named_s - await named_for(cql, first.account_id) < 60, "a session that goes on is named again"


async def test_on_cql_an_account_does_not_name_what_has_ended(cql: CqlSession) -> None:
    sessions, first = CqlSessions(cql), a_session()
    assert await sessions.put_session(first)
    assert await sessions.put_session(replace(first, ended=True, revision=2))
    assert await cql.execute("SELECT * FROM sessions_by_account WHERE account_id = ?", (first.account_id,)) == []


async def expire_together(cql: CqlSession, session: str, kept_s: int) -> None:
    """Every column of the session's row has this time."""
    columns = ", ".join(f"TTL({column}) AS {column}" for column in COLUMNS)
    (row,) = await cql.execute(f"SELECT {columns} FROM sessions WHERE id = ?", (session,))
    assert all(0 <= kept_s - row[column] < 60 for column in COLUMNS)


async def named_for(cql: CqlSession, account: str) -> int:
    (row,) = await cql.execute(
        "SELECT TTL(named_until) AS left FROM sessions_by_account WHERE account_id = ?", (account,)
    )
    return int(row["left"])
