"""The pump's counts of all insulin that it has delivered, basal and bolus."""

from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.doses import DoseLog
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.reservoir import ReservoirWatch
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols import ids

EVERY_S = 1_800.0
FIRST_S = 600.0
UNANSWERED_S = 24 * 3_600.0
"""A pump that does not answer is not asked again for so long."""


class DeliveredTotals:
    """Asks for the counts, logs basal insulin by them, and compares them with the reservoir."""

    def __init__(self, session: Session, doses: DoseLog, status: PumpStatus, alerts: Alerts, reservoir: ReservoirWatch) -> None:
        self._session, self._doses, self._status, self._alerts, self._reservoir = session, doses, status, alerts, reservoir
        self._next_at = FIRST_S
        self._basal = 0.0
        """The last count of basal insulin, U: it grows, unless it begins anew."""

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask."""
        return now() >= self._next_at

    def begin_anew(self) -> None:
        """Another pump is there: its counts are others."""
        self._basal = 0.0

    async def ask(self) -> ids.GetDeliveredInsulinResponse | None:
        """The counts; None from a pump that does not answer. Raises one of ``COMMUNICATION_ERRORS``."""
        if self._next_at > now() + EVERY_S:
            return None
        self._put_off()
        answer: Any = await self._session.ask(ids.STATUS_READER_POINT, ids.GetDeliveredInsulin())
        self._next_at = now() + EVERY_S
        if not isinstance(answer, ids.GetDeliveredInsulinResponse):
            return None
        if isinstance(answer.basal, float):
            if answer.basal < self._basal:
                self._doses.counters_began_anew()
            self._basal = answer.basal
        return answer

    def _put_off(self) -> None:
        """Do not ask again soon: perhaps this pump never answers."""
        self._next_at = now() + UNANSWERED_S

    async def bolus(self) -> float | None:
        """The count of bolus insulin, U; None where there is none."""
        totals = await self.ask()
        return totals.bolus if totals and isinstance(totals.bolus, float) else None

    async def log_basal(self) -> None:
        """Log the basal insulin that was delivered. Raises one of ``COMMUNICATION_ERRORS``."""
        totals = await self.ask()
        if totals is None or not isinstance(totals.basal, float) or not isinstance(totals.bolus, float):
            return
        self._alerts.set("no_delivery", self._reservoir.finds_missing(self._status.reservoir, totals.bolus + totals.basal))
        self._doses.basal(await self._basal_delivered(totals.basal))

    async def _basal_delivered(self, counted: float) -> float:
        """All basal insulin delivered, U: what the pump has ``counted``."""
        return counted
