"""Boluses that have ended without a record of their end: how much was delivered has to be found out otherwise."""

from collections.abc import Awaitable, Callable, Collection

from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.doses import Dose, DoseLog, units_of
from isletbench.hil_rigs.clients.controller.history import History
from isletbench.protocols import ids

LAG_S = 1_200.0
"""A record may become readable so long after what it records."""


class EndedBolusReconciler:
    """Closes doses that are not being delivered any more: by the rewritten record of their start, else by the pump's count of
    bolus insulin."""

    def __init__(
        self, doses: DoseLog, history: History, alerts: Alerts, bolus_total: Callable[[], Awaitable[float | None]]
    ) -> None:
        self._doses, self._history, self._alerts, self._bolus_total = doses, history, alerts, bolus_total
        self._since: dict[str, float] = {}
        """Since when each dose is not being delivered any more, s."""

    async def reconcile(self, active: Collection[int], at: float) -> None:
        """Close what has ended at this instant (s); ``active`` are the bolus IDs that are being delivered."""
        for dose in self._doses.of_this_pump:
            if not (dose.is_over or dose.bolus_id is None or dose.bolus_id in active):
                await self.settle(dose, at)

    async def settle(self, dose: Dose, at: float) -> None:
        """Close a dose without a record of its end, as soon as that is possible. Raises one of ``COMMUNICATION_ERRORS``."""
        units = await self._units_found_later(dose, at)
        if units is not None:
            self._doses.delivered(dose, units, is_over=True)
        elif self._has_waited(dose, at):
            self._give_up(dose)

    def _has_waited(self, dose: Dose, at: float) -> bool:
        """Whether there was time enough for a record to become readable."""
        return at - self._since.setdefault(dose.id, at) >= LAG_S

    async def _units_found_later(self, dose: Dose, at: float) -> float | None:
        """What was delivered, U, as a rewritten record says, or in the end the pump's count; None while nothing says it."""
        units = await self._rewritten(dose)
        if units is None and self._has_waited(dose, at):
            units = await self._counted(dose)
        return units

    def _give_up(self, dose: Dose) -> None:
        """Nothing will ever say how much it was: the dose stays uncertain, and the user is notified."""
        self._doses.unknowable(dose)
        self._alerts.set("uncertain_dose")

    async def _rewritten(self, dose: Dose) -> float | None:
        """The amount in the record of its start, U, if that is another one now than was requested."""
        record = None if dose.record is None else await self._history.read_again(dose.record)
        if record is None or not isinstance(record.event, ids.BolusProgrammed1Of2):
            return None
        units = units_of(record.event.fast_amount) + units_of(record.event.extended_amount)
        return None if units == dose.requested else units

    async def _counted(self, dose: Dose) -> float | None:
        """What the pump has counted since it was requested, U, less what was delivered of other boluses since."""
        total = await self._bolus_total()
        if dose.before is None or total is None:
            return None
        units = total - dose.before - self._doses.given_since(dose)
        return units if dose.units <= units <= (dose.requested or units) else None
