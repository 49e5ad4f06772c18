"""Requests out of a stream of octets, in whatever chunks they come."""

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
Take: TypeAlias = Callable[[bytearray, int], tuple[T | None, int]]
"""(octets, position) to the request that begins there and the position after it.

The same position: the request is not complete. No request and a later position: what stood there is none, and is left out.
"""


class Incremental(Generic[T]):
    """Takes octets and returns requests; what is not complete waits for the octets that follow."""

    def __init__(self, take: Take[T]) -> None:
        self._take = take
        self._octets = bytearray()

    @property
    def waits(self) -> bool:
        """Whether a request has begun and is not complete."""
        return bool(self._octets)

    def feed(self, octets: bytes) -> list[T]:
        """Take octets; the requests that are complete now, in order."""
        return [request for request, _ in self.cut(octets)]

    def cut(self, octets: bytes) -> list[tuple[T, bytes]]:
        """Take octets; the requests that are complete now, each with its own octets."""
        self._octets += octets
        found: list[tuple[T, bytes]] = []
        at = 0
        while at < len(self._octets):
            request, after = self._take(self._octets, at)
            if after == at:
                break
            if request is not None:
                found.append((request, bytes(self._octets[at:after])))
            at = after
        del self._octets[:at]
        return found

    def discard(self) -> None:
        """Leave out a request that is not complete."""
        self._octets.clear()
