"""The settings that point the cluster backend at a local stack, as `photolog stack env` prints them."""

from infra.local.stack.ports import HOST
from infra.local.stack.server import Premises


def environment(site: Premises) -> dict[str, str]:
    """Variables by name. Secrets are named by their files, never shown."""
    ports, credentials = site.ports, site.credentials
    return {
        "PHOTOLOG_BACKEND": "cluster",
        "PHOTOLOG_KAFKA": f"{HOST}:{ports.kafka}",
        "PHOTOLOG_PARTITIONS": "4",  # one machine has few workers
        "PHOTOLOG_KAFKA_REPLICATION": "1",
        "PHOTOLOG_KAFKA_MIN_INSYNC": "1",
        "PHOTOLOG_CQL_REPLICATION": "1",
        "PHOTOLOG_CQL": f"{HOST}:{ports.cql}",
        "PHOTOLOG_REDIS": f"redis://{HOST}:{ports.redis}/0",
        "PHOTOLOG_S3_ENDPOINT": f"http://{HOST}:{ports.minio}",
        "PHOTOLOG_S3_ADMIN_USER": credentials.s3_admin_user,
        "PHOTOLOG_S3_ADMIN_PASSWORD_FILE": str(credentials.s3_admin_password),
        "PHOTOLOG_OPENSEARCH": f"http://{HOST}:{ports.opensearch}",
        "PHOTOLOG_OPENSEARCH_REPLICAS": "0",
        "PHOTOLOG_SECRET_FILE": str(credentials.secret),
    }


def behind_edge(site: Premises) -> dict[str, str]:
    """What is different for a site whose media are read from the stack's edge."""
    place = f"{HOST}:{site.ports.edge}"
    return {"PHOTOLOG_MEDIA_URL": f"http://{place}", "PHOTOLOG_EDGES": place}


def through_proxies(site: Premises) -> dict[str, str]:
    """What is different for a process whose connections tests may fail."""
    return {"PHOTOLOG_KAFKA": f"{HOST}:{site.ports.kafka_proxy}", "PHOTOLOG_CQL": f"{HOST}:{site.ports.cql_proxy}"}
