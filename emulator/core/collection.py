"""Garbage collection, which Python does again and again although nearly nothing here is garbage that it would find.

Nearly all that is imported and made until a bench is ready lives as long as the bench: until then collecting finds nothing and
takes a tenth of the start, and afterwards what was made need not be looked at again. What comes and goes later is freed by
counting references; a cycle is rare. Looking for cycles after every 700 new objects, as Python does by default, took a sixth of
the time of a run in jump pace.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NEW_OBJECTS = 20_000
"""After so many new objects young ones are looked at: some MB at most wait for it."""


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


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Look for garbage after ``NEW_OBJECTS`` at the earliest, until the block ends."""
    before = gc.get_threshold()
    gc.set_threshold(max(NEW_OBJECTS, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
