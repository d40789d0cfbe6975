"""`photolog stack` with the fastest of its servers: repeated, killed, moved, beside another stack, and taken down."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from infra.local.stack.errors import StackError
from infra.local.stack.ports import HOST
from infra.local.stack.stack import Stack, Status
from tests.ports import free_base_port
from tests.processes import PHOTOLOG
from tests.stack import bring_up, stack_in

ONLY = ["--only", "redis"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose stack is gone afterwards, whatever the test did to it."""
    yield tmp_path
    stack_in(tmp_path / "stack").down()


@pytest.fixture
def one(folder: Path) -> Stack:
    """A stack whose Redis runs."""
    started = stack_in(folder / "stack")
    bring_up(started, "redis")
    return started


def photolog(data: Path, *words: str, port: int) -> "subprocess.CompletedProcess[str]":
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOLOG_")}
    cache = {name: value for name, value in os.environ.items() if name == "PHOTOLOG_CACHE"}
    environment = {**mine, **cache, "PHOTOLOG_DATA": str(data), "PHOTOLOG_STACK_PORT": str(port)}
    return subprocess.run(
        [PHOTOLOG, "stack", *words], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def shown(data: Path, port: int) -> dict[str, Any]:
    (row,) = json.loads(photolog(data, "status", *ONLY, "--json", port=port).stdout)
    assert isinstance(row, dict)
    return row


def status(stack: Stack) -> Status:
    (row,) = stack.status(["redis"])
    return row


def client(stack: Stack) -> "redis.Redis":
    return redis.Redis.from_url(stack.environment["PHOTOLOG_REDIS"], decode_responses=True)


def test_a_stack_comes_up_twice_without_a_change_and_down_twice(folder: Path, one: Stack) -> None:
    port = one.site.ports.base
    again = photolog(folder, "up", *ONLY, port=port)
    assert again.returncode == 0, again.stderr
    assert "already running" in again.stderr
    row = shown(folder, port)
    assert row["state"] == "running"
    assert (row["pid"], row["port"]) == (status(one).pid, one.site.ports.redis)
    assert row["url"] == one.environment["PHOTOLOG_REDIS"]
    assert row["memory"] > 1_000_000
    for _ in range(2):
        down = photolog(folder, "down", *ONLY, port=port)
        assert down.returncode == 0, down.stderr
    assert "not running" in down.stderr
    assert shown(folder, port)["state"] == "stopped"
    with pytest.raises(redis.ConnectionError):
        client(one).ping()


def test_a_killed_server_is_shown_dead_and_comes_up_again_with_its_data(one: Stack) -> None:
    client(one).set("kept", "yes")
    first = status(one).pid
    one.kill("redis")
    assert status(one).state == "dead"
    one.up(["redis"])
    assert status(one).state == "running"
    assert status(one).pid != first
    assert client(one).get("kept") == "yes"


def test_a_server_is_found_again_when_the_command_died_before_it_wrote_it_down(one: Stack) -> None:
    state = one.folder / "stack.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "servers": {}}))
    before = status(one)
    assert before.state == "running"
    one.up(["redis"])
    assert status(one).pid == before.pid


def test_a_stale_record_neither_hides_a_dead_server_nor_harms_the_stranger_with_its_number(one: Stack) -> None:
    one.kill("redis")
    with subprocess.Popen(["sleep", "600"]) as stranger:
        state = one.folder / "stack.json"
        content = json.loads(state.read_text())
        content["servers"]["redis"]["pid"] = stranger.pid
        state.write_text(json.dumps(content))
        assert status(one).state == "dead"
        one.down(["redis"])
        assert stranger.poll() is None
        stranger.kill()


def test_what_is_got_is_not_started(folder: Path) -> None:
    got = photolog(folder, "get", *ONLY, port=free_base_port())
    assert got.returncode == 0, got.stderr
    assert "redis-server" in got.stderr
    assert list(folder.rglob("*.log")) == []


def test_two_stacks_live_side_by_side(one: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = stack_in(tmp_path_factory.mktemp("other"))
    try:
        other.up(["redis"])
        client(one).set("mine", "one")
        assert client(other).get("mine") is None
        other.down()
        assert status(one).state == "running"
        assert client(one).get("mine") == "one"
    finally:
        other.down()


def test_a_stranger_on_a_port_is_named_and_left_alone(folder: Path) -> None:
    servers = stack_in(folder / "stack")
    bring_up(servers, "redis")
    servers.down()
    port = servers.site.ports.redis
    stranger = f"port {port} is taken by process {os.getpid()} "
    with socket.create_server((HOST, port)), pytest.raises(StackError, match=stranger):
        servers.up(["redis"])
    assert status(servers).state == "stopped"


def test_a_running_stack_does_not_move_to_other_ports(folder: Path, one: Stack) -> None:
    elsewhere = free_base_port()
    moved = photolog(folder, "up", *ONLY, port=elsewhere)
    assert moved.returncode == 1
    assert f"runs on ports from {one.site.ports.base}" in moved.stderr
    assert shown(folder, elsewhere)["port"] == one.site.ports.redis


def test_the_settings_point_at_the_stack_and_its_secrets(folder: Path, one: Stack) -> None:
    port = one.site.ports.base
    variables = json.loads(photolog(folder, "env", "--json", port=port).stdout)
    assert variables == one.environment
    lines = photolog(folder, "env", port=port).stdout
    evaluated = subprocess.run(
        ["sh", "-c", f"{lines}\ncat $PHOTOLOG_SECRET_FILE"], capture_output=True, text=True, check=True
    )
    assert len(bytes.fromhex(evaluated.stdout)) == 32


def test_the_log_of_a_server_is_shown(folder: Path, one: Stack) -> None:
    assert "Ready to accept connections" in photolog(folder, "logs", *ONLY, port=one.site.ports.base).stdout


def test_a_server_that_cannot_start_shows_its_last_words(one: Stack) -> None:
    one.down()
    appended = next((one.folder / "redis" / "data").rglob("*.manifest"))
    appended.write_text("no manifest\n")
    with pytest.raises(StackError, match="ended while it started"):
        one.up(["redis"])


def test_an_unknown_server_is_refused_with_the_names_that_there_are(folder: Path) -> None:
    refused = photolog(folder, "up", "--only", "rdis", port=free_base_port())
    assert refused.returncode == 1
    assert "there are kafka, cql, redis, minio" in refused.stderr
