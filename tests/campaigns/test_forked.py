"""A copy of the process: how it ended is known, and nothing of the parent's goes on in it."""

import os
import signal
from collections.abc import Callable

import pytest

from isletbench.emulator.campaigns.forked import Forked


def end_by_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: os._exit(3), 3),
        (end_by_itself, -signal.SIGKILL),
        (lambda: None, os.EX_SOFTWARE),
        (lambda: 1 / 0, os.EX_SOFTWARE),
    ],
    ids=["exits", "is killed", "goes on", "raises"],
)
def test_its_exit_code_is_known_and_nothing_goes_on_in_it(act: Callable[[], object], code: int) -> None:
    child = Forked(act)
    assert child.wait() == code
    child.send(signal.SIGTERM)  # to nobody else who may have its number by now
    assert child.ended_within(0.0) == code


def test_one_that_does_not_end_is_waited_for_and_no_longer() -> None:
    child = Forked(signal.pause)
    assert child.ended_within(0.0) is None
    child.send(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def test_a_system_that_does_not_tell_of_ends_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "pidfd_open", refuse)
    assert Forked(lambda: os._exit(4)).wait() == 4


def test_where_ends_of_children_are_ignored_the_code_is_nobodys() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert Forked(lambda: os._exit(5)).wait() == 0
    finally:
        signal.signal(signal.SIGCHLD, before)
