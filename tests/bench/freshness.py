"""How soon a completed upload is published, and a published post in a follower's feed, while the machine is busy.

    python -m tests.bench.freshness [--posts 100] [--seed 1] [--burners 1]

A real embedded server; small JPEGs one after the other; processes that burn a core each. Prints p50 and p99 and writes
tests/bench/results/freshness.json.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import random
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.callers import caller
from tests.chaos.pictures import COUNT, picture
from tests.e2e.people import Person
from tests.processes import running_server

RESULT = Path(__file__).parent / "results" / "freshness.json"
POLL_S, WITHIN_S = 0.005, 60.0


def burn() -> None:
    """Keeps a core busy."""
    while True:
        random.random()


@contextmanager
def busy(burners: int) -> Iterator[None]:
    """So many cores are busy with something else."""
    processes = [multiprocessing.get_context("spawn").Process(target=burn, daemon=True) for _ in range(burners)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def seconds_until(condition: Callable[[], bool], since: float) -> float:
    """How long after `since` the condition holds, as a client that asks every 5 ms finds out."""
    while not condition():
        if time.perf_counter() - since > WITHIN_S:
            raise TimeoutError(f"not after {WITHIN_S} s")
        time.sleep(POLL_S)
    return time.perf_counter() - since


def one_post(author: Person, follower: Person, content: bytes) -> tuple[float, float]:
    """Posts a photo; how long from `complete` to published, and from there to the top of the follower's feed."""
    reservation = author.reserve(content)
    post = reservation["post_id"]
    author.upload(reservation, content)
    completed_at = time.perf_counter()
    author.post(f"/posts/{post}/complete").raise_for_status()
    author.position = ""  # a client that polls does not wait inside the server
    follower.position = ""
    published = seconds_until(lambda: author.get(f"/posts/{post}/status").json()["status"] == "published", completed_at)
    published_at = time.perf_counter()

    def on_top() -> bool:
        posts = follower.get("/feed", limit=1).json()["posts"]
        return bool(posts) and posts[0]["post_id"] == post

    return published, seconds_until(on_top, published_at)


def measure(url: str, posts: int, seed: int) -> list[tuple[float, float]]:
    """The times of so many posts, one after the other."""
    choices = random.Random(seed)
    with caller(url) as http:
        author, follower = Person.signed_up(http, "author"), Person.signed_up(http, "follower")
        follower.post(f"/follow/{author.id}")
        follower.get("/feed")
        return [one_post(author, follower, picture(choices.randrange(COUNT))) for _ in range(posts)]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many of the values do not exceed, in ms (nearest rank)."""
    ranked = sorted(values)
    return round(1000 * ranked[max(0, -(-round(share * 1000) * len(ranked) // 1000) - 1)], 1)


async def report(posts: int, seed: int, burners: int) -> dict[str, Any]:
    """Measures, and says under which circumstances."""
    with tempfile.TemporaryDirectory(prefix="freshness-") as folder, busy(burners):
        async with running_server(Path(folder) / "data") as server:
            times = await asyncio.to_thread(measure, server.url, posts, seed)
    series = {"complete_to_published": [a for a, _ in times], "published_to_in_feed": [b for _, b in times]}
    return {
        "command": shlex.join(["python", "-m", "tests.bench.freshness", *sys.argv[1:]]),
        "seed": seed,
        "posts": posts,
        "burners": burners,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "milliseconds": {
            name: {"p50": quantile(values, 0.5), "p99": quantile(values, 0.99), "max": quantile(values, 1)}
            for name, values in series.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--burners", type=int, default=1, help="processes that keep a core busy")
    arguments = parser.parse_args()
    result = asyncio.run(report(arguments.posts, arguments.seed, arguments.burners))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    for name, times in result["milliseconds"].items():
        print(f"{name:24} p50 {times['p50']:8.1f} ms   p99 {times['p99']:8.1f} ms   max {times['max']:8.1f} ms")
    print(f"written to {RESULT}")


if __name__ == "__main__":
    main()
