"""Settings: every one that there is, with its default. Read from the environment by environment.py."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from commands.limits import DAY_S, STATED
from infra.process.listed import COMMA_SEPARATED
from infra.process.push_settings import PushSettings
from infra.process.server_settings import ServerSettings

Addresses = Annotated[list[str], *COMMA_SEPARATED]
Network = Annotated[str, AfterValidator(lambda said: str(ip_network(said, strict=False)))]
Networks = Annotated[list[Network], *COMMA_SEPARATED]
OWASP_KIB = 19 * 1024
"""Of Argon2id: less is weak."""


class SettingsInvalid(Exception):
    """A setting cannot be used; says which, and why, and never its value."""


class Settings(ServerSettings, PushSettings):
    """Every setting there is, with its default."""

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
    media_url: str = Field("", description="origin that media are read from, an edge's; default: that of the APIs")
    edges: Addresses = Field([], description="edges that are told what is gone, HOST:PORT, comma-separated")
    edge_port: int = Field(8003, ge=1, le=65535, description="port of `photolog edge`")
    edge_memory_mb: int = Field(256, ge=16, description="MiB of media that it keeps")
    edge_hot_per_minute: int = Field(
        600, ge=0, description="requests of a rendition in a minute that have all edges fetch it; 0: none"
    )
    edge_missing: str = Field("", description="query API that is asked for what the store lacks, HOST:PORT")
    edge_purgers: Networks = Field(["127.0.0.0/8"], description="whose purges it takes: addresses or networks")
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
    password_memory_kib: int = Field(OWASP_KIB, ge=16, description="KiB of memory that hashing a password takes")
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
    account_bells: int = Field(
        STATED.account_bells, ge=1, le=100, description="accounts of whose new posts one may be told"
    )
    celebrity_followers: int = Field(
        10_000, ge=1, description="followers from which on an account's posts are pulled by readers, not pushed"
    )
    celebrity_push_s: float = Field(
        0, ge=0, description="seconds that pushing one post may take: that number adapts to it; 0: it stays"
    )
    celebrity_followers_least: int = Field(1_000, ge=1, description="below which it does not fall then")
    celebrity_followers_most: int = Field(100_000, ge=1, description="above which it does not rise then")
    author_parts: int = Field(
        1, ge=1, le=4, description="parts over which further posts of accounts with so many followers are spread"
    )
    comments_per_minute: int = Field(STATED.comments_per_minute, ge=1, description="comments that one may write")
    follows_per_minute: int = Field(STATED.follows_per_minute, ge=1, description="times that one may follow somebody")
    uploads_per_minute: int = Field(STATED.uploads_per_minute, ge=1, description="posts that one may reserve")
    reports_per_minute: int = Field(STATED.reports_per_minute, ge=1, description="reports that one may file")
    views_per_minute: int = Field(STATED.views_per_minute, ge=1, description="times that one may say what was seen")
    address_requests_per_minute: int = Field(
        STATED.address_requests_per_minute, ge=1, description="requests of one address without a token, or that fail"
    )
    proxies: Networks = Field([], description="whose X-Forwarded-For is believed: addresses or networks")
    sweep_every_s: float = Field(3600, gt=0, description="embedded: seconds between sweeps of what is over")
    photo_bytes: int = Field(STATED.photo_bytes, ge=1, description="bytes that a photo may have")
    upload_part_bytes: int = Field(
        STATED.upload_part_bytes, ge=5_242_880, description="bytes of a post's upload that come at once; more, in parts"
    )
    edits_per_hour: int = Field(100, ge=1, description="times that an account may change one thing in an hour")
    partitions: int = Field(
        0, ge=0, le=1024, description="partitions of each topic, chosen when a site is made; 0: 64 on a cluster, else 4"
    )
    render_at_once: int = Field(0, ge=0, description="photos that are rendered side by side; 0: one a core")
    render_cpu_s: float = Field(20, gt=0, description="processor seconds that one photo may cost")
    render_wall_s: float = Field(300, gt=0, description="seconds after which a photo is given up whatever it costs")
    render_pixels: int = Field(128_000_000, ge=1, description="pixels that a photo may have")
    render_memory_mb: int = Field(2048, ge=256, description="MiB of memory that rendering one photo may take")
    render_avif: bool = Field(False, description="AVIF besides JPEG and WebP: smaller, ten times their work")
    render_tries: int = Field(3, ge=1, description="processes that a photo may cost which the kernel kills")
    upload_longest_s: int = Field(
        2700, ge=0, description="seconds that an upload may take: no object of a younger post is removed"
    )
    upload_abandoned_s: int = Field(
        7 * DAY_S, ge=60, description="seconds after which an upload in parts that was not completed is given up"
    )
    cold: str = Field("", description="what nobody reads goes there: a bucket, embedded a folder; empty: nothing does")
    cold_after_days: float = Field(90, ge=0, description="days without a read after which it does")
    cold_every_s: float = Field(DAY_S, gt=0, description="seconds between looks for such photos")
    reads_kept_every_s: float = Field(600, gt=0, description="seconds after which it is kept which media were read")
    leftovers_every_s: float = Field(30, gt=0, description="seconds between looks for uploads that nobody heard of")
    blocklist: str = Field("", description="file or URL of looks that are never shown (README); empty: none")
    blocklist_distance: int = Field(8, ge=0, le=15, description="bits in which a photo may differ from a look on it")
    blocklist_every_s: float = Field(3600, gt=0, description="seconds after which the blocklist is read anew")
    render_attempts: int = Field(10, ge=1, description="workers that may end in the middle of one and the same photo")
    export_bytes: int = Field(
        16_777_216, ge=1, description="bytes after which an export of the log, or its archive, writes what it has"
    )
    canary_every_s: float = Field(60, ge=0, description="seconds between two canaries of a process that takes commands")
    table_reads_at_once: int = Field(64, ge=1, description="reads of tables that a query process has under way at once")
    table_reads_waiting: int = Field(2048, ge=0, description="reads that may wait for that; more are refused, 503")
    turn_within_s: float = Field(2.0, gt=0, description="seconds that one waits for that, and for a feed; then 503")
    feeds_at_once: int = Field(16, ge=1, description="feeds that a query process reads from the tables at once")
    feeds_waiting: int = Field(512, ge=0, description="readers that may wait for that; more are refused, 503")
    short_page: int = Field(10, ge=1, le=100, description="posts of a feed's page while Redis is away, at most")
    short_pages_waiting: int = Field(128, ge=0, description="readers that may wait for such a page; more get 503")
    window: int = Field(1000, ge=1, description="events taken while an earlier one of the partition is not finished")
    dead_letters: int = Field(20, ge=0, description="unreadable events a process puts aside in an hour, per subscriber")
    otlp: str = Field("", description="URL of an OpenTelemetry collector (OTLP over HTTP); empty: no traces")
    otlp_ratio: float = Field(1.0, ge=0, le=1, description="fraction of all traces that is sent there")
    worker_name: str = Field("", description="a worker's name, its own and the same at every start; empty: it has none")
    apart: Addresses = Field([], description="read models that workers feed apart; the same on every worker")
    reactions_at_once: int = Field(16, ge=1, description="phones told, or uploads, that a process has in hand at once")
    posts_pushed_at_once: int = Field(64, ge=1, description="posts that a process pushes into feeds at once")

    @property
    def origin(self) -> str:
        """The public URL without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def media_origin(self) -> str:
        """Where media are read, without a slash at its end."""
        return (self.media_url or self.origin).rstrip("/")


SECRETS = tuple(name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation))
"""Settings that are never shown and may be in files."""


def no_site(settings: Settings) -> SettingsInvalid:
    """Where these settings look, none was ever begun: most often somebody has forgotten to say where."""
    elsewhere = "PHOTOLOG_DATA names another folder, PHOTOLOG_BACKEND=cluster another site"
    return SettingsInvalid(f"there is no site in {settings.data}: {elsewhere}")
