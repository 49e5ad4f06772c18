"""A disk that is full: a limit of file sizes is the disk."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def room_for(octets: int) -> Iterator[None]:
    """No file can become larger than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
