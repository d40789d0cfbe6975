"""What the edge takes: a Zipf load over 10,000 objects of 100 KB in MinIO, beside Varnish bare in the same run.

    .venv/bin/python -m tests.bench.edge [--stack FOLDER] [--objects 10000] [--fill 75] [--seconds 8] [--rounds 3]

Bare is the same Varnish, with the same options, that passes everything to the bucket and knows nothing of renditions,
purges or formats. `wrk` asks (Debian's), on this machine too, so that rates are what is left beside it; ratios are of
rounds in turn, after both were asked for --fill seconds. The hit rate is that of all lookups since the edge began,
empty: what nobody asked for before is a miss, so it rises with the run. Writes tests/bench/results/edge.json.
"""

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import statistics
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

import httpx

from infra.edge.varnish import Varnish
from infra.edge.vcl import EdgeSite, vcl
from infra.minio.objects import MinioObjects
from infra.minio.set_up import set_up
from infra.minio.site import Access, MinioSite, signer, worker
from infra.process.clock import wall_clock
from infra.secrets.site import Secrets
from tests.edge import edge_place
from tests.stack import bring_up, stack_in

RESULT = Path(__file__).parent / "results" / "edge.json"
SIZE, CONNECTIONS, ASKED = 100_000, 32, 300_000
BARE = """vcl 4.1;
backend store { .host = "%s"; .port = "%s"; }
sub vcl_recv { set req.url = "/%s" + req.url; }
"""
LUA = """local paths = {}
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
local at = %d
request = function() at = at %% #paths + 1; return wrk.format("GET", paths[at]) end
"""


@asynccontextmanager
async def filled(stack_folder: Path, keys: Sequence[str]) -> AsyncIterator[MinioSite]:
    """A bucket with these objects, and without them afterwards."""
    stack = stack_in(stack_folder)
    bring_up(stack)
    settings = stack.environment
    endpoint, password = settings["PHOTOLOG_S3_ENDPOINT"], Path(settings["PHOTOLOG_S3_ADMIN_PASSWORD_FILE"])
    site = MinioSite(endpoint, endpoint, endpoint, bucket=f"bench-{uuid.uuid4().hex[:12]}")
    derived = Secrets(os.urandom(32))
    users = signer(site, derived), worker(site, derived)
    admin = Access(settings["PHOTOLOG_S3_ADMIN_USER"], await asyncio.to_thread(password.read_text))
    await set_up(site, admin, *users)
    objects = MinioObjects(site, *users, wall_clock)
    await each(keys, lambda key: objects.put(key, os.urandom(SIZE), "image/jpeg"))
    try:
        yield site
    finally:
        await each(keys, objects.delete)
        objects.close()


async def each(keys: Sequence[str], do: Any) -> None:
    """For every key, sixteen at a time."""
    left = iter(keys)

    async def some() -> None:
        for key in left:
            await do(key)

    await asyncio.gather(*(some() for _ in range(16)))


@asynccontextmanager
async def varnish(folder: Path, memory_mb: int, configuration: str) -> AsyncIterator[tuple[Varnish, str]]:
    """One that answers, and where."""
    place = edge_place()
    one = Varnish(folder, place, memory_mb)
    async with one.running(configuration), httpx.AsyncClient(trust_env=False) as http:
        for _ in range(600):
            try:
                await http.get(f"http://{place}/")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        yield one, f"http://{place}"


async def rate(url: str, paths: Path, seconds: int, start: int) -> float:
    """Requests a second. Raises where an answer was not a 200."""
    script = paths.with_suffix(".lua")
    await asyncio.to_thread(script.write_text, LUA % start)
    wrk = await asyncio.create_subprocess_exec(
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), url,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PATHS": str(paths)},
    )  # fmt: skip
    said = (await wrk.communicate())[0].decode()
    assert "Non-2xx" not in said, said
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    assert found, said
    return float(found[1])


def zipf(keys: Sequence[str], exponent: float, chance: random.Random) -> list[str]:
    """What is asked for, one after the other."""
    weights = list(accumulate(1 / rank**exponent for rank in range(1, len(keys) + 1)))
    return [f"/{key}" for key in chance.choices(keys, cum_weights=weights, k=ASKED)]


async def measured(site: MinioSite, options: argparse.Namespace, folder: Path, paths: Path) -> dict[str, Any]:
    """Both, in turn."""
    address, memory = site.address, options.memory
    ours = vcl(EdgeSite(f"{site.endpoint}/{site.bucket}", ["0" * 64]))
    bare = BARE % (address.hostname, address.port, site.bucket)
    rates: dict[str, list[float]] = {"edge": [], "bare": []}
    async with varnish(folder / "edge", memory, ours) as (edge, url), varnish(folder / "bare", memory, bare) as (_, to):
        for round_ in range(options.rounds + 1):
            for name, where in (("edge", url), ("bare", to)):
                seconds = options.seconds if round_ else options.fill
                found = await rate(where, paths, seconds, round_ * ASKED // (options.rounds + 1))
                if round_:  # the first fills both
                    rates[name].append(round(found))
            print(round_, {name: some[-1:] for name, some in rates.items()}, await edge.lookups())
        hits, misses = await edge.lookups()
    ratios = [one / other for one, other in zip(rates["edge"], rates["bare"], strict=True)]
    return {
        "requests_a_second": {name: round(statistics.median(some)) for name, some in rates.items()},
        "rounds": rates,
        "ratio_to_bare": round(statistics.median(ratios), 3),
        "hit_rate": round(hits / (hits + misses), 4),
        "lookups": hits + misses,
    }


async def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=Path, default=Path(tempfile.gettempdir(), "photolog-bench-stack"))
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--fill", type=int, default=75)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=1280, help="MiB that each may keep")
    parser.add_argument("--exponent", type=float, default=1.0)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("wrk is missing; on Debian: apt-get install wrk")
    keys = [f"m/po_{number:011}/full-1_0a1b2c3d4e5f.jpg" for number in range(options.objects)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = folder / "paths"
        await asyncio.to_thread(paths.write_text, "\n".join(zipf(keys, options.exponent, random.Random(1))))
        async with filled(options.stack, keys) as site:
            result = await measured(site, options, folder, paths)
    said = {"objects": options.objects, "object_bytes": SIZE, "zipf_exponent": options.exponent}
    said |= {"memory_mb": options.memory, "cores": os.cpu_count(), "load_average": os.getloadavg()[0]}
    RESULT.write_text(json.dumps({**said, **result}, indent=2) + "\n")
    print(f"wrote {RESULT}")


if __name__ == "__main__":
    asyncio.run(main())
