"""When the tests of a meter were made: by its internal clock, which nobody sets, whatever its display says.

A record holds what the internal clock said (Base Time) and how far the display was ahead of it (Time Offset). The display can
be read; less the offset of the newest record it is what the internal clock says now. Once that is known the display does not
matter any more, until the internal clock begins anew: then records seem to be from before the last reading of the memory, or
from the future. Source: GLS 1.0.1, sections 3.1.1.3 and 3.1.1.4.
"""

from collections.abc import Sequence

from isletbench.hil_rigs.clients.controller.timeline import ZERO
from isletbench.protocols.errors import ReservedValue
from isletbench.protocols.gls import Annunciation, Measurement

SLACK_S = 90.0
"""An offset counts whole minutes, and a meter may drift: two clocks that agree may differ by this."""
UNUSABLE = (0x7FFF, -0x8000)
"""Time Offsets that say that the offset did not fit."""


class MeterTime:
    """Dates tests by the client's own clock."""

    def __init__(self) -> None:
        self._ahead: float | None = None
        """The internal clock, s since the beginning of the century, less the client's clock."""

    def date(self, tests: Sequence[Measurement], shown: float | None, now: float, since: float) -> list[float | None]:
        """When each of these tests was made, s by the client's clock: the newest ones of the memory, the oldest first, none of
        which was there at ``since``. None where nobody can tell. The display, s since the beginning of the century, is by
        ``shown`` ahead of that clock."""
        newest = tests[-1]
        candidate = self._ahead_by(newest, shown)
        if candidate is not None and self._ahead is not None and abs(candidate - self._ahead) < SLACK_S:
            self._ahead = candidate  # the two clocks drift apart
        found = [self._fitting(test, (self._ahead, self._of_like(test, newest, candidate)), now, since) for test in tests]
        last = found[-1]
        if last is not None:
            self._ahead = self._base(newest) - last
        return found

    def _ahead_by(self, newest: Measurement, shown: float | None) -> float | None:
        """How far the internal clock is ahead, if the display was not set since the newest test."""
        offset = self._offset(newest)
        return None if shown is None or offset is None else shown - 60 * offset

    def _offset(self, test: Measurement) -> int | None:
        """How far the display was ahead of the internal clock, min; None where the meter cannot say."""
        offset = test.time_offset or 0
        return None if offset in UNUSABLE else offset

    @staticmethod
    def _of_like(test: Measurement, newest: Measurement, ahead: float | None) -> float | None:
        """What dates the newest test, for a test that was made by the same clock: a clock that was lost is another one."""
        lost = [Annunciation.TIME_FAULT in (one.annunciation or Annunciation(0)) for one in (test, newest)]
        return ahead if lost[0] is lost[1] else None

    def _fitting(self, test: Measurement, aheads: Sequence[float | None], now: float, since: float) -> float | None:
        try:
            base = self._base(test)
        except ReservedValue:
            return None
        dates = (base - ahead for ahead in aheads if ahead is not None)
        return next((at for at in dates if since - SLACK_S <= at <= now + SLACK_S), None)

    @staticmethod
    def _base(test: Measurement) -> float:
        return (test.base_time.to_datetime() - ZERO).total_seconds()
