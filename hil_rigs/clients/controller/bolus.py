"""Boluses: from the user's request to the moment in which it is known what was delivered."""

import math
from collections import Counter
from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.delivered_totals import DeliveredTotals
from isletbench.hil_rigs.clients.controller.doses import Dose, DoseLog
from isletbench.hil_rigs.clients.controller.ended_boluses import EndedBolusReconciler
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.session import COMMUNICATION_ERRORS, Session
from isletbench.hil_rigs.clients.controller.user_requests import PendingRequests, UserRequest
from isletbench.protocols import ids
from isletbench.protocols.ids import BolusActivation, BolusType, BolusValueSelection, Feature

TOO_LATE_S = 1_800.0
"""A bolus that could not be given for so long is not given: its user has eaten, or has not."""
TRIES = 3
"""How often a bolus is asked for that was certainly not given."""
STEP_U = 0.05
"""Amounts are multiples of this: the pump's own step, as its manual says; no characteristic does."""


class BolusDelivery:
    """Gives the boluses that the user wants, one after the other, and finds out what became of each."""

    def __init__(
        self,
        session: Session,
        *,
        doses: DoseLog,
        requests: PendingRequests,
        status: PumpStatus,
        totals: DeliveredTotals,
        ended: EndedBolusReconciler,
        alerts: Alerts,
    ) -> None:
        self._session, self._doses, self._requests, self._status = session, doses, requests, status
        self._totals, self._ended, self._alerts = totals, ended, alerts
        self._tries: Counter[UserRequest] = Counter()
        self._asked: UserRequest | None = None
        """The bolus that was asked for last."""
        self._before: float | None = None
        """The pump's count of bolus insulin before that, U."""

    async def give_next(self) -> None:
        """Give the bolus that is due, where nothing speaks against it. Raises one of ``COMMUNICATION_ERRORS``."""
        request = self._requests.bolus(now())
        if request is not None and now() - request.at > TOO_LATE_S:
            self._requests.drop(request)
        elif request is not None and self._may_give():
            await self._give(request)

    async def give_automatic(self, units: float) -> None:
        """Give a bolus that an algorithm wants, U, where nothing speaks against it. Raises one of ``COMMUNICATION_ERRORS``."""
        if self._may_give() and self._deliverable(units) > 0:
            await self._give(UserRequest(now(), "bolus", units, is_automatic=True))

    def _may_give(self) -> bool:
        """Whether nothing speaks against a bolus, least of all another one."""
        return self._status.may_deliver and not self._doses.is_open

    async def _give(self, request: UserRequest) -> None:
        """Ask for one bolus: from that moment on it is uncertain, until the pump answers."""
        units = self._deliverable(request.units)
        self._status.foresee(units)
        self._before = await self._totals.bolus()
        self._tries[request] += 1
        self._requests.take(request)
        self._asked = request
        dose = self._doses.request(units, self._before)
        fast, extended = (0.0, units) if request.minutes else (units, 0.0)
        kind = BolusType.EXTENDED if request.minutes else BolusType.FAST
        try:
            bolus = ids.SetBolus(kind, fast, extended, request.minutes, activation_type=self._activation(request))
            answer: Any = await self._session.ask(ids.COMMAND_POINT, bolus)
        except COMMUNICATION_ERRORS:
            self._alerts.set("uncertain_dose")
            raise
        if isinstance(answer, ids.SetBolusResponse):
            self._doses.running(dose, answer.bolus_id)
        else:
            self._doses.never_began(dose)
            self._refused(request)

    def _activation(self, request: UserRequest) -> BolusActivation | None:
        """What the pump is told about who wants the bolus: that a machine does, where the pump has a field for it."""
        knows = Feature.BOLUS_ACTIVATION_TYPE in self._session.features
        return BolusActivation.COMMANDED if request.is_automatic and knows else None

    def _deliverable(self, units: float) -> float:
        """The amount (U) rounded down to the pump's steps."""
        return round(math.floor(units / STEP_U + 1e-6) * STEP_U, 6)

    def _refused(self, request: UserRequest) -> None:
        """The pump refuses: it is not asked again."""
        self._requests.drop(request)

    async def look_at_running(self) -> tuple[int, ...]:
        """Read how far every bolus is that is being delivered, whoever has requested it; their bolus IDs."""
        active = await self._session.active_boluses()
        for bolus_id in active:
            if not self._doses.is_known(bolus_id):
                programmed = await self._amount(bolus_id, BolusValueSelection.PROGRAMMED)
                if programmed is not None:
                    self._doses.of(bolus_id, programmed)
            delivered = await self._amount(bolus_id, BolusValueSelection.DELIVERED)
            if delivered is not None:
                self._doses.delivered(self._doses.of(bolus_id), delivered, is_over=False)
        return active

    async def _amount(self, bolus_id: int, selection: BolusValueSelection) -> float | None:
        """One of the amounts of a bolus, U; None when it has ended meanwhile."""
        answer: Any = await self._session.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusDelivery(bolus_id, selection))
        if not isinstance(answer, ids.GetActiveBolusDeliveryResponse):
            return None
        amounts = (answer.fast_amount, answer.extended_amount)
        return sum(amount for amount in amounts if isinstance(amount, float))

    async def resolve(self, dose: Dose) -> None:
        """Nothing that was read says what became of a dose: find out whether it was never begun. Raises one of
        ``COMMUNICATION_ERRORS``."""
        if await self._may_have_begun(dose):
            await self._ended.settle(dose, now())
        else:
            self.not_given(dose)

    async def _may_have_begun(self, dose: Dose) -> bool:
        """Whether the pump has counted more bolus insulin than before, or does not say: no record yet is no proof."""
        if self._before is None:
            return False
        count = await self._totals.bolus()
        return count is None or not math.isclose(count, self._before + self._doses.given_since(dose), abs_tol=0.001)

    def not_given(self, dose: Dose) -> None:
        """A dose was certainly not given: ask for it again, up to ``TRIES`` times."""
        self._doses.never_began(dose)
        request, self._asked = self._asked, None
        if request is not None and request.is_automatic:
            return  # the next reading decides anew
        if request is not None and self._tries[request] < TRIES:
            self._requests.put_back(request)
        elif request is not None:
            self._requests.drop(request)
