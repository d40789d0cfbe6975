"""The guard of every server: peers that are slow, endless or rude are cut off, and nobody else notices."""

import asyncio

import pytest

from tests.integration.http.guarded import LARGE, LIMITS, WITHIN_S, guarded
from tests.pace import patient

HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: "
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


async def test_half_a_head_is_answered_408_in_time() -> None:
    async with guarded() as server:
        peer = await server.peer(HALF)
        assert await peer.status() == 408
        assert b'"code":"request_timeout"' in peer.body
        assert await peer.ended()


async def test_a_head_that_comes_in_drops_is_late_all_the_same() -> None:
    async with guarded() as server:
        peer = await server.peer(HALF)
        status = asyncio.create_task(peer.status())
        while not status.done():
            await peer.send(b"x")
            await asyncio.wait([status], timeout=0.2)
        assert status.result() == 408


async def test_who_says_nothing_is_let_go_without_a_word() -> None:
    async with guarded() as server:
        assert await (await server.peer()).status() == 0


async def test_a_body_that_does_not_come_is_answered_408_and_the_application_hears_of_it() -> None:
    async with guarded() as server:
        peer = await server.peer(POST % 10_000 + b"x")
        assert await peer.status() == 408
        assert await peer.ended()
        assert server.left == ["/"]


async def test_a_body_below_the_slowest_pace_is_cut_off_and_one_above_it_arrives() -> None:
    async with guarded() as server:
        crawls, barely = await server.peer(POST % 10_000), await server.peer(POST % 1_000)
        answers = [asyncio.create_task(peer.status()) for peer in (crawls, barely)]
        for _ in range(20):
            if not answers[0].done():
                await crawls.send(b"x")
            await barely.send(b"x" * 50)
            await asyncio.wait(answers[1:], timeout=0.2)
        assert [await answer for answer in answers] == [408, 200]


async def test_who_does_not_read_the_answer_is_cut_off() -> None:
    async with guarded() as server:
        peer = await server.peer(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(5 * LIMITS.pace_s)  # what is to be seen is that time passes
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await peer.status()


async def test_who_reads_slowly_gets_everything() -> None:
    async with guarded(pace_s=0.5, slowest=1_000) as server:
        peer = await server.peer(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await peer.reader.readuntil(b"\r\n\r\n")
        got = 0
        while got < LARGE:
            got += len(await peer.reader.read(400_000))
            await asyncio.sleep(0.1)
        assert got == LARGE


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: %s\r\n" % (b"a" * 1_000) * 8 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 8_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a" * 8_000,
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 20_000_000,
    ],
)
async def test_a_head_that_is_too_large_is_answered_431_however_much_comes(head: bytes) -> None:
    async with guarded() as server:
        peer = await server.peer()
        sending = asyncio.create_task(peer.send(head))
        assert await peer.status() == 431
        assert b"application/problem+json" in peer.head
        await sending


async def test_a_url_that_is_too_long_is_answered_414() -> None:
    async with guarded() as server:
        peer = await server.peer(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await peer.status() == 414
        assert b'"code":"url_too_long"' in peer.body


@pytest.mark.parametrize("hosts", [b"", b"Host: x\r\nHost: y\r\n", b"Host: x\r\nHost: x\r\n"])
async def test_a_request_names_one_host(hosts: bytes) -> None:
    async with guarded() as server:
        peer = await server.peer(b"GET / HTTP/1.1\r\n" + hosts + b"\r\n")
        assert await peer.status() == 400


async def test_what_is_no_http_is_answered_as_a_problem() -> None:
    async with guarded() as server:
        peer = await server.peer(b"\x16\x03\x01\x02\x00\x01")
        assert await peer.status() == 400
        assert b'"code":"bad_request"' in peer.body


@pytest.mark.parametrize("length", [20_000_000])
async def test_an_answer_that_comes_before_the_body_has_been_read_arrives(length: int) -> None:
    async with guarded() as server:
        peer = await server.peer(b"POST /refuses HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length)
        await peer.send(bytes(length))  # all of it, as a client does that reads when it has written
        assert await peer.status() == 403
        assert await peer.ended()


async def test_what_is_read_for_the_sake_of_an_answer_has_an_end() -> None:
    async with guarded(drain_bytes=100_000) as server:
        peer = await server.peer(b"POST /refuses HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n")
        sending = asyncio.create_task(peer.send_for_ever(bytes(100_000)))
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(sending, patient(WITHIN_S))


async def test_in_a_full_server_those_that_keep_it_waiting_make_room() -> None:
    async with guarded(head_s=60, pace_s=60) as server:
        halves = [await server.peer(HALF) for _ in range(2 * LIMITS.connections)]
        for _ in range(LIMITS.connections):
            assert await server.get() == 200
        assert await halves[0].ended()


async def test_an_address_with_many_connections_competes_with_itself() -> None:
    async with guarded(head_s=60, pace_s=60) as server:
        upload = await server.peer(POST % 10 + b"12345", "127.0.0.2")
        for _ in range(2 * LIMITS.connections):
            await server.peer(HALF)
        await upload.send(b"67890")
        assert await upload.status() == 200


async def test_requests_that_are_sent_ahead_have_an_end() -> None:
    async with guarded() as server:
        peer = await server.peer(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000)
        assert await peer.ended()


async def test_a_server_that_ends_does_not_wait_for_who_keeps_it_waiting() -> None:
    async with guarded(head_s=60) as server:
        await server.peer(HALF)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < patient(5)
