"""Getting a pump to run after a change of its reservoir: the next step is the one that the pump reports."""

from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.annunciations import BROKEN
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols import ids
from isletbench.protocols.ids import AnnunciationType, OperationalState, Response, TherapyControlState


class Activation:
    """Primes and starts a pump, a step at a time, as often as the connection is lost meanwhile."""

    def __init__(self, session: Session, alerts: Alerts, status: PumpStatus) -> None:
        self._session, self._alerts, self._status = session, alerts, status
        self._answered: object | None = None
        """The last command that the pump has answered."""

    async def step(self, amount: float) -> bool:
        """Do the next step; ``amount`` U are to be primed. Whether there is none left to do, or it is no use. Raises one of
        ``COMMUNICATION_ERRORS``."""
        status: ids.Status = await self._session.read(ids.STATUS)
        if status.therapy_control_state is TherapyControlState.RUN:
            return True
        value: ids.AnnunciationStatusValue = await self._session.read(ids.ANNUNCIATION_STATUS)
        shown = value.annunciation
        if shown is not None and self._forbids_start(shown):
            self._alerts.set("pump_fault")
            return True
        match self._state(status):
            case OperationalState.WAITING if shown is not None and shown.type is AnnunciationType.INFUSION_SET_INCOMPLETE:
                return await self._do(ids.ConfirmAnnunciation(shown.instance_id))
            case OperationalState.WAITING if self._may_be_worn(status):
                self._alerts.set("refused")  # its user takes the set off first, or starts the pump as it is
                return True
            case OperationalState.WAITING:
                return await self._do(ids.StartPriming(amount))
            case OperationalState.READY:
                return await self._do(ids.SetTherapyControlState(TherapyControlState.RUN))
            case _:
                return False  # it primes, or waits for somebody to do something to it

    def _forbids_start(self, shown: ids.Annunciation) -> bool:
        """Whether a pump that shows this must not be started."""
        return shown.type in BROKEN

    def _may_be_worn(self, status: ids.Status) -> bool:
        """Whether what is primed may go into the body, whatever the pump waits for."""
        return self._status.is_worn(status.reservoir_remaining)

    def _state(self, status: ids.Status) -> OperationalState:
        """How far the pump is: as it reports."""
        return status.operational_state

    async def _do(self, command: object) -> bool:
        """Send a command. Whether the pump refuses, which ends the activation; what it has done shows at the next step."""
        answer = await self._session.ask(ids.COMMAND_POINT, command)
        self._answered = command
        if isinstance(answer, ids.CommandResponseCode) and answer.code is not Response.SUCCESS:
            self._alerts.set("refused")
            return True
        return False
