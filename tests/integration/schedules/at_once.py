"""Commits that wait for no thread: so that a seed is a schedule. For tests."""

from concurrent.futures import Executor, Future
from typing import Any

import pytest

from infra.sqlite.group_commit import GroupCommit


class AtOnce(Executor):
    """Runs what it is given in the caller's thread: so nothing waits for a thread, and a seed is a schedule."""

    def submit(self, work: Any, /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*given, **named))
        except Exception as error:  # noqa: BLE001 - as an executor does
            done.set_exception(error)
        return done


def commit_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every database that is opened from now on commits in the thread of its loop."""
    made = GroupCommit.__init__

    def commits_at_once(self: GroupCommit, *given: Any) -> None:
        made(self, *given)
        self._commits = AtOnce()  # type: ignore[assignment]

    monkeypatch.setattr(GroupCommit, "__init__", commits_at_once)
