"""CqlAnnouncements: commands.ports.Announcements on CQL servers. Plain rows, never written conditionally.

A slot's revision is the timestamp of its write, so that the newest stands whatever clock the servers have.
"""

from collections.abc import Sequence

from commands.ports import Announcement, Instance
from infra.cql.session import CqlSession
from infra.stored import announcement_of

DDL = (
    "CREATE TABLE IF NOT EXISTS instances (site int, instance text, turn bigint, PRIMARY KEY (site, instance))",
    """CREATE TABLE IF NOT EXISTS instances_at_work (
        site int, instance text, turn bigint, PRIMARY KEY (site, instance)
    ) WITH gc_grace_seconds = 3600""",
    """CREATE TABLE IF NOT EXISTS announcements (
        instance text, slot int, stream text, version bigint, revision bigint, PRIMARY KEY (instance, slot)
    )""",
)
"""One that is at work again because a server has missed its retirement is retired again: an hour is long enough."""
SITE = 0
"""All instances are in one partition: some thousands of short rows after years of restarts."""
TURN = "SELECT turn FROM instances WHERE site = ? AND instance = ?"
KNOW = "INSERT INTO instances (site, instance, turn) VALUES (?, ?, ?) USING TIMESTAMP ?"
BEGIN = "INSERT INTO instances_at_work (site, instance, turn) VALUES (?, ?, ?) USING TIMESTAMP ?"
END = "DELETE FROM instances_at_work USING TIMESTAMP ? WHERE site = ? AND instance = ?"
AT_WORK = "SELECT instance, turn FROM instances_at_work WHERE site = ?"
IS_AT_WORK = "SELECT instance FROM instances_at_work WHERE site = ? AND instance = ?"
KNOWN = "SELECT instance FROM instances WHERE site = ? AND instance > ? LIMIT ?"
ANNOUNCE = """
INSERT INTO announcements (instance, slot, stream, version, revision) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?
"""
ANNOUNCED = "SELECT slot, stream, version, revision FROM announcements WHERE instance = ?"


class CqlAnnouncements:
    """The Announcements port."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    async def register(self, instance: str) -> None:
        """The next turn: its number is the timestamp of both rows."""
        found = await self._session.execute(TURN, (SITE, instance))
        turn = 1 + ((found[0]["turn"] or 0) if found else 0)
        await self._session.execute(KNOW, (SITE, instance, turn, turn))
        await self._session.execute(BEGIN, (SITE, instance, turn, turn))

    async def retire(self, instance: Instance) -> None:
        """Deletes what this turn has written, and nothing of a later one."""
        await self._session.execute(END, (instance.turn, SITE, instance.name))

    async def announce(self, instance: str, announcements: Sequence[Announcement]) -> None:
        """One row a slot, all in one write."""
        said = [(instance, one.slot, one.stream, one.version, one.revision, one.revision) for one in announcements]
        await self._session.execute_together([(ANNOUNCE, values) for values in said])

    async def at_work(self) -> list[Instance]:
        """One partition."""
        return [Instance(one["instance"], one["turn"]) for one in await self._session.execute(AT_WORK, (SITE,))]

    async def is_at_work(self, instance: str) -> bool:
        """One row."""
        return bool(await self._session.execute(IS_AT_WORK, (SITE, instance)))

    async def known(self, after: str, limit: int) -> list[str]:
        """A page of all of them."""
        return [one["instance"] for one in await self._session.execute(KNOWN, (SITE, after, limit))]

    async def announced(self, instance: str) -> list[Announcement]:
        """Every slot that was ever used."""
        return [announcement_of(record) for record in await self._session.execute(ANNOUNCED, (instance,))]
