"""What a reader sees of a world's feeds, beside their definition."""

from schemas.ids import AccountId
from tests.integration.feeds.celebrity_world import FANS, World


async def all_are_right(world: World, *viewers: AccountId) -> None:
    """Every page size shows what the definition says."""
    for viewer in viewers or FANS:
        due = await world.due(viewer)
        for page in (1, 2, 50):
            assert await world.seen(viewer, page) == due
