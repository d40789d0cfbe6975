"""Checks OpenSearch: that it answers, and would lose nothing with a node. What is in it can be made again."""

from infra.check.findings import Finding, guarded, judged
from infra.opensearch.connection import OpensearchConnection
from infra.process.settings import Settings
from infra.wiring import places

ABOUT = "opensearch"


def judge(settings: Settings, status: str, nodes: int) -> list[Finding]:
    """Pure. `status` is what the cluster says of itself."""
    address, replicas = places.opensearch(settings), settings.opensearch_replicas
    lacking = f"its status is {status}: parts of indexes, or copies of them, are missing"
    return [
        *guarded(ABOUT, address.url.startswith("https://"), address.password),
        judged(ABOUT, status == "green", "every copy of every index is there", lacking),
        judged(ABOUT, replicas > 0, f"replicas: {replicas}", "indexes have no replica: without a node, no search"),
        judged(ABOUT, nodes > replicas, f"nodes: {nodes}", f"{nodes} nodes cannot hold {replicas} replicas"),
    ]


async def check(settings: Settings) -> list[Finding]:
    """The findings about the search index. Raises Unavailable."""
    connection = OpensearchConnection(places.opensearch(settings))
    try:
        said = await connection.ask("GET", "/_cluster/health")
    finally:
        await connection.close()
    return judge(settings, said["status"], said["number_of_data_nodes"])
