"""A bench of many devices: it may open as many files as it needs, or says what would let it."""

import errno
import resource

import pytest

from isletbench.emulator.bench.descriptors import OTHERS, PER_DEVICE, enough_for


class Limits:
    """The limits of open files of a process, in place of those of this one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, soft: int, hard: int) -> None:
        self.now = (soft, hard)
        monkeypatch.setattr(resource, "getrlimit", lambda which: self.now)
        monkeypatch.setattr(resource, "setrlimit", self._set)

    def _set(self, which: int, limits: tuple[int, int]) -> None:
        self.now = limits


@pytest.mark.parametrize(
    ("soft", "hard", "then"),
    [
        (256, 1_000_000, OTHERS + 1_000 * PER_DEVICE),
        (256, resource.RLIM_INFINITY, OTHERS + 1_000 * PER_DEVICE),
        (256, 1_024, 1_024),
        (100_000, 1_000_000, 100_000),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, resource.RLIM_INFINITY),
    ],
)
def test_the_limit_is_raised_as_far_as_needed_and_allowed(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, then: int
) -> None:
    limits = Limits(monkeypatch, soft, hard)
    with enough_for(1_000):
        pass
    assert limits.now == (then, hard)


def test_a_bench_that_runs_out_of_open_files_says_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    Limits(monkeypatch, 256, 1_024)
    with (
        pytest.raises(
            OSError, match=r"^1000 devices: this process may have 1024 open files; expected 4128, as by `ulimit -n 4128`$"
        ),
        enough_for(1_000),
    ):
        raise OSError(errno.EMFILE, "Too many open files")


def test_another_problem_of_a_port_stays_what_it_is() -> None:
    problem = OSError(errno.EADDRINUSE, "taken")
    with pytest.raises(OSError, match="taken") as caught, enough_for(2):
        raise problem
    assert caught.value is problem
