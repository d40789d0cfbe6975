"""An index that is made while somebody asks it: there is nothing yet, and that is no fault."""

import asyncio

import pytest

from infra.local.stack.stack import Stack
from infra.opensearch.address import OpensearchAddress
from infra.opensearch.connection import OpensearchConnection
from infra.opensearch.search import OpensearchSearch
from schemas.tables import TEXT, TIME, Searched, Table
from schemas.words import Term
from tests.contract.fixtures_write import unique

TIMES = 10
TABLE = Table(
    "found",
    partition="post_id",
    columns={"words": TEXT, "published_at": TIME},
    searched=Searched("words", newest="published_at"),
)


@pytest.mark.cluster
async def test_whoever_asks_while_an_index_is_being_made_finds_nothing_yet(stack: Stack) -> None:
    connection = OpensearchConnection(OpensearchAddress(stack.environment["PHOTOLOG_OPENSEARCH"]))
    for _ in range(TIMES):
        search = OpensearchSearch(connection, f"{unique('new')}.")
        making = asyncio.create_task(search.create([TABLE]))
        while not making.done():
            assert await search.find(TABLE, [Term("tide", begins=False)], 10) == []
        await making
        assert await search.find(TABLE, [Term("tide", begins=False)], 10) == []
        await search.remove([TABLE])
    await connection.close()
