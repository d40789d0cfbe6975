"""What the local stack writes for its servers: ports, configuration, settings, and the compose file beside it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from infra.local.stack.cassandra import CassandraServer
from infra.local.stack.credentials import Credentials
from infra.local.stack.environment import environment, through_proxies
from infra.local.stack.errors import StackError
from infra.local.stack.kafka import KafkaServer
from infra.local.stack.ports import SHARD_AWARE_PORT, Ports
from infra.local.stack.server import LASTING, QUICK_COMPILER, Premises, Thrift
from infra.local.stack.settings import StackSettings
from infra.local.stack.stack import EXTRA, SERVERS, Stack
from infra.local.stack.toxiproxy import ToxiproxyServer
from infra.local.stack.work import Work

COMPOSE = Path(__file__).parents[2] / "infra" / "compose.yaml"


def site_in(folder: Path, base: int) -> Premises:
    return Premises(folder, Ports.from_base(base), Credentials(folder / "secrets"), ("https://photos.example",))


def test_every_port_of_a_stack_is_its_own_and_follows_from_the_base(tmp_path: Path) -> None:
    ports = [port for make in SERVERS for port in make(site_in(tmp_path, 21000)).ports]
    assert sorted(ports) == list(range(21000, 21016))


def test_two_bases_that_are_as_far_apart_as_a_stack_has_ports_share_no_port() -> None:
    assert not set(vars(Ports.from_base(21000)).values()) & set(vars(Ports.from_base(21016)).values())


@pytest.mark.parametrize("base", [0, 1023, 65521, -5])
def test_a_base_that_leaves_no_room_is_refused(base: int) -> None:
    with pytest.raises(StackError, match="leaves no room"):
        Ports.from_base(base)


def test_cql_is_never_served_on_the_shard_aware_port() -> None:
    with pytest.raises(StackError, match="19042"):
        Ports.from_base(SHARD_AWARE_PORT - 2)


def test_every_server_is_told_its_ports_and_nothing_but_the_loopback_address(tmp_path: Path) -> None:
    made = (make(site_in(tmp_path, 21000)) for make in SERVERS)
    for server in (one for one in made if one.name not in ("minio", "opensearch", "toxiproxy", "edge", "versitygw")):
        config = server.config()  # type: ignore[attr-defined]
        assert all(str(port) in config for port in server.ports), server.name
        assert "127.0.0.1" in config
        assert "0.0.0.0" not in config
        assert "$" not in config


@pytest.mark.parametrize(("thrift", "quickly"), [(LASTING, 0), (Thrift(brief=True), 1)], ids=["lasting", "brief"])
def test_only_where_it_serves_for_minutes_the_cql_server_is_compiled_quickly_rather_than_well(
    thrift: Thrift, quickly: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java, agent, folder = tmp_path / "bin" / "java", tmp_path / "jamm-1.jar", tmp_path / "cql"
    for path in (java.parent, folder):
        path.mkdir()
    agent.touch()
    java.write_text("""#!/bin/sh\necho 'openjdk version "17"' >&2\n""")
    java.chmod(0o700)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    server = CassandraServer(replace(site_in(tmp_path, 21000), thrift=thrift))
    command = server.prepare(tmp_path, Work("cql", lambda _name, _text: None, Event())).command
    arguments = (folder / "jvm.args").read_text().split()
    assert [*command, *arguments].count(QUICK_COMPILER) == quickly


def test_the_settings_of_a_stack_name_files_and_never_show_a_secret(tmp_path: Path) -> None:
    site = site_in(tmp_path, 21000)
    site.credentials.make()
    variables = environment(site)
    assert variables["PHOTOLOG_KAFKA"] == "127.0.0.1:21000"
    assert variables["PHOTOLOG_CQL"] == "127.0.0.1:21002"
    assert variables["PHOTOLOG_REDIS"] == "redis://127.0.0.1:21004/0"
    assert variables["PHOTOLOG_S3_ENDPOINT"] == "http://127.0.0.1:21005"
    assert variables["PHOTOLOG_OPENSEARCH"] == "http://127.0.0.1:21011"
    for name in ("PHOTOLOG_SECRET_FILE", "PHOTOLOG_S3_ADMIN_PASSWORD_FILE"):
        secret = Path(variables[name])
        assert re.fullmatch("[0-9a-f]{64}", secret.read_text())
        assert secret.stat().st_mode & 0o777 == 0o600
        assert secret.read_text() not in "".join(variables.values())


def test_a_client_behind_the_proxy_is_told_to_stay_behind_it(tmp_path: Path) -> None:
    site = site_in(tmp_path, 21000)
    through, ports = through_proxies(site), site.ports
    proxies = {one["name"]: one for one in json.loads(ToxiproxyServer(site).config())}
    assert proxies["kafka"]["listen"] == through["PHOTOLOG_KAFKA"]
    assert proxies["cql"]["listen"] == through["PHOTOLOG_CQL"]
    assert proxies["cql"]["upstream"] == f"127.0.0.1:{ports.cql}"
    assert proxies["kafka"]["upstream"] == f"127.0.0.1:{ports.kafka_behind}"
    said = dict(line.split("=", 1) for line in KafkaServer(site).config().splitlines() if "=" in line)
    assert f"PROXIED://127.0.0.1:{ports.kafka_behind}" in said["listeners"].split(",")
    assert f"PROXIED://{through['PHOTOLOG_KAFKA']}" in said["advertised.listeners"].split(",")


def test_servers_that_no_site_needs_are_left_alone_unless_they_are_named(tmp_path: Path) -> None:
    stack = Stack(tmp_path, 21000, tmp_path, [], lambda _name, _text: None)
    assert [one.name for one in stack.status()] == ["kafka", "cql", "redis", "minio", "opensearch"]
    assert [one.name for one in stack.status(["toxiproxy"])] == ["toxiproxy"]


def test_credentials_are_made_once(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path / "secrets")
    credentials.make()
    first = credentials.secret.read_text()
    credentials.make()
    assert credentials.secret.read_text() == first
    assert credentials.s3_admin_password.read_text() != first


def test_the_compose_file_publishes_the_ports_of_the_default_stack_to_this_machine_alone(tmp_path: Path) -> None:
    servers = [make(site_in(tmp_path, StackSettings.model_fields["stack_port"].default)) for make in SERVERS]
    published = re.findall(r'ports: \["([^"]+)"\]', COMPOSE.read_text())
    assert len(published) == COMPOSE.read_text().count("ports:")
    expected = sorted(f"127.0.0.1:{one.ports[0]}" for one in servers if one.name not in EXTRA)
    assert sorted(one.rpartition(":")[0] for one in published) == expected


def test_the_compose_file_names_the_kafka_version_that_the_stack_runs() -> None:
    assert "image: apache/kafka:4.3.1" in COMPOSE.read_text()
    kafka = next(make for make in SERVERS if make.__name__ == "KafkaServer")
    assert "4.3.1" in kafka.artefact.name  # type: ignore[attr-defined]
