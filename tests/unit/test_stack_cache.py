"""The cache of servers' programs: made once, whole or not at all."""

from pathlib import Path
from threading import Event, Thread, Timer

import pytest

from infra.local.stack.cache import Cache
from infra.local.stack.errors import CannotBeHad, Stopped
from infra.local.stack.locks import alone
from infra.local.stack.processes import living_in_group
from infra.local.stack.tools import tool
from infra.local.stack.work import Work


@pytest.fixture
def work() -> Work:
    return Work("server", lambda _name, _text: None, Event())


def test_an_artefact_is_made_once(tmp_path: Path, work: Work) -> None:
    made: list[Path] = []
    cache = Cache(tmp_path)
    first = cache.obtain("thing-1", "mvn", lambda into: made.append(into), work)
    assert cache.obtain("thing-1", "mvn", lambda into: made.append(into), work) == first
    assert len(made) == 1


def test_an_artefact_that_failed_half_way_leaves_nothing_and_is_made_again(tmp_path: Path, work: Work) -> None:
    def half(into: Path) -> None:
        (into / "part").write_text("half")
        raise CannotBeHad("the registry is away")

    cache = Cache(tmp_path)
    with pytest.raises(CannotBeHad):
        cache.obtain("thing-1", "mvn", half, work)
    assert [path.name for path in tmp_path.iterdir()] == ["mvn.lock"]
    home = cache.obtain("thing-1", "mvn", lambda into: None, work)
    assert [path.name for path in home.iterdir()] == ["complete"]


def test_what_a_killed_maker_left_is_thrown_away(tmp_path: Path, work: Work) -> None:
    for leftover in ("thing-1", "thing-1.unfinished"):
        (tmp_path / leftover).mkdir()
        (tmp_path / leftover / "part").write_text("half")
    home = Cache(tmp_path).obtain("thing-1", "mvn", lambda into: (into / "whole").touch(), work)
    assert sorted(path.name for path in home.iterdir()) == ["complete", "whole"]
    assert not (tmp_path / "thing-1.unfinished").exists()


def test_two_makers_of_one_artefact_make_it_once(tmp_path: Path, work: Work) -> None:
    made: list[Path] = []
    with alone(tmp_path / "mvn.lock", work):
        obtain = lambda: Cache(tmp_path).obtain("thing-1", "mvn", made.append, work)  # noqa: E731
        makers = [Thread(target=obtain) for _ in range(2)]
        for maker in makers:
            maker.start()
        assert not made
    for maker in makers:
        maker.join()
    assert len(made) == 1


def test_a_build_that_is_stopped_ends_at_once_with_all_that_it_started(tmp_path: Path, work: Work) -> None:
    Timer(0.3, work.stopping.set).start()
    with pytest.raises(Stopped):
        work.run("builds", ["sh", "-c", "echo $$; sleep 600 & wait"], tmp_path / "log")
    assert not living_in_group(int((tmp_path / "log").read_text()))


def test_a_build_that_fails_says_its_last_words(tmp_path: Path, work: Work) -> None:
    with pytest.raises(CannotBeHad, match="no such module"):
        work.run("builds", ["sh", "-c", "echo no such module; exit 3"], tmp_path / "log")


def test_a_missing_tool_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotBeHad, match=r"go is missing.*go\.dev"):
        tool("go")
