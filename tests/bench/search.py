"""How long a question takes the index of 100,000 captions, and how soon a post is found, and gone once it is deleted.

    .venv/bin/python -m tests.bench.search [--captions 100000] [--cluster] [--catalogues /usr/share/locale]

The text is real: what the programs of this machine say in French, Russian, Greek, Japanese, Chinese and Korean, as
their gettext catalogues have it (any Debian with its locales has some). A caption is one or two sentences of one
language; one in five has the busiest tag. Questions count once as many were asked before: a server that has just
started is slower, and none in service has. Aims: p99 under 50 ms; found and gone within 2 s; the busiest tag paged
without gap or double while posts arrive. Of an embedded server; with --cluster also of OpenSearch and a site, on the
stack in PHOTOLOG_TEST_STACK. Writes tests/bench/results/search.json.
"""

import argparse
import asyncio
import gettext
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from infra.http.server import run
from infra.opensearch.address import OpensearchAddress
from infra.opensearch.connection import OpensearchConnection
from infra.opensearch.search import OpensearchSearch
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.search import SqliteSearch
from projections.ports import Hit, Search, Write
from projections.search import FOUND_POSTS
from schemas.words import Term, asked_of_text, tag_word, words_of
from tests.bench.reports import report, spread
from tests.callers import caller
from tests.e2e.people import Person
from tests.processes import running_server
from tests.sites import running_site
from tests.stack import bring_up, stack_in

LANGUAGES = ("fr", "ru", "el", "ja", "zh_CN", "ko")
BUSIEST, PAGE, BATCH = tag_word("busiest"), 21, 500
QUESTIONS, BEFORE, POSTS = 2_000, 2_000, 20
LOOK_S = 0.005
ARRIVES_EVERY = 5
"""Pages: OpenSearch takes its time for each write."""
BEGINNING = 1_760_000_000_000
Spent = Callable[[], float | Awaitable[float]]


def sentences(catalogues: Path, language: str) -> list[str]:
    """Everything that is said in a language."""
    said: set[str] = set()
    for path in sorted((catalogues / language / "LC_MESSAGES").glob("*.mo")):
        with path.open("rb") as file:
            said.update(text for text in gettext.GNUTranslations(file)._catalog.values() if 8 < len(text) < 200)  # type: ignore[attr-defined]
    if not said:
        sys.exit(f"{catalogues} has no catalogues in {language}")
    return sorted(said)


def captions(catalogues: Path, number: int, chance: random.Random) -> list[str]:
    """So many, the languages in turn."""
    said = [sentences(catalogues, language) for language in LANGUAGES]
    return [" ".join(chance.sample(said[one % len(said)], chance.choice((1, 2)))) for one in range(number)]


def writes(texts: Sequence[str], start: int = 0) -> list[Write]:
    """Their rows, one a millisecond."""
    rows = []
    for number, text in enumerate(texts, start):
        words = [*words_of(text), *([BUSIEST] if number % 5 == 0 else [])]
        key = f"po_{number:011}"
        row = {"post_id": key, "author_id": "ac", "words": " ".join(words), "published_at": BEGINNING + number}
        rows.append(Write(FOUND_POSTS, (key,), 1, row))
    return rows


def questions(texts: Sequence[str], chance: random.Random) -> list[tuple[Term, ...]]:
    """One to three words of a caption, in its order, or the busiest tag."""
    asked: list[tuple[Term, ...]] = [(Term(BUSIEST),)]
    while len(asked) < BEFORE + QUESTIONS:
        terms = asked_of_text(chance.choice(texts))
        if terms:
            first = chance.randrange(len(terms))
            asked.append(terms[first : first + chance.choice((1, 1, 2, 3))])
    return asked


async def measured(
    search: Search, texts: Sequence[str], chance: random.Random, spent: Spent = time.process_time
) -> dict[str, Any]:
    """One adapter: how fast it is filled, and how long each question takes it. `spent`: seconds of the processor that
    whoever answers has taken so far, which other programs of a machine do not change."""
    await search.remove([FOUND_POSTS])
    await search.create([FOUND_POSTS])
    rows, began = writes(texts), time.perf_counter()
    for start in range(0, len(rows), BATCH):
        await search.write(rows[start : start + BATCH])
    filled = time.perf_counter() - began
    asked = questions(texts, chance)
    for terms in asked[:BEFORE]:
        await search.find(FOUND_POSTS, terms, PAGE)
    waited, before = [], await told(spent)
    for terms in asked[BEFORE:]:
        began = time.perf_counter()
        await search.find(FOUND_POSTS, terms, PAGE)
        waited.append(time.perf_counter() - began)
    of_processor = await told(spent) - before
    result = {
        "rows_per_s": round(len(rows) / filled),
        "query_ms": spread(waited),
        "query_cpu_ms": round(1_000 * of_processor / len(waited), 2),
        "busiest": await paged(search, texts),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result), file=sys.stderr, flush=True)
    return result


