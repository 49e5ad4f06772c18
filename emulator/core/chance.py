"""Repeatable randomness: one stream of numbers per purpose, derived from a seed by name.

A new purpose has a stream of its own, so switching a fault on does not reshuffle what everything else draws.
"""

import hashlib
import math
from random import Random


def stream(seed: int | str, *purpose: int | str) -> Random:
    """The random numbers for one purpose; the same for the same seed and words, and for every run."""
    digest = hashlib.sha256("/".join(map(str, (seed, *purpose))).encode()).digest()
    return Random(int.from_bytes(digest[:8], "big"))


def poisson(mean: float, chance: Random) -> int:
    """How many of something that happens ``mean`` times on average, independently."""
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count
