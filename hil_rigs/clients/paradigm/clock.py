"""The date and time of a Paradigm pump, watched: an odd one is read twice, and nobody sets the clock unasked."""

from datetime import datetime, timedelta

from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.pump import Pump
from isletbench.protocols.medtronic import answers
from isletbench.protocols.medtronic.opcodes import Opcode

SLACK = timedelta(seconds=60)
"""By so much a clock may be off before it counts as wrong."""
GRAIN = timedelta(seconds=5)
"""By so much two readings may differ though nobody has set the clock."""


class PumpClock:
    """Reads and sets the clock. It was right when it was first read: from there on it has to keep step with the client's."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._right: timedelta | None = None
        self._last: timedelta | None = None
        """The pump's date and time less the client's clock: when it was right, and when it was last read."""
        self.moved = timedelta()
        """By how much the clock has been set between the last two readings."""

    async def read(self) -> datetime:
        """The date and time that the pump shows. Raises ``NoAnswer``."""
        shown = await self._read()
        if self._last is not None and abs(_ahead(shown) - self._last) > GRAIN:
            shown = await self._read_again(shown)
        ahead = _ahead(shown)
        self.moved = timedelta() if self._last is None or abs(ahead - self._last) <= GRAIN else ahead - self._last
        self._last = ahead
        if self._right is None:
            self._right = ahead
        return shown

    async def _read(self) -> datetime:
        return (await self._pump.read(Opcode.CLOCK, answers.Clock)).to_datetime()

    async def _read_again(self, odd: datetime) -> datetime:
        """The second reading that takes the place of an odd one: one odd reading is no changed clock."""
        return await self._read()

    @property
    def is_wrong(self) -> bool:
        """Whether it has not kept step with the client's clock."""
        return self._right is not None and self._last is not None and abs(self._last - self._right) > SLACK

    async def set_right(self) -> None:
        """Set the clock to the client's own time. Raises ``NotSent``, ``NoAnswer``, ``Refusal``."""
        if self._right is not None:
            await self._pump.command(Opcode.SET_CLOCK, answers.Clock.of(_own() + self._right))


def _own() -> datetime:
    """The client's own clock as a date and time, from wherever it counts."""
    return datetime(2000, 1, 1) + timedelta(seconds=now())  # noqa: DTZ001  # a device's calendar has no zone


def _ahead(shown: datetime) -> timedelta:
    return shown - _own()
