"""The basal rates that a pump has delivered, as its history tells: profile, temp basals and stops alike."""

from collections.abc import Callable
from datetime import datetime

from isletbench.hil_rigs.clients.algorithms.contract import BasalDelivery
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.protocols import ids

KEPT_S = 26 * 3_600.0
"""What is older acts no more."""


class BasalLog:
    """Every change of the delivered rate, dated by the client's clock."""

    def __init__(self) -> None:
        self._changes: list[tuple[float, float]] = []
        """When (s), and the rate from then on, U/h; oldest first."""

    def begin_anew(self) -> None:
        """Another pump is there."""
        self._changes.clear()

    def read(self, record: ids.HistoryRecord, when: float | None) -> None:
        """Take in a record of the history, written ``when`` (s). What cannot be dated has happened since history was last read:
        it counts from now on."""
        event = record.event
        if not isinstance(event, ids.DeliveredBasalRateChanged) or not isinstance(event.new_rate, float):
            return
        at = now() if when is None else when
        self._changes = [(since, rate) for since, rate in self._changes if since < at and since > now() - KEPT_S]
        self._changes.append((at, event.new_rate))

    def deliveries(self, calendar: Callable[[float], datetime]) -> list[BasalDelivery]:
        """What was delivered until now; ``calendar`` turns the client's clock into the pump's date and time."""
        ends = [at for at, _ in self._changes[1:]] + [now()]
        spans = zip(self._changes, ends, strict=False)
        return [BasalDelivery(calendar(begin), calendar(end), rate) for (begin, rate), end in spans if end > begin]
