"""Sessions that are over do not pile up: swept by later log-ins on SQLite, expiring as whole rows on CQL."""

from dataclasses import replace
from pathlib import Path

from commands.ports import SESSION_LIFETIME_S
from infra.cql.session import CqlSession
from infra.cql.sessions import KEPT_S, NAMED_S, CqlSessions
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.sessions import SWEPT, SqliteSessions
from tests.contract.test_vault_sessions import NOW, a_session

LATER = NOW + 24 * 3_600_000
COLUMNS = ("account_id", "opened_at", "expires_at", "current", "used", "used_at", "ended", "revision")


async def test_on_sqlite_later_log_ins_sweep_away_what_has_expired(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "log.sqlite", "NORMAL")
    sessions = SqliteSessions(database)
    expired = [a_session() for _ in range(3 * SWEPT)]
    going_on = [replace(a_session(), expires_at=LATER + 1) for _ in range(3)]
    ended = replace(a_session(), expires_at=LATER + 1)
    for session in (*expired, *going_on, ended):
        assert await sessions.put_session(session)
    ended = replace(ended, ended=True, revision=2)
    assert await sessions.put_session(ended)
    for turn in range(3):
        later = replace(a_session(), opened_at=LATER, expires_at=LATER + 60_000)
        assert await sessions.put_session(later)
        left = [session for session in expired if await sessions.session(session.id)]
        assert len(left) == len(expired) - (turn + 1) * SWEPT
    for session in (*going_on, ended):
        assert await sessions.session(session.id) == session, "neither going on nor too long ago"
    database.close()


async def test_on_cql_every_write_gives_the_whole_row_its_time(cql: CqlSession) -> None:
    sessions, first = CqlSessions(cql), a_session()
    assert await sessions.put_session(first)
    await expire_together(cql, first.id)
    await cql.execute("UPDATE sessions USING TTL 60 SET used = ? WHERE id = ?", ("x", first.id))
    assert await sessions.put_session(replace(first, ended=True, revision=2))
    await expire_together(cql, first.id)


async def test_on_cql_an_account_names_a_session_for_longer_than_it_is_kept(cql: CqlSession) -> None:
    sessions, first = CqlSessions(cql), a_session()
    assert SESSION_LIFETIME_S < KEPT_S < NAMED_S
    assert await sessions.put_session(first)
    assert 0 <= NAMED_S - await named_for(cql, first.account_id) < 60
    short = "UPDATE sessions_by_account USING TTL 600 SET named_until = ? WHERE account_id = ? AND id = ? IF EXISTS"
    assert await cql.apply(short, (first.expires_at, first.account_id, first.id))
    later = replace(first, expires_at=first.expires_at + 24 * 3_600_000, revision=2)
    assert await sessions.put_session(later)
    assert 0 <= NAMED_S - await named_for(cql, first.account_id) < 60, "a session that goes on is named again"


async def expire_together(cql: CqlSession, session: str) -> None:
    """Every column of the session's row has the time that a write gives it."""
    columns = ", ".join(f"TTL({column}) AS {column}" for column in COLUMNS)
    (row,) = await cql.execute(f"SELECT {columns} FROM sessions WHERE id = ?", (session,))
    assert all(0 <= KEPT_S - row[column] < 60 for column in COLUMNS)


async def named_for(cql: CqlSession, account: str) -> int:
    (row,) = await cql.execute(
        "SELECT TTL(named_until) AS left FROM sessions_by_account WHERE account_id = ?", (account,)
    )
    return int(row["left"])
