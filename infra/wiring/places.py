"""Where a site is kept on each kind of server, and how it is reached: from settings, for the wiring and the checks."""

import ssl
from functools import partial
from typing import Any

from infra.cql.address import CqlServers, Keyspace
from infra.kafka.connection import KafkaConnection
from infra.kafka.predecessors import put_out
from infra.minio.site import MinioSite
from infra.opensearch.address import OpensearchAddress
from infra.process.settings import Settings, SettingsInvalid
from infra.redis.address import RedisAddress
from infra.redis.cluster import RedisCluster
from infra.redis.connection import RedisConnection
from processors.brokers import Brokers


def prefix(settings: Settings) -> str:
    """In front of everything of this site's on servers that it shares."""
    return f"{settings.site}." if settings.site else ""


def cql_servers(settings: Settings) -> CqlServers:
    """The CQL servers of the local data centre."""
    places = [place.rpartition(":") for place in settings.cql.split(",")]
    return CqlServers(
        contact_points=tuple(host.strip() for host, _, _ in places),
        port=int(places[0][2]),
        datacenter=settings.cql_datacenter,
        username=settings.cql_user,
        password=shown(settings.cql_password),
        tls_ca=settings.cql_tls_ca,
    )


def keyspace(settings: Settings) -> Keyspace:
    """The site's keyspace, as it is made where it is not there yet."""
    name = f"{settings.site}_{settings.cql_keyspace}" if settings.site else settings.cql_keyspace
    return Keyspace(name, {settings.cql_datacenter: settings.cql_replication})


def kafka(settings: Settings) -> KafkaConnection:
    """The brokers, as aiokafka reaches them."""
    security: dict[str, Any] = {}
    if settings.kafka_tls:
        security |= {"security_protocol": "SSL", "ssl_context": ssl.create_default_context()}
    if settings.kafka_user:
        security |= {
            "security_protocol": "SASL_SSL" if settings.kafka_tls else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": shown(settings.kafka_password),
        }
    return KafkaConnection(settings.kafka, security)


def brokers(settings: Settings) -> Brokers:
    """The brokers, as Faust reaches them."""
    return Brokers(
        servers=settings.kafka,
        prefix=prefix(settings),
        ssl_context=ssl.create_default_context() if settings.kafka_tls else None,
        username=settings.kafka_user,
        password=shown(settings.kafka_password),
        member=settings.worker_name,
        joining=partial(put_out, settings.worker_name),
    )


def redis(settings: Settings) -> RedisAddress:
    """The Redis master; of a cluster, the node that stands first."""
    return redis_nodes(settings)[0]


def redis_nodes(settings: Settings) -> list[RedisAddress]:
    """The Redis master, or those nodes of a cluster that the setting names."""
    urls = settings.redis.split(",") if settings.redis_cluster else [settings.redis]
    nodes = [RedisAddress.from_url(url.strip(), shown(settings.redis_password)) for url in urls]
    if settings.redis_cluster and any(node.database for node in nodes):
        raise SettingsInvalid("PHOTOLOG_REDIS names a database, but a Redis Cluster has only number 0")
    return nodes


def redis_reached(settings: Settings) -> RedisCluster | RedisConnection:
    """The master, or all of a cluster's; connects when it is first asked."""
    nodes, answer_s = redis_nodes(settings), settings.redis_answer_s
    return RedisCluster(nodes, answer_s) if settings.redis_cluster else RedisConnection(nodes[0], answer_s)


def opensearch(settings: Settings) -> OpensearchAddress:
    """The search index."""
    password = shown(settings.opensearch_password)
    return OpensearchAddress(settings.opensearch, settings.opensearch_user, password, settings.opensearch_tls_ca)


def bucket(settings: Settings) -> str:
    """The site's bucket."""
    return _named(settings, "photolog")


def _named(settings: Settings, name: str) -> str:
    return f"{settings.site}-{name}" if settings.site and name else name


def minio(settings: Settings) -> MinioSite:
    """The object store."""
    return MinioSite(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint or settings.s3_endpoint,
        media_url=settings.media_origin,
        bucket=bucket(settings),
        cold_bucket=_named(settings, settings.cold),
    )


def shown(secret: Any) -> str:
    """A secret's text; empty if there is none."""
    return "" if secret is None else str(secret.get_secret_value())
