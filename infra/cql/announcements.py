"""CqlAnnouncements: commands.ports.Announcements on CQL servers. Plain rows, never written conditionally.

A slot's revision is the timestamp of its write, so that the newest stands whatever clock the servers have.
"""

from collections.abc import Sequence

from commands.ports import Announcement
from infra.cql.session import CqlSession
from infra.stored import announcement_of

DDL = (
    "CREATE TABLE IF NOT EXISTS instances (site int, instance text, PRIMARY KEY (site, instance))",
    """CREATE TABLE IF NOT EXISTS announcements (
        instance text, slot int, stream text, version bigint, revision bigint, PRIMARY KEY (instance, slot)
    )""",
)
SITE = 0
"""All instances are in one partition: some thousands of short rows after years of restarts."""
REGISTER = "INSERT INTO instances (site, instance) VALUES (?, ?)"
INSTANCES = "SELECT instance FROM instances WHERE site = ?"
ANNOUNCE = """
INSERT INTO announcements (instance, slot, stream, version, revision) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?
"""
ANNOUNCED = "SELECT slot, stream, version, revision FROM announcements WHERE instance = ?"


class CqlAnnouncements:
    """The Announcements port."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session

    async def register(self, instance: str) -> None:
        """One row an instance."""
        await self._session.execute(REGISTER, (SITE, instance))

    async def announce(self, instance: str, announcements: Sequence[Announcement]) -> None:
        """One row a slot, all in one write."""
        said = [(instance, one.slot, one.stream, one.version, one.revision, one.revision) for one in announcements]
        await self._session.execute_together([(ANNOUNCE, values) for values in said])

    async def instances(self) -> list[str]:
        """Every instance."""
        return [record["instance"] for record in await self._session.execute(INSTANCES, (SITE,))]

    async def announced(self, instance: str) -> list[Announcement]:
        """Every slot that was ever used."""
        return [announcement_of(record) for record in await self._session.execute(ANNOUNCED, (instance,))]
