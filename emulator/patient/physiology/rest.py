"""Finding the basal rate that keeps glucose where it is."""

from collections.abc import Callable

HALVINGS = 100


def root(falls: Callable[[float], float], *, most: float) -> float | None:
    """Where a function that falls comes to 0, from 0 to ``most``; None where it is below 0 from the beginning."""
    least = 0.0
    if falls(least) < 0:
        return None
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        if falls(middle) > 0:
            least = middle
        else:
            most = middle
    return least
