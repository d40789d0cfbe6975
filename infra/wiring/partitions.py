"""How many partitions the log of a site has: chosen once, before its topics are made, and read back ever after.

Another number would move keys to other partitions, and with that end the order of whatever happened before.
"""

from collections.abc import Mapping

from infra.process.settings import Settings, SettingsInvalid
from projections.site import PARTITIONS, SiteRows

DEFAULTS = {"cluster": 64, "embedded": 4}


async def chosen(rows: SiteRows, settings: Settings, there: Mapping[str, int]) -> int:
    """The site's number. `there`: topics that exist already, with theirs. Raises SettingsInvalid where these disagree.

    A site older than the row gets one with what its topics have. Of processes that start at once, the first decides.
    """
    row = await rows.read(PARTITIONS)
    if row is None:
        number = next(iter(there.values()), settings.partitions or DEFAULTS[settings.backend])
        _agree(number, settings, there)
        await rows.write(PARTITIONS, str(number), after=0)
        row = await rows.read(PARTITIONS)
        assert row is not None, "whoever was first has written it"
    number = int(row.content)
    _agree(number, settings, there)
    return number


def _agree(number: int, settings: Settings, there: Mapping[str, int]) -> None:
    others = {topic: found for topic, found in there.items() if found != number}
    if others:
        said = ", ".join(f"{topic} has {found}" for topic, found in others.items())
        raise SettingsInvalid(f"the topics of this site have {number} partitions, but {said}")
    if settings.partitions not in (0, number):
        raise SettingsInvalid(
            f"PHOTOLOG_PARTITIONS is {settings.partitions}, but this site was made with {number}, which is for ever"
        )
