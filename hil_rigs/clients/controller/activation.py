"""Getting a pump to run after its reservoir was changed: the next step is the one that the pump reports."""

from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.living import Alerts
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols import ids
from isletbench.protocols.ids import AnnunciationType, OperationalState, Response, TherapyControlState

BROKEN = frozenset(
    {
        AnnunciationType.SYSTEM_ISSUE,
        AnnunciationType.MECHANICAL_ISSUE,
        AnnunciationType.OCCLUSION_DETECTED,
        AnnunciationType.BATTERY_EMPTY,
        AnnunciationType.INFUSION_SET_DETACHED,
    }
)
"""While one of these is shown a pump is not to be set going."""


class Activation:
    """Primes and starts a pump, a step at a time, as often as the connection is lost meanwhile."""

    def __init__(self, session: Session, habits: Habits, alerts: Alerts) -> None:
        self._session, self._habits, self._alerts = session, habits, alerts
        self._remembered = OperationalState.WAITING
        """Where a careless client believes that it is."""

    async def step(self, amount: float) -> bool:
        """The next step; ``amount`` U are to be primed. Whether there is none left to be done, or it is no use. Raises one of
        ``LOST``."""
        status: ids.Status = await self._session.read(ids.STATUS)
        if status.therapy_control_state is TherapyControlState.RUN:
            return True
        shown: ids.AnnunciationStatusValue = await self._session.read(ids.ANNUNCIATION_STATUS)
        told = shown.annunciation
        if told is not None and told.type in BROKEN and self._habits.heeds_what_a_pump_shows_first:
            self._alerts.set("pump_fault")
            return True
        state = status.operational_state if self._habits.goes_by_the_step_that_is_reported else self._remembered
        match state:
            case OperationalState.WAITING if told is not None and told.type is AnnunciationType.INFUSION_SET_INCOMPLETE:
                return await self._do(ids.ConfirmAnnunciation(told.instance_id))
            case OperationalState.WAITING:
                over = await self._do(ids.StartPriming(amount))
                self._remembered = OperationalState.READY
                return over
            case OperationalState.READY:
                return await self._do(ids.SetTherapyControlState(TherapyControlState.RUN))
            case _:
                return False  # it primes, or waits for hands

    async def _do(self, command: object) -> bool:
        """Whether the pump refuses, which ends it; what has been done shows at the next step."""
        answer = await self._session.ask(ids.COMMAND_POINT, command)
        refused = isinstance(answer, ids.CommandResponseCode) and answer.code is not Response.SUCCESS
        if refused and self._habits.heeds_refusals:
            self._alerts.set("refused")
            return True
        return False
