"""Repeatable random numbers: one stream for each purpose, derived from a seed.

Each purpose has its own stream, so a further fault does not change the random draws of others.
"""

import hashlib
import math
from random import Random


def stream(seed: int | str, *purpose: int | str) -> Random:
    """Return the random numbers for one purpose, the same for the same seed and purpose in every run."""
    digest = hashlib.sha256("/".join(map(str, (seed, *purpose))).encode()).digest()
    return Random(int.from_bytes(digest[:8], "big"))


def poisson(mean: float, chance: Random) -> int:
    """Draw from the Poisson distribution with this mean."""
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count
