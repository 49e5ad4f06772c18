"""Careless clients: insulin, and what the user wants of the pump."""

from isletbench.hil_rigs.clients.algorithms.contract import Situation
from isletbench.hil_rigs.clients.controller.basal import BasalAdjustment
from isletbench.hil_rigs.clients.controller.bolus import BolusDelivery
from isletbench.hil_rigs.clients.controller.delivered_totals import DeliveredTotals
from isletbench.hil_rigs.clients.controller.effect_watch import EffectWatch
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump import PumpDriver
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.reservoir import ReservoirWatch
from isletbench.hil_rigs.clients.controller.user_commands import UserCommands
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest
from isletbench.protocols import ids
from isletbench.protocols.ids import TherapyControlState


class SendsAgain(PumpDriver):
    """The client sends a bolus again that was not answered, and does not look at the pump before.

    Report: LoopKit/Loop#2275 (DLV-01).
    """

    async def _catch_up(self) -> None:
        self.status.therapy = TherapyControlState.RUN
        if self._doses.open_question is not None:
            self._bolus.not_given(self._doses.open_question)


class DoesNotLook(PumpDriver):
    """The client takes a pump to run, and looks at nothing that may have happened without it.

    Report: nightscout/AndroidAPS#4378 (DLV-04).
    """

    async def _catch_up(self) -> None:
        self.status.therapy = TherapyControlState.RUN


class OverridesItsUser(PumpStatus):
    """The client starts a pump that its user has stopped.

    Report: LoopKit/Loop#1427 (DLV-14).
    """

    async def look(self) -> None:
        await super().look()
        if not self.may_deliver:
            await self._session.ask(ids.COMMAND_POINT, ids.SetTherapyControlState(TherapyControlState.RUN))
            self.therapy = TherapyControlState.RUN


class GivesTheRest(PumpDriver):
    """The client gives a bolus anew when the connection is lost before the bolus has ended.

    Report: jbr7rr/MedtrumKit#93 (DLV-05).
    """

    async def _on_connected(self) -> None:
        await super()._on_connected()
        last = self._doses.doses[-1] if self._doses.doses else None
        if last is not None and not last.is_over and last.requested is not None:
            last.is_over = True
            self._requests.put_back(UserRequest(now(), "bolus", last.requested))


class TakesNoForAnAnswerNever(BolusDelivery):
    """The client asks for a bolus again and again that the pump refuses.

    Report: nightscout/AndroidAPS#3737 (DLV-18).
    """

    def _refused(self, request: UserRequest) -> None:
        self._requests.put_back(request)


class AsksForAnyAmount(BolusDelivery):
    """The client asks for amounts between the steps of the pump.

    Report: nightscout/AndroidAPS#649 (DLV-27).
    """

    def _deliverable(self, units: float) -> float:
        return units


class NeverFallsBack(BasalAdjustment):
    """The client sets its last temp basal again and again while no reading comes.

    Report: LoopKit/Loop#1817 (CGM-07).
    """

    def _take_factor(self) -> float | None:
        return self.factor


class NeverReadsBack(BasalAdjustment):
    """The client takes a temp basal for what it has asked for.

    Report: openaps/oref0#1395 (DLV-26).
    """

    async def _verify(self, value: float) -> None:
        pass


class AsksForEver(DeliveredTotals):
    """The client repeats a request that the pump does not answer in every round.

    Report: nightscout/AndroidAPS#5092 (LNK-13).
    """

    def _put_off(self) -> None:
        pass


class CreditsItsSchedule(DeliveredTotals):
    """The client logs basal insulin by the scheduled rate, whatever the pump was doing.

    Report: nightscout/AndroidAPS#2524 (DLV-16).
    """

    _rate = 0.0
    """The last scheduled rate, U/h."""

    async def _basal_delivered(self, counted: float) -> float:
        basal = await self._session.active_basal()
        if basal is not None and isinstance(basal.config_value, float):
            self._rate = basal.config_value
        return self._rate * now() / 3_600


class TrustsDelivered(EffectWatch):
    """The client takes what the pump says it has delivered for insulin in the body, whatever glucose does.

    Report: tidepool-org/data-science-simulator, TLR-956 (CLP-01).
    """

    def _is_missing(self, situation: Situation) -> bool:
        return False


class TrustsDisplays(ReservoirWatch):
    """The client takes a display that says *50 U or more* for 50 U, and one that says 0 U for an empty reservoir.

    Report: LoopKit/Loop#960 (DLV-21).
    """

    def _can_be_compared(self, before: float, shown: float, counted: float) -> bool:
        return True


class BelievesItsButtons(UserCommands):
    """The client takes a request for done as soon as its user has made it.

    Report: AAPS-Omnipod/AndroidAPS-OLD#160 (DLV-17).
    """

    async def _carry_out(self, request: UserRequest) -> None:
        self._requests.take(request)
        await super()._carry_out(request)