async def told(spent: Spent) -> float:
    said = spent()
    return said if isinstance(said, float) else await said


async def paged(search: Search, texts: Sequence[str]) -> dict[str, Any]:
    """The busiest tag to its end, posts arriving meanwhile. Ends the process where a page is wrong."""
    due = [f"po_{number:011}" for number in range(len(texts)) if number % 5 == 0][::-1]
    seen: list[Hit] = []
    waited: list[float] = []
    while True:
        if len(waited) % ARRIVES_EVERY == 0:
            await search.write(writes(["one more"], start=5 * (len(texts) + len(waited))))
        began = time.perf_counter()
        page = await search.find(
            FOUND_POSTS, [Term(BUSIEST)], 100, seen[-1] if seen else Hit(BEGINNING + len(texts), "")
        )
        waited.append(time.perf_counter() - began)
        if not page:
            break
        seen += page
    if [hit.key for hit in seen] != due:
        sys.exit("the busiest tag has a gap or a double")
    return {"posts": len(seen), "arrived": -(-len(waited) // ARRIVES_EVERY), "page_ms": spread(waited)}


def freshness(url: str) -> dict[str, dict[str, float]]:
    """From the answer that says published to the first page that shows it, and from that of its deletion to the first
    that does not."""
    found, gone = [], []
    with caller(url) as http:
        ann = Person.signed_up(http, "ann")
        for number in range(POSTS):
            post, page = ann.publish(caption=f"#fresh{number}"), f"/hashtag/fresh{number}"
            found.append(seconds_until(http, page, post, shown=True))
            assert ann.delete(f"/posts/{post}").status_code == 204
            gone.append(seconds_until(http, page, post, shown=False))
    return {"published_to_found_ms": spread(found), "deleted_to_gone_ms": spread(gone)}


def seconds_until(http: httpx.Client, page: str, post: str, *, shown: bool) -> float:
    """An index that is just being made is not to be had for a moment."""
    began = time.perf_counter()
    while not ((answer := http.get(page)).is_success and (post in answer.text) == shown):
        time.sleep(LOOK_S)
    return time.perf_counter() - began


async def embedded(texts: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "views.sqlite", "NORMAL")
        found = await measured(SqliteSearch(database), texts, random.Random(2))
        database.close()
        async with running_server(Path(folder) / "data") as server:
            return {**found, **await asyncio.to_thread(freshness, server.url)}


async def cluster(texts: Sequence[str]) -> dict[str, Any]:
    stack = stack_in(Path(os.environ.get("PHOTOLOG_TEST_STACK", "/tmp/photolog-bench-stack")))
    await asyncio.to_thread(bring_up, stack)
    connection = OpensearchConnection(OpensearchAddress(stack.environment["PHOTOLOG_OPENSEARCH"]))

    async def spent() -> float:
        nodes = (await connection.ask("GET", "/_nodes/stats/process"))["nodes"].values()
        return float(sum(node["process"]["cpu"]["total_in_millis"] for node in nodes)) / 1_000

    found = await measured(OpensearchSearch(connection, "bench."), texts, random.Random(2), spent)
    await connection.close()
    with tempfile.TemporaryDirectory() as folder:
        async with running_site(stack.environment, Path(folder), removed=True) as site:
            return {**found, **await asyncio.to_thread(freshness, site.url)}


async def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=int, default=100_000)
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--catalogues", type=Path, default=Path("/usr/share/locale"))
    options = parser.parse_args()
    texts = captions(options.catalogues, options.captions, random.Random(1))
    result = {"sqlite": await embedded(texts)}
    if options.cluster:
        result["opensearch"] = await cluster(texts)
    setup = {"captions": len(texts), "questions": QUESTIONS, "asked_before": BEFORE}
    report("search", "python -m tests.bench.search", result, setup)


if __name__ == "__main__":
    run(main())
