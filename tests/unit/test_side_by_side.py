"""What a run in several processes rests on: groups that stay together, and ports that nobody else gets."""

import subprocess
import sys

from tests.ports import free_ports
from tests.side_by_side import group_of, rank

CHAOS = "tests/chaos/test_cluster_kill.py::test_processes"
API = "tests/e2e/test_api_likes.py::test_a_like[{}]"


def test_modules_that_share_a_cluster_site_are_one_group_and_apart_from_their_embedded_tests() -> None:
    other = "tests/e2e/test_photos.py::test_sound[cluster-a.jpg]"
    assert group_of(API.format("cluster")) == group_of(other)
    assert group_of(API.format("embedded")) == "the shared embedded server"


def test_what_starts_a_cluster_site_of_its_own_waits_for_no_other_module() -> None:
    assert group_of("tests/e2e/test_forgetting.py::test_it[cluster]") == "tests/e2e/test_forgetting.py[cluster]"
    assert group_of("tests/e2e/test_forgetting.py::test_it[embedded]") == "tests/e2e/test_forgetting.py"


def test_modules_that_share_a_site_of_other_settings_are_one_group_beside_the_shared_one() -> None:
    shared = group_of(API.format("cluster"))
    for package, modules in (("low_numbers", ("celebrities", "followee_cap")), ("edges", ("cold_media", "edge"))):
        (group,) = {group_of(f"tests/e2e/{package}/test_{module}.py::test_it[cluster]") for module in modules}
        assert group != shared


def test_both_that_kill_servers_share_the_stack_for_that() -> None:
    server, write = (group_of(f"tests/chaos/test_{name}_faults.py::test_it") for name in ("server", "write"))
    assert server == write == "the stack to break"


def test_what_is_long_comes_first() -> None:
    unit, integration = "tests/unit/test_ids.py", "tests/integration/cql/test_session.py"
    groups = [unit, integration, group_of(CHAOS), group_of(API.format("cluster"))]
    assert sorted(groups, key=rank) == list(reversed(groups))


def test_a_port_that_was_drawn_is_nobody_elses() -> None:
    mine = free_ports(2)
    draws = f"import infra.local.ports, tests.ports; infra.local.ports.PORTS = {mine}; print(tests.ports.free_ports(1))"
    other = subprocess.run([sys.executable, "-c", draws], capture_output=True, text=True)
    assert "there are no 1 free ports" in other.stderr
