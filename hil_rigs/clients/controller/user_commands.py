"""What the user wants of a pump besides insulin: start, stop, cancel, set the clock, confirm, activate."""

from isletbench.hil_rigs.clients.controller.activation import Activation
from isletbench.hil_rigs.clients.controller.annunciations import Annunciations
from isletbench.hil_rigs.clients.controller.bolus import TOO_LATE_S
from isletbench.hil_rigs.clients.controller.history import History
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump_clock import PumpClock
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.user_requests import PendingRequests, UserRequest
from isletbench.protocols import ids
from isletbench.protocols.ids import TherapyControlState


class UserCommands:
    """Carries out requests until the pump has done what was wanted."""

    def __init__(
        self,
        session: Session,
        *,
        requests: PendingRequests,
        status: PumpStatus,
        history: History,
        clock: PumpClock,
        annunciations: Annunciations,
        activation: Activation,
    ) -> None:
        self._session, self._requests, self._status, self._history = session, requests, status, history
        self._clock, self._annunciations, self._activation = clock, annunciations, activation

    async def obey(self) -> None:
        """Carry out every request that is due, except boluses. Raises one of ``COMMUNICATION_ERRORS``."""
        for request in self._requests.due(now()):
            if request.do == "meal":
                self._requests.drop(request)  # no algorithm has taken it in
            elif request.do != "bolus":
                await self._carry_out(request)

    async def _carry_out(self, request: UserRequest) -> None:
        """Carry out a request. It is done when the pump says so, not when the button was pressed: until then it stays due."""
        match request.do:
            case "cancel_bolus":
                await self._cancel_boluses()
            case "set_clock" if not await self._clock.set_right():
                self._requests.drop(request)  # what the pump has refused once it refuses again
            case "set_clock":
                pass
            case "confirm":
                await self._annunciations.confirm()
            case "activate" if not await self._activation.step(request.units):
                return
            case "activate":
                await self._status.look()
            case _ if not await self._set_therapy(request):
                return
        self._requests.take(request)

    async def _set_therapy(self, request: UserRequest) -> bool:
        """Start or stop therapy. Whether the pump has done so, or it is too late."""
        wanted = TherapyControlState.STOP if request.do == "stop" else TherapyControlState.RUN
        if wanted is TherapyControlState.STOP:
            self._requests.withdraw_boluses(request.at)
        await self._session.ask(ids.COMMAND_POINT, ids.SetTherapyControlState(wanted))
        await self._status.look()
        if self._status.therapy is not wanted and now() - request.at > TOO_LATE_S:
            self._requests.drop(request)
            return True
        return self._status.therapy is wanted

    async def _cancel_boluses(self) -> None:
        """End every bolus that is being delivered, and give none that waits; how much it was, its records say."""
        self._requests.withdraw_boluses(now())
        for bolus_id in await self._session.active_boluses():
            await self._session.ask(ids.COMMAND_POINT, ids.CancelBolus(bolus_id))
        await self._history.catch_up()
