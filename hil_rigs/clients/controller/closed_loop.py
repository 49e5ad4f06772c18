"""Closing the loop: on every new reading an algorithm decides, and its decision is carried out on the pump.

Whatever the algorithm, the client keeps to the same rules: it decides on what the pump's history says was delivered; it decides
once for each reading, and on none that is old; it sets no temp basal that outlives it by more than half an hour, and gives no
bolus while anything is unknown or still being delivered.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from isletbench.hil_rigs.clients.algorithms.bolus_calculator import meal_bolus
from isletbench.hil_rigs.clients.algorithms.contract import (
    Algorithm,
    AlgorithmError,
    Bolus,
    Decision,
    GlucoseReading,
    Meal,
    Schedule,
    Situation,
    TempBasal,
)
from isletbench.hil_rigs.clients.algorithms.settings import Settings
from isletbench.hil_rigs.clients.controller.alerts import ReportBelief
from isletbench.hil_rigs.clients.controller.basal import BasalAdjustment
from isletbench.hil_rigs.clients.controller.basal_log import BasalLog
from isletbench.hil_rigs.clients.controller.basal_profile import BasalProfile
from isletbench.hil_rigs.clients.controller.bolus import BolusDelivery
from isletbench.hil_rigs.clients.controller.doses import Dose, DoseLog
from isletbench.hil_rigs.clients.controller.effect_watch import EffectWatch
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump_clock import PumpClock
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.readings import Reading
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.user_requests import PendingRequests, UserRequest
from isletbench.protocols import ids
from isletbench.protocols.ids import TbrType

STALE_S = 12 * 60.0
"""A reading that is older when its turn comes is not decided on."""
DAY_S = 24 * 3_600.0
STEP_MIN = 5
REASON_LENGTH = 240


class ClosedLoop:
    """One algorithm on one pump."""

    def __init__(
        self,
        session: Session,
        algorithm: Algorithm,
        settings: Settings,
        report: ReportBelief,
        *,
        doses: DoseLog,
        deliveries: BasalLog,
        requests: PendingRequests,
        basal: BasalAdjustment,
        bolus: BolusDelivery,
        clock: PumpClock,
        status: PumpStatus,
        effect: EffectWatch,
    ) -> None:
        self._session, self._algorithm, self._settings, self._report = session, algorithm, settings, report
        self._doses, self._deliveries, self._requests = doses, deliveries, requests
        self._basal, self._bolus, self._clock, self._status, self._effect = basal, bolus, clock, status, effect
        self._profile = BasalProfile(session)
        self._due: Reading | None = None
        """The reading that is still to be decided on."""
        self._readings: Callable[[], Iterable[Reading]] = tuple
        self._meals: list[tuple[float, Meal]] = []
        """When (s) each meal was announced, by the client's clock."""
        self.decided_at = float("-inf")
        """When the algorithm last made a decision, s."""

    def new_reading(self, reading: Reading, readings: Callable[[], Iterable[Reading]]) -> None:
        """A new, usable reading has come; ``readings`` gives all that are stored.

        What insulin does is looked at at once: a pump that does not answer now must not keep its user from being notified.
        """
        self._due, self._readings = reading, readings
        if self._profile.schedule is not None:
            self._effect.look(self._known(self._profile.schedule))

    def on_connected(self) -> None:
        """Another connection: the profile may be another one."""
        self._profile.schedule = None

    @property
    def is_due(self) -> bool:
        """Whether there is something to decide, for which history has to be up to date."""
        return self._due is not None

    async def announce_meals(self) -> None:
        """Take in the meals that the user has announced by now, and ask for a bolus for each. Raises one of
        ``COMMUNICATION_ERRORS``."""
        for request in [one for one in self._requests.due(now()) if one.do == "meal"]:
            situation = await self._situation()
            if situation is None:
                return  # the pump is asked again in the next round
            self._requests.take(request)
            self._meals.append((now(), Meal(self._clock.calendar(now()), request.grams)))
            units = meal_bolus(situation, request.grams)
            if units > 0:
                self._requests.put_back(UserRequest(now(), "bolus", units))

    async def cycle(self) -> None:
        """Decide on the newest reading, and carry the decision out. Raises one of ``COMMUNICATION_ERRORS``."""
        reading = self._due
        if reading is None or self._doses.is_open:
            return
        self._due = None
        if now() - reading.measured > STALE_S or not self._status.may_deliver:
            return
        active = await self._session.active_basal()
        situation = await self._situation(active)
        if situation is None or active is None:
            return
        try:
            decision = self._algorithm.decide(situation)
        except AlgorithmError as error:
            self._report({"belief": "decision", "reason": str(error)[:REASON_LENGTH]})
            return
        self.decided_at = now()
        if self._effect.is_missing and decision.bolus > 0:
            decision = replace(decision, bolus=0.0, reason=f"insulin seems not to arrive, no bolus; {decision.reason}")
        decision = replace(decision, bolus=min(decision.bolus, self._settings.max_bolus))
        self._tell(decision)
        if decision.temp is not None:
            await self._basal.follow(decision.temp, active)
        if decision.bolus > 0:
            await self._bolus.give_automatic(decision.bolus)

    def _tell(self, decision: Decision) -> None:
        """Report what is forecast and what is done about it."""
        if decision.forecast:
            self._report({"belief": "forecast", "mg_dl": list(decision.forecast), "every": STEP_MIN * 60})
        belief = {"belief": "decision", "bolus": decision.bolus, "reason": decision.reason[:REASON_LENGTH]}
        if decision.temp is not None:
            belief |= {"rate": decision.temp.rate, "minutes": decision.temp.minutes}
        known = {"iob": decision.iob, "cob": decision.cob}
        self._report(belief | {name: value for name, value in known.items() if value is not None})

    # What is known

    async def _situation(self, active: ids.GetActiveBasalRateDeliveryResponse | None = None) -> Situation | None:
        """All that is known now; None while the pump does not tell its profile. Raises one of ``COMMUNICATION_ERRORS``."""
        if self._profile.schedule is None:
            basal = active or await self._session.active_basal()
            if basal is None or await self._profile.read(basal.template_number) is None:
                return None
        schedule = self._profile.schedule
        return None if schedule is None else self._known(schedule, active)

    def _known(self, schedule: Schedule, active: ids.GetActiveBasalRateDeliveryResponse | None = None) -> Situation:
        """All that is known now, without a question to the pump."""
        calendar, earliest = self._clock.calendar, now() - DAY_S
        usable = (one for one in self._readings() if one.measured > earliest and one.mg_dl is not None)
        glucose = sorted((one.measured, one.mg_dl or 0.0) for one in usable)
        self._meals = [(at, meal) for at, meal in self._meals if at > earliest]
        return Situation(
            calendar(now()),
            [GlucoseReading(calendar(measured), mg_dl) for measured, mg_dl in glucose],
            self._boluses(calendar, earliest),
            self._deliveries.deliveries(calendar),
            [meal for _, meal in self._meals],
            self._settings.therapy(schedule),
            _running(active),
        )

    def _boluses(self, calendar: Callable[[float], datetime], earliest: float) -> list[Bolus]:
        """The boluses in the body; one of which nobody knows counts with all that was asked for."""
        known = [(now() if dose.began is None else dose.began, self._units(dose)) for dose in self._doses.doses]
        return [Bolus(calendar(at), units) for at, units in sorted(known) if units > 0 and at > earliest]

    def _units(self, dose: Dose) -> float:
        """What a dose counts with, U: what was delivered, once that is known."""
        return dose.units if dose.certain and dose.is_over else max(dose.units, dose.requested or 0.0)


def _running(active: ids.GetActiveBasalRateDeliveryResponse | None) -> TempBasal | None:
    """The temp basal that runs, in U/h; None for a pump that follows its profile."""
    if active is None or active.tbr_type is None or not isinstance(active.tbr_adjustment, float):
        return None
    rate = active.tbr_adjustment
    if active.tbr_type is TbrType.RELATIVE:
        rate *= active.config_value if isinstance(active.config_value, float) else 0.0
    left = active.tbr_duration_remaining or 0
    return TempBasal(round(rate, 6), left, max((active.tbr_duration_programmed or left) - left, 0))
