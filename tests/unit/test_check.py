"""What `photolog check` makes of what the servers say: pure judgement, one weakness at a time."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.check import cql, kafka, mail, minio, opensearch, partitions, redis, secrets
from infra.check.findings import Finding
from infra.kafka.topics import kept
from infra.process.settings import Settings
from schemas.positions import POSTS
from schemas.positions import TOPICS as LOG_TOPICS

SAFE = Settings(
    backend="cluster",
    secret=SecretStr("ab" * 32),
    kafka_tls=True,
    kafka_user="photolog",
    cql_tls_ca=Path("ca.pem"),
    cql_user="photolog",
    redis="rediss://redis.example:6379/0",
    redis_password=SecretStr("long and secret"),
    opensearch="https://search.example",
    opensearch_password=SecretStr("long and secret"),
    s3_endpoint="https://store.example",
    smtp_host="mail.example",
)
FOR_EVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
TOPICS = {name: kafka.Topic(64, 3, {**kept(name, ""), "min.insync.replicas": "2"}) for name in kafka.wanted(SAFE)}
KAFKA = kafka.Kafka(TOPICS, creates=False)
KEYSPACE = cql.StoredKeyspace({"class": "org.apache.NetworkTopologyStrategy", "datacenter1": "3"}, durable=True)
REDIS = redis.Redis(
    {"role": "master", "connected_slaves": "1"}, {"appendonly": "yes", "maxmemory-policy": "noeviction"}
)
SHARES = partitions.Shares(64, dict.fromkeys(LOG_TOPICS, 64), {"posts@v1": 3}, cores=8)
STORE = minio.Store("", "", signer_reads=False, anonymous_lists=False, anonymous_reads=False)


def faults(findings: list[Finding]) -> list[str]:
    """What is not ok, as one line each."""
    return [f"{finding.severity}: {finding.text}" for finding in findings if finding.severity != "ok"]


def with_posts(**changes: object) -> kafka.Kafka:
    """Kafka with one other topic."""
    topic = replace(TOPICS["photolog.posts"], **changes)  # type: ignore[arg-type]
    return replace(KAFKA, topics={**TOPICS, "photolog.posts": topic})


def test_a_site_as_it_should_be_has_no_fault() -> None:
    found = [
        *kafka.judge(SAFE, KAFKA),
        *cql.judge(SAFE, KEYSPACE),
        *redis.judge(SAFE, REDIS),
        *opensearch.judge(SAFE, "green", 3),
        *minio.judge(SAFE, STORE),
        *secrets.judge(SAFE, {Path("secret"): 0o600}),
        *mail.judge(SAFE),
        *partitions.judge(SAFE, SHARES),
    ]
    assert faults(found) == []
    servers = {"kafka", "cql", "redis", "opensearch", "minio"}
    assert {finding.about for finding in found} == servers | {"secret", "passwords", "mail", "partitions"}


@pytest.mark.parametrize(
    ("status", "nodes", "fault"),
    [("yellow", 3, "weak: its status is yellow"), ("green", 1, "weak: 1 nodes cannot hold 1 replicas")],
)
def test_a_search_index_that_may_be_lost_is_named(status: str, nodes: int, fault: str) -> None:
    (found,) = faults(opensearch.judge(SAFE, status, nodes))
    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (replace(KAFKA, topics={}), "missing: there is no topic photolog.accounts"),
        (replace(KAFKA, creates=True), "weak: auto.create.topics.enable is on"),
        (replace(KAFKA, creates=None), "weak: the brokers do not tell auto.create.topics.enable"),
        (with_posts(copies=2), "weak: photolog.posts has replication 2, below 3"),
        (with_posts(config={**FOR_EVER, "min.insync.replicas": "1"}), "weak: photolog.posts has min.insync.replicas=1"),
        (with_posts(config=FOR_EVER), "weak: photolog.posts has min.insync.replicas=unknown"),
        (
            with_posts(config={**FOR_EVER, "min.insync.replicas": "2", "retention.ms": "604800000"}),
            "weak: photolog.posts has retention.ms=604800000, not -1",
        ),
    ],
)
def test_kafka_may_lack_topics_copies_and_time(found: kafka.Kafka, fault: str) -> None:
    assert faults(kafka.judge(SAFE, found))[0].startswith(fault)


@pytest.mark.parametrize(
    ("told", "found", "fault"),
    [
        (0, replace(SHARES, chosen=None), "missing: the site has not chosen yet"),
        (0, replace(SHARES, topics={**SHARES.topics, POSTS: 5}), "missing: 64, but photolog.posts has 5"),
        (8, SHARES, "missing: PHOTOLOG_PARTITIONS is 8, but the site was made with 64"),
        (0, replace(SHARES, workers={"posts@v1": 65, "media@v1": 1}), "weak: 65 workers share 64: some have nothing"),
        (0, replace(SHARES, cores=96), "weak: 64 keep no more workers busy, and this machine alone has 96 cores"),
    ],
)
def test_partitions_may_disagree_or_be_too_few(told: int, found: partitions.Shares, fault: str) -> None:
    (said,) = faults(partitions.judge(SAFE.model_copy(update={"partitions": told}), found))
    assert said.startswith(fault)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (None, "missing: there is no keyspace photolog"),
        (replace(KEYSPACE, durable=False), "weak: photolog has durable_writes off"),
        (
            replace(KEYSPACE, replication={**KEYSPACE.replication, "datacenter1": "2"}),
            "weak: photolog has replication 2 in datacenter1, below 3",
        ),
        (
            replace(KEYSPACE, replication={**KEYSPACE.replication, "datacenter1": "0"}),
            "weak: photolog has replication 0 in datacenter1, below 3",
        ),
        (replace(KEYSPACE, replication={"class": "a.SimpleStrategy", "datacenter1": "3"}), "weak: photolog has Simple"),
    ],
)
def test_a_keyspace_may_lack_copies_and_a_commit_log(found: cql.StoredKeyspace | None, fault: str) -> None:
    (said,) = faults(cql.judge(SAFE, found))
    assert said.startswith(fault)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (replace(REDIS, replication={"role": "master", "connected_slaves": "0"}), "weak: there is no replica"),
        (replace(REDIS, replication={"role": "slave", "connected_slaves": "1"}), "missing: it is a slave"),
        (replace(REDIS, config=None), "weak: it does not tell its configuration"),
        (replace(REDIS, config={**(REDIS.config or {}), "appendonly": "no"}), "weak: appendonly is off"),
        (
            replace(REDIS, config={**(REDIS.config or {}), "maxmemory-policy": "allkeys-lru"}),
            "weak: maxmemory-policy is allkeys-lru",
        ),
    ],
)
def test_redis_may_lack_a_replica_a_file_and_room(found: redis.Redis, fault: str) -> None:
    (said,) = faults(redis.judge(SAFE, found))
    assert said.startswith(fault)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (replace(STORE, worker_lists="NoSuchBucket"), "missing: there is no bucket photolog"),
        (replace(STORE, worker_lists="AccessDenied"), "missing: photolog cannot be listed by our own user"),
        (replace(STORE, signer_puts_as="InvalidAccessKeyId"), "missing: the user that signs uploads is missing"),
        (replace(STORE, signer_reads=True), "weak: the user that signs uploads may read"),
        (replace(STORE, anonymous_lists=True), "weak: nobody in particular may list photolog"),
        (replace(STORE, anonymous_reads=True), "weak: everybody may read uploads"),
    ],
)
def test_the_store_may_lack_a_bucket_and_say_too_much(found: minio.Store, fault: str) -> None:
    (said,) = faults(minio.judge(SAFE, found))
    assert said.startswith(fault)


@pytest.mark.parametrize("secret", ["ab" * 31, "xy" * 32, ""])
def test_a_secret_has_64_hex_digits(secret: str) -> None:
    (said,) = faults(secrets.judge(SAFE.model_copy(update={"secret": SecretStr(secret)}), {}))
    assert said == "missing: PHOTOLOG_SECRET is not 64 hex digits"


def test_a_secret_is_missed() -> None:
    (said,) = faults(secrets.judge(SAFE.model_copy(update={"secret": None}), {}))
    assert said == "missing: PHOTOLOG_SECRET or PHOTOLOG_SECRET_FILE is not set"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_file_is_its_owners_alone(mode: int) -> None:
    (said,) = faults(secrets.judge(SAFE, {Path("secret"): mode}))
    assert said == f"weak: secret can be read by others ({mode:o})"


def test_hashes_of_passwords_are_not_cheap() -> None:
    (said,) = faults(secrets.judge(SAFE.model_copy(update={"password_memory_kib": 64}), {}))
    assert said == "weak: hashing a password takes 64 KiB, below 19456: whoever gets the hashes guesses passwords fast"


def test_every_way_to_a_server_is_encrypted_and_has_credentials() -> None:
    bare = Settings(backend="cluster", secret=SAFE.secret)
    found = [
        *kafka.judge(bare, KAFKA),
        *cql.judge(bare, KEYSPACE),
        *redis.judge(bare, REDIS),
        *minio.judge(bare, STORE),
    ]
    weak = [(finding.about, finding.text.partition(":")[0]) for finding in found if finding.severity != "ok"]
    open_ways = [
        (about, text) for about in ("kafka", "cql", "redis") for text in ("TLS is off", "there are no credentials")
    ]
    assert weak == [*open_ways, ("minio", "PHOTOLOG_S3_ENDPOINT is without TLS")]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (
            {"smtp_host": ""},
            "weak: PHOTOLOG_SMTP_HOST is not set: mails stay in a folder of each command API, and reach nobody",
        ),
        ({"smtp_tls": "none"}, "weak: PHOTOLOG_SMTP_TLS is none: whoever is on the network reads confirmations"),
    ],
)
def test_mail_that_reaches_nobody_or_can_be_read_is_weak(changed: dict[str, str], fault: str) -> None:
    assert faults(mail.judge(SAFE.model_copy(update=changed))) == [fault]
