"""Faults of requests: the device has not decided anything yet."""

from functools import partial
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from isletbench.emulator.core.models import Duration, Lasting
from isletbench.emulator.faults.exchanges import REQUESTS, Exchanged, Message
from isletbench.emulator.faults.messages import (
    MessageFault,
    RefusalCode,
    acknowledged,
    drawn_delay,
    flipped,
    passed,
    with_octets,
)
from isletbench.emulator.faults.words import Often
from isletbench.emulator.gatt import ErrorResponse, LinkRequest, Read, Write
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.protocols.att import AttCode


class LoseRequest(MessageFault):
    """The client asks and receives nothing; nothing has happened, and nothing will (DLV-02).

    It is lost before the device has received it: no pulse, no record, no change. Repeats of the same frame on a serial link
    are lost with it; a new request is matched anew.
    """

    acts_on: ClassVar = REQUESTS

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Drop the request."""
        return Intercepted(faults=by)


class IgnoreRequest(MessageFault):
    """The write is acknowledged by the link, and the device never acts on it: no answer follows (LNK-03).

    A read cannot be acknowledged without a value: it stays unanswered.
    """

    acts_on: ClassVar = REQUESTS

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Drop the request, but acknowledge it."""
        return Intercepted(faults=by, answer=acknowledged(exchanged.message))


class CutBefore(MessageFault):
    """The connection ends while the client waits for its answer; nothing has happened (DLV-02 with a disconnection)."""

    acts_on: ClassVar = REQUESTS

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Drop the request and end the connection."""
        return Intercepted(faults=by, hangs_up=True)


class RefuseRequest(MessageFault):
    """The client is refused with an ATT error, and nothing has happened."""

    acts_on: ClassVar = REQUESTS
    of_services: ClassVar = True
    code: RefusalCode = AttCode.UNLIKELY_ERROR

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Answer the request with an ATT error before it reaches the device."""
        message = exchanged.message
        asked = isinstance(message, Read) or (isinstance(message, Write) and message.response)
        if isinstance(message, LinkRequest):
            return Intercepted(faults=by, answer=ErrorResponse(message.link, 0, self.code))
        if not isinstance(message, Read | Write) or not asked:
            return Intercepted(faults=by)
        return Intercepted(faults=by, answer=ErrorResponse(message.link, message.handle, self.code))


class DelayRequest(MessageFault):
    """The answer comes late, and so does what was asked for: the device is slow to take requests."""

    acts_on: ClassVar = REQUESTS
    by: Lasting = 2_000
    jitter: Duration = 0
    """Up to so much more, evenly drawn."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Delay the request."""
        return Intercepted(faults=by, go=((drawn_delay(self.by, self.jitter, chance), exchanged.message),))


class RepeatRequest(MessageFault):
    """The device receives one request twice, as from a client that sends again: its profile says what it does then (DLV-03).

    The client is not waiting any more for the second answer of a read or write; a control point indicates twice if it acts
    twice.
    """

    acts_on: ClassVar = REQUESTS
    gap: Duration = 50
    """From the first to the second."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Deliver the request twice, ``gap`` ms apart."""
        return Intercepted(faults=by, go=((0, exchanged.message), (self.gap, exchanged.message)))


class CorruptRequest(MessageFault):
    """The client is refused for octets it did not send: with E2E-protection the device finds a bad CRC, without it a wrong
    value may be taken."""

    acts_on: ClassVar = REQUESTS
    bits: Annotated[Often, Field(le=4_096)] = 1
    """How many bits are inverted."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Invert bits in the value of the request."""
        return passed(by, with_octets(exchanged.message, partial(flipped, self.bits, chance)))
