"""Whatever comes in at any endpoint, nothing falls: the corpus of everything that once failed, and new strings.

A few in each quick run. ``ISLETBENCH_FUZZ=1000000`` makes it so many for each target, from a new seed each time.
"""

import os
import time

import pytest

from tests.fuzz.run import fuzz, shares
from tests.fuzz.targets import TARGETS

QUICK = 40
COUNT = int(os.environ.get("ISLETBENCH_FUZZ", "0"))


@pytest.mark.parametrize("target", TARGETS)
def test_whatever_comes_in_nothing_falls(target: str) -> None:
    seed = int(time.time()) if COUNT else 7
    assert fuzz(target, COUNT or QUICK, seed) >= (COUNT or QUICK)


def test_a_run_of_all_targets_leaves_none_out() -> None:
    given = shares(10_000_000)
    assert given.keys() == TARGETS.keys()
    assert sum(given.values()) >= 10_000_000
    assert min(given.values()) > 100_000
