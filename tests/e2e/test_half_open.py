"""Peers that keep `photolog serve` waiting keep nobody else out. The long form is tests/bench/half_open.py."""

import asyncio
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.half_open import HALVES, upload_head
from tests.callers import caller
from tests.e2e.people import Person
from tests.integration.http.guarded import Guarded, Peer
from tests.pace import patient
from tests.processes import running_server

HALF_OPEN, UPLOADS, READS = 300, 20, 30
LATE_S = 3.0


async def test_a_reader_is_served_beside_half_sent_requests_and_uploads_that_do_not_come(tmp_path: Path) -> None:
    late = str(patient(LATE_S))  # on a busy machine the reader itself may be so late with its head
    limits = {"PHOTOLOG_HTTP_CONNECTIONS": "200", "PHOTOLOG_HTTP_HEAD_S": late, "PHOTOLOG_HTTP_PACE_S": late}
    async with running_server(tmp_path / "data", limits) as server:
        with caller(server.url) as http:
            ann = await asyncio.to_thread(Person.signed_up, http, "ann")
            upload = await asyncio.to_thread(upload_head, ann)
        there = Guarded(urlsplit(server.url).port or 0)
        heads = [HALVES[number % len(HALVES)][0] for number in range(HALF_OPEN)] + [upload] * UPLOADS
        peers = [await there.peer(head) for head in heads]
        ends = asyncio.gather(*(outcome(peer) for peer in peers))
        answers = [await there.get(f"/users/{ann.id}") for _ in range(READS)]
        assert answers == [200] * READS, (server.process.returncode, server.last_words())
        seen = Counter(await ends)
        assert set(seen) == {0, 408}, seen
        assert seen[408] >= UPLOADS


async def outcome(peer: Peer) -> int:
    """How a connection ended; then the peer goes too."""
    status = await peer.status()
    peer.writer.close()
    return status
