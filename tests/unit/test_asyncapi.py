"""The AsyncAPI document: valid under AsyncAPI's own schema, complete, and true of every golden sample."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft7Validator, ValidationError

from commands.ports import LedgerRow
from commands.ports.headers import headers_of
from infra.event_schemas.asyncapi import document
from infra.event_schemas.files import FILES
from schemas.positions import TOPICS
from tests.partitions import route

OFFICIAL = Path(__file__).parents[1] / "data" / "asyncapi" / "3.0.0.json"
DOCUMENT: dict[str, Any] = json.loads(FILES.asyncapi.read_text())
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
GOLDENS = FILES.goldens()


def pointed_to(node: Any) -> Iterator[str]:
    """Every reference in the document."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from pointed_to(inner)


def validator(schema: dict[str, Any]) -> Draft7Validator:
    """Of a schema in the document, with what it refers to."""
    return Draft7Validator({**schema, "components": DOCUMENT["components"]})


def test_the_document_on_file_is_todays() -> None:
    assert document(FILES) == DOCUMENT


def test_it_is_valid_asyncapi() -> None:
    Draft7Validator(json.loads(OFFICIAL.read_text())).validate(DOCUMENT)


def test_every_reference_leads_somewhere() -> None:
    for reference in pointed_to(DOCUMENT):
        node: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_topic_is_a_channel_and_every_version_is_on_the_one_that_it_travels_on() -> None:
    by_address = {channel["address"]: channel for channel in DOCUMENT["channels"].values()}
    assert sorted(by_address) == sorted(TOPICS)
    for name, wire in GOLDENS.items():
        topic, _ = route(orjson.loads(wire)["stream"])
        assert [address for address, channel in by_address.items() if name in channel["messages"]] == [topic]


@pytest.mark.parametrize("name", GOLDENS)
def test_every_version_ever_stored_is_the_message_that_the_document_describes(name: str) -> None:
    payload = validator(MESSAGES[name]["payload"])
    wire = orjson.loads(GOLDENS[name])
    payload.validate(wire)
    for field in wire:
        with pytest.raises(ValidationError):
            payload.validate({key: value for key, value in wire.items() if key != field})
    with pytest.raises(ValidationError):
        payload.validate({**wire, "type": "post.eaten.v1"})


@pytest.mark.parametrize("name", GOLDENS)
def test_headers_are_as_described(name: str) -> None:
    wire = orjson.loads(GOLDENS[name])
    row = LedgerRow(wire["stream"], wire["version"], wire["id"], wire["causation"], name, GOLDENS[name])
    headers = {key: value.decode() for key, value in headers_of(row)}
    validator(MESSAGES[name]["headers"]).validate(headers)
    assert sorted(MESSAGES[name]["headers"]["required"]) == sorted(headers)
