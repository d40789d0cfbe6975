"""What a photo of 8 MP costs: three renditions, as JPEG and WebP, beside bare libvips; and how soon four a second are
published.

    .venv/bin/python -m tests.bench.renditions [--photo FILE.jpg] [--photos 12] [--seconds 60] [--a-second 4]

Without a photo, one of the demo's is enlarged, with noise. Bare: one process that does the same chain by pyvips, photo
after photo; ours forks a child for each photo, and makes its BlurHash and look besides. Aims: 0.8 of the bare chain by
processor time; from `complete` to published within 5 s, p99. Writes tests/bench/results/renditions.json.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyvips

from infra.vips.forked import CHILD_ENVIRONMENT
from infra.vips.renderer import VipsRenderer
from processors.ports import Rendered
from tests.bench.freshness import quantile
from tests.bench.reports import report
from tests.callers import caller
from tests.e2e.people import Person
from tests.pace import children_s
from tests.processes import running_server
from tests.unlimited import RATES

SAMPLE = Path(__file__).parents[2] / "infra" / "local" / "demo" / "photos" / "iphone6.jpg"
WIDTH, HEIGHT, NOISE = 3264, 2448, 6
POLL_S, WITHIN_S, AT_ONCE = 0.5, 120.0, 64
BARE = """
import sys
import pyvips

for _ in range(int(sys.argv[2])):
    picture = pyvips.Image.thumbnail(sys.argv[1], 1080)
    for side in (1080, 640, 150):
        picture = picture.resize(side / max(picture.width, picture.height)).copy_memory()
        picture.webpsave_buffer(Q=80, keep="none")
        picture.jpegsave_buffer(Q=82, optimize_coding=True, interlace=True, keep="none")
"""


def large(file: Path) -> Path:
    """A photo of 8 MP with as much in it as a camera's."""
    small = pyvips.Image.new_from_file(str(SAMPLE))
    picture = small.resize(WIDTH / small.width, vscale=HEIGHT / small.height)
    noise = pyvips.Image.gaussnoise(WIDTH, HEIGHT, mean=0, sigma=NOISE, seed=1)
    (picture + noise).cast("uchar").copy(interpretation="srgb").jpegsave(str(file), Q=88)
    return file


async def by_us(photo: Path, photos: int) -> float:
    """Processor seconds a photo, with those of the start and the end of what they are forked from."""
    renderer, before = VipsRenderer(), children_s()
    for _ in range(photos):
        assert isinstance(await renderer.render(photo, "image/jpeg"), Rendered)
    renderer.close()
    return (children_s() - before) / photos


def bare(photo: Path, photos: int) -> float:
    """Processor seconds a photo."""
    before = children_s()
    subprocess.run([sys.executable, "-c", BARE, photo, str(photos)], env=CHILD_ENVIRONMENT, check=True)
    return (children_s() - before) / photos


def published_after(person: Person, content: bytes) -> float:
    """Posts a photo; seconds from `complete` to published."""
    reservation = person.reserve(content)
    person.upload(reservation, content)
    began = time.perf_counter()
    person.post(f"/posts/{reservation['post_id']}/complete").raise_for_status()
    person.position = ""  # a client that polls does not wait inside the server
    while (answer := person.get(f"/posts/{reservation['post_id']}/status")).json()["status"] != "published":
        if time.perf_counter() - began > WITHIN_S:
            raise TimeoutError(f"not published after {WITHIN_S} s")
        time.sleep(float(answer.headers.get("Retry-After", POLL_S)))  # as seldom as the server says
    return time.perf_counter() - began


def by_the_clock(url: str, photo: bytes, a_second: float, seconds: float) -> list[float]:
    """So many a second, whether those before are published or not: seconds of each, in the order of their posts."""
    with caller(url) as http, ThreadPoolExecutor(AT_ONCE) as threads:
        first, began, posts = Person.signed_up(http, "author"), time.perf_counter(), []
        for number in range(round(a_second * seconds)):
            time.sleep(max(0.0, began + number / a_second - time.perf_counter()))
            person = Person(http, first.id, "author", first.tokens)
            posts.append(threads.submit(published_after, person, photo + number.to_bytes(8, "big")))
        return [post.result() for post in posts]


async def sustained(folder: Path, photo: bytes, options: argparse.Namespace) -> list[float]:
    """On an embedded server with nothing on it."""
    async with running_server(folder / "data", RATES) as server:
        return await asyncio.to_thread(by_the_clock, server.url, photo, options.a_second, options.seconds)


def measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Both, one after the other."""
    photo = options.photo or large(folder / "photo.jpg")
    picture = pyvips.Image.new_from_file(str(photo))
    rounds = [(asyncio.run(by_us(photo, options.photos)), bare(photo, options.photos)) for _ in range(3)]
    ours, limit = (sorted(one)[1] for one in zip(*rounds, strict=True))
    waits = asyncio.run(sustained(folder, photo.read_bytes(), options))
    return {
        "photo": {"width": picture.width, "height": picture.height, "bytes": photo.stat().st_size},
        "processor_s_a_photo": {"ours": round(ours, 3), "bare": round(limit, 3)},
        "ratio": round(limit / ours, 2),
        "complete_to_published_ms": {
            "photos": len(waits),
            "p50": quantile(waits, 0.5),
            "p99": quantile(waits, 0.99),
            "last": round(1000 * waits[-1], 1),
        },
    }


def main() -> None:
    """Measures, and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--photos", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--a-second", type=float, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), options)
    said = ["--photo", options.photo.name] if options.photo else []
    command = " ".join(["python -m tests.bench.renditions", *said])
    report("renditions", command, found, {"a_second": options.a_second, "seconds": options.seconds})


if __name__ == "__main__":
    main()
