"""What it saves that the same file is made once: posts of which some are another account's over again.

    .venv/bin/python -m tests.bench.duplicates [--posts 1000] [--duplicates 300]

An embedded server renders real photos, told apart by a few bytes behind their end. Its processor time, that of the
processes that render included, is measured over the posts that are new and over those that are not, and besides the
bytes of renditions that workers did not have to make and send: in the store each post has its own. Then every first
owner deletes: the seconds' files must be there, the firsts' gone. Writes tests/bench/results/duplicates.json.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.callers import caller
from tests.e2e.people import POLL_S, Person
from tests.processes import running_server
from tests.unlimited import RATES

RESULT = Path(__file__).parent / "results" / "duplicates.json"
PHOTO = Path(__file__).parents[1] / "data" / "photos" / "landscape-orientation-1.jpg"
UPLOADERS = 4
GONE_WITHIN_S = 120.0


def processor_s(pid: int) -> float:
    """What a process has taken so far, with its children that have ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")


def photo(number: int) -> bytes:
    return PHOTO.read_bytes() + number.to_bytes(8, "big")


def published(url: str, name: str, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Somebody's posts of these photos: the URLs of each."""
    with caller(url) as http:
        first = Person.signed_up(http, name)

        def post(number: int) -> tuple[str, list[str]]:
            person = Person(http, first.id, name, first.tokens)
            made = person.publish(photo(number))
            return made, [source["url"] for source in person.get(f"/posts/{made}").json()["sources"]]

        with ThreadPoolExecutor(UPLOADERS) as threads:
            return {
                number: [made, *urls] for number, (made, urls) in zip(numbers, threads.map(post, numbers), strict=True)
            }


def deleted(url: str, name: str, posts: Iterable[str]) -> None:
    """Deletes the posts of somebody who logs in for that."""
    with caller(url) as http:
        form = {"grant_type": "password", "username": name, "password": "correct horse"}
        token = http.post("/oauth/token", data=form).json()["access_token"]
        for post in posts:
            answer = http.delete(f"/posts/{post}", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 204, answer.text


def statuses(urls: Iterable[str]) -> dict[int, int]:
    """How many of them are answered with which status."""
    found: dict[int, int] = {}
    with httpx.Client(trust_env=False, timeout=60) as http:
        for url in urls:
            status = http.head(url).status_code
            found[status] = found.get(status, 0) + 1
    return found


def sizes(urls: Iterable[str]) -> int:
    with httpx.Client(trust_env=False, timeout=60) as http:
        return sum(int(http.head(url).headers["Content-Length"]) for url in urls)


async def measured(folder: Path, posts: int, duplicates: int) -> dict[str, Any]:
    """On a server with nothing on it."""
    async with running_server(folder / "data", RATES) as server:
        new, pid = range(posts - duplicates), server.process.pid
        marks = [(processor_s(pid), time.monotonic())]
        firsts = await asyncio.to_thread(published, server.url, "ann", new)
        marks.append((processor_s(pid), time.monotonic()))
        seconds = await asyncio.to_thread(published, server.url, "ben", new[:duplicates])
        marks.append((processor_s(pid), time.monotonic()))
        told = (
            await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{server.environment['PHOTOLOG_OPS_PORT']}/metrics")
        ).text
        reused = float(
            next(line for line in told.splitlines() if line.startswith("photolog_uploads_reused")).split()[1]
        )
        saved = await asyncio.to_thread(sizes, [url for _, *urls in seconds.values() for url in urls])
        twice = [firsts[number] for number in seconds]
        await asyncio.to_thread(deleted, server.url, "ann", [post for post, *_ in twice])
        gone, stay = ([url for _, *urls in some for url in urls] for some in (twice, seconds.values()))
        deadline = time.monotonic() + GONE_WITHIN_S
        while set(after := await asyncio.to_thread(statuses, gone)) != {410}:
            assert time.monotonic() < deadline, after
            await asyncio.sleep(POLL_S)
        kept = await asyncio.to_thread(statuses, stay)
    (each, took), (each_again, took_again) = (
        (round((later[0] - earlier[0]) / count, 3), round((later[1] - earlier[1]) / count, 3))
        for earlier, later, count in zip(marks[:-1], marks[1:], (len(new), duplicates), strict=True)
    )
    return {
        "processor_s_a_post": {"new": each, "duplicate": each_again},
        "seconds_a_post": {"new": took, "duplicate": took_again},
        "processor_s_saved": round((each - each_again) * duplicates, 1),
        "part_of_all_processor_time_saved": round((each - each_again) * duplicates / (each * posts), 3),
        "renditions_bytes_not_made_again": saved,
        "reused": reused,
        "after_the_firsts_are_deleted": {"firsts": after, "seconds": kept},
    }


async def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000)
    parser.add_argument("--duplicates", type=int, default=300)
    options = parser.parse_args()
    said = {"posts": options.posts, "duplicates": options.duplicates, "cores": os.cpu_count()}
    said |= {"photo_bytes": PHOTO.stat().st_size, "load_average": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as name:
        result = {**said, **await measured(Path(name), options.posts, options.duplicates)}
    print(json.dumps(result, indent=2))
    assert set(result["after_the_firsts_are_deleted"]["seconds"]) == {200}, "a second owner has lost a file"
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
