"""The status of a pump, as it was when it was last read."""

from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.annunciations import Annunciations
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.reconnect import ReconnectLoop
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols import ids
from isletbench.protocols.ids import TherapyControlState

MOST_MEANWHILE_U = 5.0
"""What a pump may have delivered between two looks."""


class PumpStatus:
    """Reads the state of therapy, the reservoir, and what the pump annunciates."""

    def __init__(self, session: Session, loop: ReconnectLoop, alerts: Alerts, annunciations: Annunciations) -> None:
        self._session, self._loop, self._alerts, self._annunciations = session, loop, alerts, annunciations
        self.therapy = TherapyControlState.UNDETERMINED
        self.reservoir: Any = None
        """What the pump says is left in its reservoir, U, or a special value."""
        self._left_while_running: Any = None
        """The same when therapy was last seen to run."""

    def is_worn(self, reservoir: Any) -> bool:
        """Whether the infusion set may still be in the body: therapy has run, and ``reservoir`` U are about as many as then.

        With another reservoir there are more, or so many less that nobody can have been given them meanwhile.
        """
        before = self._left_while_running
        if not isinstance(before, float) or not isinstance(reservoir, float):
            return False
        return before - MOST_MEANWHILE_U <= reservoir <= before

    @property
    def may_deliver(self) -> bool:
        """Whether therapy ran when it was last read."""
        return self.therapy is TherapyControlState.RUN

    def foresee(self, units: float) -> None:
        """Notify the user where a bolus (U) is more than what the pump says is left; a display of 0 may hide a margin."""
        if isinstance(self.reservoir, float) and 0 < self.reservoir < units:
            self._annunciations.notify("reservoir")

    async def look(self) -> None:
        """Read the status, and notify the user of what is wrong. Raises one of ``COMMUNICATION_ERRORS``."""
        status: ids.Status = await self._session.read(ids.STATUS)
        self._loop.last_contact = now()
        shown: ids.AnnunciationStatusValue = await self._session.read(ids.ANNUNCIATION_STATUS)
        self.reservoir = status.reservoir_remaining
        self.therapy = status.therapy_control_state
        if self.therapy is TherapyControlState.RUN:
            self._left_while_running = status.reservoir_remaining
        self._alerts.set("suspended", not self.may_deliver)
        await self._annunciations.heed(shown.annunciation, runs=self.may_deliver)
