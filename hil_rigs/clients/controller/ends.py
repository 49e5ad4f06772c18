"""The end of a bolus that no record tells of: it runs no more, and how much was delivered has to be found out otherwise."""

from collections.abc import Awaitable, Callable, Collection

from isletbench.hil_rigs.clients.controller.books import Books, Dose, amount
from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.history import History
from isletbench.hil_rigs.clients.controller.living import Alerts
from isletbench.protocols import ids

LAG_S = 1_200.0
"""A record may become readable so long after what it tells."""


class Ends:
    """Closes doses that run no more: by the rewritten record of their start, else by the pump's count of bolus insulin."""

    def __init__(
        self,
        books: Books,
        history: History,
        habits: Habits,
        alerts: Alerts,
        count: Callable[[], Awaitable[float | None]],
    ) -> None:
        self._books, self._history, self._habits, self._alerts, self._count = books, history, habits, alerts, count
        self._since: dict[str, float] = {}
        """Since when each dose runs no more."""

    async def look(self, active: Collection[int], now: float) -> None:
        """Close what has ended without a word; ``active`` are the pump's numbers of boluses that run."""
        for dose in self._books.here:
            if dose.is_over or dose.bolus_id is None or dose.bolus_id in active:
                continue
            if self._habits.reads_again_what_may_change and (units := await self._rewritten(dose)) is not None:
                self._books.delivered(dose, units, is_over=True)
            else:
                await self.settle(dose, now)

    async def settle(self, dose: Dose, now: float) -> None:
        """Close a dose of which no record tells, when there has been time enough for one. Raises one of ``LOST``."""
        if now - self._since.setdefault(dose.id, now) < LAG_S:
            return
        units = await self._counted(dose) if self._habits.reads_again_what_may_change else None
        if units is not None:
            self._books.delivered(dose, units, is_over=True)
        elif self._habits.admits_what_it_cannot_know:
            self._books.unknowable(dose)
            self._alerts.set("uncertain_dose")

    async def _rewritten(self, dose: Dose) -> float | None:
        """What the record of its start tells now, if that is another amount than was asked for."""
        record = None if dose.record is None else await self._history.again(dose.record)
        if record is None or not isinstance(record.event, ids.BolusProgrammed1Of2):
            return None
        units = amount(record.event.fast_amount) + amount(record.event.extended_amount)
        return None if units == dose.requested else units

    async def _counted(self, dose: Dose) -> float | None:
        """What the pump has counted since it was asked for, less what other boluses were given since."""
        total = await self._count()
        if dose.before is None or total is None:
            return None
        units = total - dose.before - self._books.given_since(dose)
        return units if dose.units <= units <= (dose.requested or units) else None
