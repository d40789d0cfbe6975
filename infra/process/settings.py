"""Settings: environment variables `PHOTOLOG_*` with sane defaults; a secret may be in a file named by `..._FILE`.

Listed by `photolog settings`.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from commands.limits import DAY_S, STATED

PREFIX = "PHOTOLOG_"


Addresses = Annotated[list[str], NoDecode]
"""Comma-separated in the environment."""


class SettingsInvalid(Exception):
    """A setting cannot be used; says which, and why, and never its value."""


class Settings(BaseSettings):
    """Every setting there is, with its default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    backend: Literal["embedded", "cluster"] = Field("embedded", description="where everything is kept")
    data: Path = Field(Path(".photolog"), description="folder of the embedded backend and of the local stack")
    site: str = Field("", pattern="^[a-z0-9]{0,16}$", description="prefix of everything kept on shared servers")
    secret: SecretStr | None = Field(None, description="64 hex digits that all keys derive from; embedded makes one")
    secret_previous: SecretStr | None = Field(
        None, description="another secret that is still good: see `photolog keys`"
    )

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=1, le=65535, description="port of the embedded platform, or of the gateway")
    command_port: int = Field(8001, ge=1, le=65535, description="port of a command API")
    query_port: int = Field(8002, ge=1, le=65535, description="port of a query API")
    command_apis: Addresses = Field(["127.0.0.1:8001"], description="command APIs behind the gateway, comma-separated")
    query_apis: Addresses = Field(["127.0.0.1:8002"], description="query APIs behind the gateway, comma-separated")
    ops_host: str = Field("127.0.0.1", description="address on which operators are answered")
    ops_port: int = Field(8081, ge=0, le=65535, description="port of /metrics; 0: none")
    public_url: str = Field("", description="origin under which clients reach it; default: http://HOST:PORT")
    origins: Addresses = Field([], description="browser origins to allow, comma-separated")
    http_connections: int = Field(
        4096, ge=8, description="connections at once; in a full process those that keep it waiting make room"
    )
    http_head_s: float = Field(10.0, gt=0, description="seconds for a request's head")
    http_head_bytes: int = Field(32_768, ge=1024, description="bytes of a request's head; more is 431")
    http_url_bytes: int = Field(8_192, ge=256, description="bytes of a URL; more is 414")
    http_body_bytes: int = Field(262_144, ge=1024, description="bytes of a body, uploads apart; more is 413")
    http_slowest: int = Field(500, ge=1, description="bytes a second that a peer must send of a body, or take")
    http_pace_s: float = Field(10.0, gt=0, description="seconds over which that pace is taken")
    http_drain_bytes: int = Field(
        33_554_432, ge=0, description="bytes that are read and dropped so that a refusal arrives"
    )
    absent_s: int = Field(5, ge=1, description="seconds for which caches say that something is not there")
    smtp_host: str = Field("", description="mail server; empty: mails are put into the folder DATA/mail")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_tls: Literal["starttls", "tls", "none"] = Field("starttls", description="TLS to the mail server")
    smtp_tls_ca: Path | None = Field(None, description="CA file for it; default: the system's")
    smtp_user: str = Field("", description="its user; empty: none")
    smtp_password: SecretStr | None = Field(None, description="its password")
    smtp_from: str = Field("photolog@localhost", description="address that mails come from")
    access_token_s: int = Field(900, ge=1, description="lifetime of an access token, in seconds")

    refresh_token_s: int = Field(
        STATED.refresh_token_s, ge=60, le=10 * 365 * DAY_S, description="seconds that a refresh token may lie unused"
    )
    refresh_grace_s: int = Field(
        STATED.refresh_grace_s, ge=1, description="seconds in which a used refresh token may come again"
    )
    refresh_pairs: int = Field(STATED.refresh_pairs, ge=1, description="pairs of tokens that one may get then")
    session_pairs: int = Field(STATED.session_pairs, ge=1, description="unused refresh tokens of one session")
    session_refreshes: int = Field(
        STATED.session_refreshes, ge=1, description="refresh tokens of one session used in REFRESH_GRACE_S"
    )
    account_sessions: int = Field(
        STATED.account_sessions, ge=1, description="sessions of one account; a further log-in ends the idlest"
    )
    ended_session_s: int = Field(
        STATED.ended_session_s, ge=60, le=365 * DAY_S, description="seconds until an ended session is forgotten"
    )
    failed_log_ins: int = Field(STATED.failed_log_ins, ge=1, description="wrong passwords before a username is locked")
    failed_log_ins_s: int = Field(STATED.failed_log_ins_s, ge=1, description="seconds for which they count")
    confirmation_mails: int = Field(STATED.confirmation_mails, ge=1, description="mails that one account may ask for")
    confirmation_mails_s: int = Field(STATED.confirmation_mails_s, ge=1, description="in so many seconds")
    confirmation_s: int = Field(STATED.confirmation_s, ge=60, description="seconds that a mailed token is good")
    recovery_mails: int = Field(STATED.recovery_mails, ge=1, description="mails that recover one account's password")
    recovery_mails_s: int = Field(STATED.recovery_mails_s, ge=1, description="in so many seconds")
    recovery_s: int = Field(STATED.recovery_s, ge=60, description="seconds that such a mail is good")
    idempotency_s: int = Field(
        STATED.idempotency_s, ge=60, le=365 * DAY_S, description="seconds that an Idempotency-Key is kept"
    )
    account_followees: int = Field(STATED.account_followees, ge=1, description="accounts that one may follow")
    celebrity_followers: int = Field(
        10_000, ge=1, description="followers from which on an account's posts are pulled by readers, not pushed"
    )
    comments_per_minute: int = Field(STATED.comments_per_minute, ge=1, description="comments that one may write")
    follows_per_minute: int = Field(STATED.follows_per_minute, ge=1, description="times that one may follow somebody")
    uploads_per_minute: int = Field(STATED.uploads_per_minute, ge=1, description="posts that one may reserve")
    reports_per_minute: int = Field(STATED.reports_per_minute, ge=1, description="reports that one may file")
    sweep_every_s: float = Field(3600, gt=0, description="embedded: seconds between sweeps of what is over")
    photo_bytes: int = Field(STATED.photo_bytes, ge=1, description="bytes that a photo may have")
    edits_per_hour: int = Field(100, ge=1, description="times that an account may change one thing in an hour")
    partitions: int = Field(
        0, ge=0, le=1024, description="partitions of each topic, chosen when a site is made; 0: 64 on a cluster, else 4"
    )
    render_at_once: int = Field(0, ge=0, description="photos that are rendered side by side; 0: one a core")
    render_cpu_s: float = Field(20, gt=0, description="processor seconds that one photo may cost")
    render_wall_s: float = Field(300, gt=0, description="seconds after which a photo is given up whatever it costs")
    render_pixels: int = Field(128_000_000, ge=1, description="pixels that a photo may have")
    render_memory_mb: int = Field(2048, ge=256, description="MiB of memory that rendering one photo may take")
    render_tries: int = Field(3, ge=1, description="processes that a photo may cost which the kernel kills")
    render_attempts: int = Field(10, ge=1, description="workers that may end in the middle of one and the same photo")

    export_bytes: int = Field(
        33_554_432, ge=1, description="bytes of memory after which an export of the log writes what it has"
    )
    window: int = Field(1000, ge=1, description="events taken while an earlier one of the partition is not finished")
    dead_letters: int = Field(20, ge=0, description="unreadable events a process puts aside in an hour, per subscriber")
    reactions_at_once: int = Field(16, ge=1, description="pushes, or uploads, that a process has in hand at once")

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

    redis: str = Field("redis://127.0.0.1:6379/0", description="URL; rediss:// for TLS")
    redis_password: SecretStr | None = Field(None, description="password")
    redis_told_within_s: float = Field(0.5, gt=0, description="seconds after which rows go on without telling Redis")

    s3_endpoint: str = Field("http://127.0.0.1:9000", description="object store, as processes reach it")
    s3_public_endpoint: str = Field("", description="object store, as clients reach it; default: the same")
    s3_admin_user: str = Field("", description="user that sets up buckets and the scoped users")
    s3_admin_password: SecretStr | None = Field(None, description="its password")

    @field_validator("origins", "command_apis", "query_apis", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def origin(self) -> str:
        """The public URL without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


SECRETS = tuple(name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation))
"""Settings that are never shown and may be in files."""


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsInvalid."""
    try:
        from_files: dict[str, Any] = {name: secret for name in SECRETS if (secret := _from_file(name))}
        return Settings(**from_files)
    except ValidationError as error:
        faults = [f"{PREFIX}{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        raise SettingsInvalid("; ".join(faults)) from None


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Each setting with its value, where it came from, and what it is for; secrets are not shown."""
    rows = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = "(hidden)" if isinstance(value, SecretStr) else str(value) if value is not None else ""
        rows.append(
            {"name": _variable(name), "value": shown, "source": _source(name), "about": field.description or ""}
        )
    return rows


def _from_file(name: str) -> str | None:
    path = os.environ.get(f"{_variable(name)}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise SettingsInvalid(f"{_variable(name)}_FILE: {error.strerror}") from None


def _source(name: str) -> str:
    if name in SECRETS and os.environ.get(f"{_variable(name)}_FILE"):
        return "file"
    return "environment" if _variable(name) in {key.upper() for key in os.environ} else "default"


def _variable(name: str) -> str:
    return f"{PREFIX}{name}".upper()
