"""Redis: feeds, caches and gates. Debian's server, with an append-only file that is synced every second."""

from pathlib import Path

import redis

from infra.local.stack.artefacts import DebianPackage
from infra.local.stack.ports import HOST
from infra.local.stack.rendering import rendered
from infra.local.stack.server import Launch, Premises
from infra.local.stack.work import Work

ANSWERS_WITHIN_S = 3.0


class RedisServer:
    """One master."""

    name = "redis"
    artefact = DebianPackage("redis-server", "redis-server")

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.redis,)
        self.url = f"redis://{HOST}:{site.ports.redis}/0"

    def prepare(self, program: Path, work: Work) -> Launch:
        """Its file, and the folder for its data."""
        config = self.folder / "redis.conf"
        (self.folder / "data").mkdir(exist_ok=True)
        config.write_text(self.config())
        return Launch([str(program), str(config)])

    def config(self) -> str:
        """redis.conf."""
        return rendered("redis.conf", host=HOST, port=self.ports[0], data=self.folder / "data")

    def answers(self) -> bool:
        """PING is refused while the append-only file is still being read."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=ANSWERS_WITHIN_S, retry=None) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
