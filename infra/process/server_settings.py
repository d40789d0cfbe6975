"""Settings of the cluster's servers: where they are, as whom to log in, and how much of everything is kept there."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "PHOTOLOG_"


class ServerSettings(BaseSettings):
    """Those of Kafka, CQL, Redis, OpenSearch and the object store."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    kafka: str = Field("127.0.0.1:9092", description="bootstrap servers, comma-separated")
    kafka_replication: int = Field(3, ge=1, description="replicas of each topic")
    kafka_min_insync: int = Field(2, ge=1, description="replicas that an append waits for")
    kafka_user: str = Field("", description="SASL user (SCRAM-SHA-512); empty: none")
    kafka_password: SecretStr | None = Field(None, description="SASL password")
    kafka_tls: bool = Field(False, description="TLS to Kafka")

    cql: str = Field("127.0.0.1:9042", description="contact points, comma-separated")
    cql_keyspace: str = Field("photolog", pattern="^[a-z][a-z0-9_]{0,47}$", description="keyspace")
    cql_datacenter: str = Field("datacenter1", description="local data centre")
    cql_replication: int = Field(3, ge=1, description="replicas of each row")
    cql_user: str = Field("", description="user; empty: none")
    cql_password: SecretStr | None = Field(None, description="password")
    cql_tls_ca: Path | None = Field(None, description="CA file; with it, TLS to the CQL servers")

    redis: str = Field("redis://127.0.0.1:6379/0", description="URL; rediss:// for TLS; a cluster's, comma-separated")
    redis_cluster: bool = Field(False, description="it is a Redis Cluster, and the URLs are of some of its nodes")
    redis_password: SecretStr | None = Field(None, description="password")
    redis_answer_s: float = Field(1.0, gt=0, description="seconds after which an answer of Redis is not waited for")
    redis_told_within_s: float = Field(0.5, gt=0, description="seconds after which rows go on without telling Redis")

    opensearch: str = Field("http://127.0.0.1:9200", description="URL of the search index; https:// for TLS")
    opensearch_user: str = Field("", description="user; empty: none")
    opensearch_password: SecretStr | None = Field(None, description="password")
    opensearch_tls_ca: Path | None = Field(None, description="CA file for it; default: the system's")
    opensearch_shards: int = Field(3, ge=1, description="parts of each new index: as many nodes can share it")
    opensearch_replicas: int = Field(1, ge=0, description="replicas of each part of a new index")

    s3_endpoint: str = Field("http://127.0.0.1:9000", description="object store, as processes reach it")
    s3_public_endpoint: str = Field("", description="object store, as clients reach it; default: the same")
    s3_admin_user: str = Field("", description="user that sets up buckets and the scoped users")
    s3_admin_password: SecretStr | None = Field(None, description="its password")
