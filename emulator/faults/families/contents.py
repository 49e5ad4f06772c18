"""Faults of what a reply contains: damaged octets, and values of another time."""

from collections import deque
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from isletbench.emulator.core import octets as streams
from isletbench.emulator.core.models import Octets
from isletbench.emulator.faults.exchanges import Exchanged, Message, PartWord
from isletbench.emulator.faults.messages import Intercept, OutwardFault, flipped, passed, with_octets, with_value
from isletbench.emulator.faults.words import Count, Often
from isletbench.emulator.gatt import Indicate, Notify, ReadResponse
from isletbench.emulator.gatt.interceptor import Intercepted


class TruncateReply(OutwardFault):
    """The answer ends too early: what follows the first octets is missing, though frame and link are intact (LNK-08)."""

    octets: int = Field(ge=0, le=512)
    """How many are left."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Shorten the value of the message."""
        return passed(by, with_octets(exchanged.message, lambda octets: octets[: self.octets]))


class CorruptReply(OutwardFault):
    """The answer holds octets that the device did not send, though frame and link are intact: with E2E-protection the client
    finds a bad CRC."""

    bits: Annotated[Often, Field(le=4_096)] = 1
    """How many bits are inverted."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Invert bits in the value of the message."""
        return passed(by, with_octets(exchanged.message, partial(flipped, self.bits, chance)))


class SubstituteReply(OutwardFault):
    """Another answer arrives in the place of the device's own (LNK-11, LNK-13)."""

    octets: Octets
    """The value it carries."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Replace the value of the message."""
        return passed(by, with_value(exchanged.message, self.octets))


class StaleReply(OutwardFault):
    """The answer to an earlier request arrives in the place of this one (LNK-11).

    Where there was no earlier answer of the same type, the answer is as it should be.
    """

    nth: Often = 2
    count: Count = 1

    def begin(self, by: tuple[str, ...], chance: Random) -> Intercept:
        """Begin to replace each value by an earlier one of the same characteristic."""
        return _Stale(by)


@dataclass(slots=True)
class _Stale:
    """Remembers the last value of every characteristic, or answer to every operation."""

    by: tuple[str, ...]
    last: dict[tuple[str, int | str | None, type], bytes] = field(default_factory=dict)

    def watch(self, exchanged: Exchanged) -> None:
        """Remember the value of a message that the fault does not strike."""
        message = exchanged.message
        if isinstance(message, ReadResponse | Notify | Indicate | streams.Octets | streams.Answer):
            self.last[message.link, exchanged.place, type(message)] = message.value

    def __call__(self, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        earlier = self.last.get((message.link, exchanged.place, type(message)))
        self.watch(exchanged)
        return passed(self.by, message if earlier is None else with_value(message, earlier))


class ReplayOldValues(OutwardFault):
    """Earlier values are sent again, ahead of what is new, to whoever is connected now: an overlapping backfill, or the last
    packets of another session out of a cache (CGM-03, CGM-05).

    Counted from when it is armed; the values of every link are replayed on every other.
    """

    part: PartWord | Literal["any"] = "live"
    depth: int = Field(default=1, ge=1, le=100)
    """How many messages are sent again."""

    def begin(self, by: tuple[str, ...], chance: Random) -> Intercept:
        """Begin to replace notifications by earlier ones."""
        return _Replaying(by, self.depth)


@dataclass(slots=True)
class _Replaying:
    """Remembers the last values of every characteristic, on whatever link they were sent."""

    by: tuple[str, ...]
    depth: int
    sent: dict[int | str | None, deque[bytes]] = field(default_factory=dict)

    def watch(self, exchanged: Exchanged) -> None:
        """Remember the value of a message that the fault does not strike."""
        message = exchanged.message
        if isinstance(message, Notify | Indicate | streams.Octets):
            self.sent.setdefault(exchanged.place, deque(maxlen=self.depth)).append(message.value)

    def __call__(self, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        again = tuple(self.sent.get(exchanged.place, ()))
        self.watch(exchanged)
        return passed(self.by, *(with_value(message, octets) for octets in again), message)
