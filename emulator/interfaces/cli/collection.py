"""Garbage collection around a start: nearly all that is imported and made until a bench is ready lives as long as the bench.

Until then collecting finds nothing and takes a tenth of the start; afterwards what was made need not be looked at again.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def collection_postponed() -> Iterator[Callable[[], None]]:
    """Collect no garbage until the function that this yields is called, or the block ends."""
    gc.disable()
    try:
        yield _resume
    finally:
        gc.enable()


def _resume() -> None:
    gc.freeze()
    gc.enable()
