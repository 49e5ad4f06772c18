"""Repeated pairing attempts: after each failure a device waits longer before it answers. Core Vol 3, Part H, 2.3.6.

A passkey has a million values and a failed attempt says whether a guess was right so far; without the wait a program tries some
hundred a second.
"""

import asyncio
from typing import NamedTuple

from bumble import hci, smp

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 64.0
"""The wait doubles with every failure; as long as the longest one without a failure halves it again."""
NOT_COUNTED = {smp.ErrorCode.PAIRING_NOT_SUPPORTED, smp.ErrorCode.REPEATED_ATTEMPTS}
"""Refusals that do not depend on what the client has sent."""
PRIVATE = "private addresses"


class _Failures(NamedTuple):
    times: int
    at: float
    """Event loop time of the last one, s."""


class PairingAttempts:
    """The failed pairing attempts of a device's clients: one count for each address, and one for all private addresses, which
    whoever guesses can change at will."""

    def __init__(self) -> None:
        self._failures: dict[str, _Failures] = {}

    def must_wait(self, address: hci.Address) -> bool:
        """Whether a pairing request of this address comes too early."""
        failures = self._failures.get(_of(address))
        return failures is not None and _now() < failures.at + _wait_s(failures.times)

    def failed(self, address: hci.Address, reason: int) -> None:
        """Count a failed attempt; ``reason`` is that of Pairing Failed."""
        if reason in NOT_COUNTED:
            return
        before = self._failures.get(_of(address), _Failures(0, 0.0))
        quiet = int((_now() - before.at) / LONGEST_WAIT_S)
        self._failures[_of(address)] = _Failures(max(0, before.times - quiet) + 1, _now())
        self._forget_old()

    def succeeded(self, address: hci.Address) -> None:
        """A client has paired: it starts anew."""
        self._failures.pop(_of(address), None)

    def _forget_old(self) -> None:
        """Forget addresses whose failures count no more, so that memory is bounded by time."""
        for address, failures in tuple(self._failures.items()):
            if _now() - failures.at > failures.times * LONGEST_WAIT_S:
                del self._failures[address]


def _of(address: hci.Address) -> str:
    is_fixed = address.is_public or address.is_static
    return str(address) if is_fixed else PRIVATE


def _wait_s(count: int) -> float:
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(count - 1, 16)))


def _now() -> float:
    return asyncio.get_running_loop().time()
