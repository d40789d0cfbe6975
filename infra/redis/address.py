"""Where a Redis connection goes, and as whom. Made by the wiring from settings."""

import ssl
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

PORT = 6379


@dataclass(frozen=True)
class RedisAddress:
    """A master. Without `password` no one logs in; without `tls` nothing is encrypted."""

    host: str = "127.0.0.1"
    port: int = PORT
    database: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False

    @classmethod
    def from_url(cls, url: str, password: str = "") -> Self:
        """`redis://[user[:password]@]host[:port][/database]`, or `rediss://` for TLS. Raises ValueError.

        A password that is given apart goes before the URL's.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("redis", "rediss") or not parts.hostname:
            raise ValueError("a Redis URL looks like redis://host:6379/0, or rediss://host:6379/0 for TLS")
        database = parts.path.strip("/") or "0"
        if not database.isdecimal():
            raise ValueError(f"the path of a Redis URL is the number of a database, not {database!r}")
        return cls(
            parts.hostname,
            parts.port or PORT,
            int(database),
            unquote(parts.username or ""),
            password or unquote(parts.password or ""),
            parts.scheme == "rediss",
        )

    @property
    def tls_context(self) -> ssl.SSLContext | None:
        """What encrypts the connection, checking the server's name."""
        return ssl.create_default_context() if self.tls else None

    @property
    def greeting(self) -> list[tuple[str, ...]]:
        """The commands that open a connection: RESP3, in which Redis may say things unasked."""
        login = ("AUTH", self.username or "default", self.password) if self.password else ()
        chosen = [("SELECT", str(self.database))] if self.database else []
        return [("HELLO", "3", *login, "SETNAME", "photolog"), *chosen]
