"""Where the metrics of what a process sees of its site come from: stores that are away, canaries, what stands still."""

from collections import Counter
from collections.abc import Iterable

from infra.process.canary import Canary
from infra.process.metrics import Measured, Sample, Source, Spread
from infra.process.vigil import Vigil
from infra.redis.breaker import Breaker
from processors.reach import SharedReach
from projections.site import HeldState
from query_api.reads import Reads


def falling_back(reads: Reads) -> tuple[str, Source]:
    """What the queries of this process ask of the tables."""

    async def measure() -> Iterable[Sample]:
        tables, feeds = reads.table_turns, reads.rebuilds.turns
        return [
            Sample("photolog_table_reads", tables.under_way),
            Sample("photolog_table_reads_most", tables.most_under_way),
            Sample("photolog_table_reads_refused", tables.refused),
            Sample("photolog_feeds_made", feeds.under_way),
            Sample("photolog_feeds_refused", feeds.refused),
            Sample("photolog_short_pages_refused", reads.short_page_turns.refused),
        ]

    return "queries", measure


def asking(breaker: Breaker) -> tuple[str, Source]:
    """Whether readers of this process ask Redis."""

    async def measure() -> Iterable[Sample]:
        return [
            Sample("photolog_redis_passed", not breaker.closed),
            Sample("photolog_redis_failures", breaker.opened),
        ]

    return "redis", measure


def believing(state: HeldState) -> tuple[str, Source]:
    """What this process holds of the site's state."""

    async def measure() -> Iterable[Sample]:
        held = state.held
        if held is None:
            return [Sample("photolog_site_lease_holds", 0)]
        return [
            Sample("photolog_site_lease_holds", held.holds),
            Sample("photolog_redis_epoch", held.state.epoch),
            Sample("photolog_redis_away_shares", len(held.state.away)),
        ]

    return "site", measure


def telling(reach: SharedReach) -> tuple[str, Source]:
    """How this process got on with Redis."""

    async def measure() -> Iterable[Sample]:
        return [Sample("photolog_redis_gone_shares", reach.gone), Sample("photolog_redis_returns", reach.returned)]

    return "reach", measure


def sounding(canary: Canary) -> tuple[str, Source]:
    """How long it takes until queries see what a command decided."""

    async def measure() -> Iterable[Measured]:
        return [
            Spread("photolog_canary_seconds", canary.took),
            Sample("photolog_canary_delay_seconds", canary.delay_s),
            Sample("photolog_canaries_heard", canary.heard),
            Sample("photolog_canaries_lost", canary.lost),
        ]

    return "canary", measure


def vigilant(vigil: Vigil) -> tuple[str, Source]:
    """What stands still on the whole site, seen from this process."""

    async def measure() -> Iterable[Sample]:
        stalled = Counter(share.subscriber for share in vigil.stalled)
        return [Sample("photolog_stalled_partitions", stalled[one.id], (one.id,)) for one in vigil.followed()]

    return "vigil", measure
