"""Driving a pump: look before every command, know what became of every dose, and leave the pump to itself when in doubt."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from isletbench.hil_rigs.clients.controller.activation import Activation
from isletbench.hil_rigs.clients.controller.annunciations import Annunciations
from isletbench.hil_rigs.clients.controller.books import Books, Dose
from isletbench.hil_rigs.clients.controller.ends import Ends
from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.history import History
from isletbench.hil_rigs.clients.controller.living import LOST, Alerts, Living, Tell
from isletbench.hil_rigs.clients.controller.pump_clock import PumpClock
from isletbench.hil_rigs.clients.controller.reservoir import ReservoirWatch
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.wishes import Wish, Wishes
from isletbench.protocols import ids
from isletbench.protocols.ids import (
    BasalContext,
    BolusType,
    BolusValueSelection,
    Feature,
    TbrType,
    TherapyControlState,
)

ROUND_S = 120.0
WITH_A_BOLUS_S = 30.0
TOTALS_EVERY_S = 1_800.0
HISTORY_EVERY_S = 1_800.0
TOO_LATE_S = 1_800.0
"""A bolus that could not be given for so long is not given: its user has eaten, or has not."""
TRIES = 3
STEP_U = 0.05
"""The amounts in which boluses are asked for; the pump's own, as its manual has it: nothing on the wire tells."""
TBR_MIN = 30
"""A temp basal ends by itself after so long: what is set once does not outlive the client."""


class PumpSide(Living):
    """Obeys its user, adjusts basal insulin, keeps books."""

    def __init__(self, session: Session, habits: Habits, tell: Tell, alerts: Alerts, wishes: Sequence[Wish]) -> None:
        super().__init__(session, habits, tell, alerts)
        self.books = Books(tell, habits, self.now)
        self.wishes = Wishes(wishes)
        self.therapy = TherapyControlState.UNDETERMINED
        self.factor: float | None = None
        """What basal is to be multiplied with; None: there is nothing new to decide."""
        self._last_factor: float | None = None
        self._tries: Counter[Wish] = Counter()
        self._asked: Wish | None = None
        """The bolus that was asked for last."""
        self._before: float | None = None
        """The pump's count of bolus insulin before the last bolus was asked for, U."""
        self._reservoir = ReservoirWatch(knows_displays=habits.knows_what_displays_can_show)
        self._shown: Any = None
        """What the pump has last said is left in its reservoir, U."""
        self._counted = 0.0
        """The pump's last count of basal insulin, U: it grows, unless it begins anew."""
        self._scheduled = 0.0
        self._serial: str | None = None
        self._totals_next = 600.0
        self._history_next = 0.0
        self._annunciations = Annunciations(session, habits, self.alerts, self.now)
        self.clock = PumpClock(session, habits, self.alerts, self.now)
        self.history = History(session, self.books, habits, self.clock, self._annunciations.past)
        self._activation = Activation(session, habits, self.alerts)
        self._ends = Ends(self.books, self.history, habits, self.alerts, self._bolus_total)

    @property
    def may_deliver(self) -> bool:
        """Whether therapy ran when it last looked."""
        return self.therapy is TherapyControlState.RUN and not self._annunciations.puts_off

    async def work(self) -> None:
        self._history_next = 0.0
        await self._recognise()
        self._give_the_rest()
        if self.habits.looks_at_the_pump_first:
            await self.catch_up()
        while True:
            await self.obey()
            await self.adjust()
            if self.now() >= self._totals_next:
                await self.ask_totals()
            await self.while_connected(self._pause())
            if self.habits.looks_at_the_pump_first:
                await self.catch_up()

    async def _recognise(self) -> None:
        """Which pump it is: another one has another history, and numbers that mean something else."""
        serial = await self.session.serial_number()
        if self._serial not in {None, serial} and self.habits.ties_what_it_knows_to_the_device:
            self.books.another_pump()
            self.history.begin_anew()
            self._annunciations.begin_anew(self.last_contact)
            self._counted = 0.0
        self._serial = serial

    def _pause(self) -> float:
        is_busy = self.books.is_open or any(wish.do == "activate" for wish in self.wishes.due(self.now()))
        usual = WITH_A_BOLUS_S if is_busy else ROUND_S
        next_at = self.wishes.next_at
        until = usual if next_at is None else next_at - self.now()
        return min(usual, until) if until > 0 else usual

    # Looking

    async def catch_up(self) -> None:
        """Everything that may have happened without us."""
        await self.look()
        if self.books.is_open or self.wishes.due(self.now()) or self.now() >= self._history_next:
            active = await self.look_at_boluses()
            await self.history.catch_up(self._is_wanted)
            self._history_next = self.now() + (0.0 if self.history.is_behind else HISTORY_EVERY_S)
            await self._ends.look(active, self.now())
        if self.books.open_question is not None and self.habits.asks_what_became_of_a_bolus:
            await self.resolve(self.books.open_question)
        self.alerts.set("uncertain_dose", self.books.doubts)

    async def look(self) -> None:
        """The state of therapy, and what the pump has to tell."""
        status: ids.Status = await self.session.read(ids.STATUS)
        self.last_contact = self.now()
        shown: ids.AnnunciationStatusValue = await self.session.read(ids.ANNUNCIATION_STATUS)
        self._shown = status.reservoir_remaining
        self.therapy = status.therapy_control_state
        self.alerts.set("suspended", not self.may_deliver)
        await self._annunciations.heed(shown.annunciation, runs=self.may_deliver)
        if not self.may_deliver and not self.habits.leaves_a_stopped_pump_alone:
            await self.session.ask(ids.COMMAND_POINT, ids.SetTherapyControlState(TherapyControlState.RUN))
            self.therapy = TherapyControlState.RUN

    def _is_wanted(self) -> bool:
        """Whether its user waits for something, and nothing in the history can speak against it."""
        return bool(self.wishes.due(self.now())) and self.books.open_question is None

    async def look_at_boluses(self) -> tuple[int, ...]:
        """How far every bolus that runs has come, whoever has asked for it; their numbers."""
        active = await self.session.active_boluses()
        for bolus_id in active:
            if not self.books.known(bolus_id):
                programmed = await self._bolus(bolus_id, BolusValueSelection.PROGRAMMED)
                if programmed is not None:
                    self.books.of(bolus_id, programmed)
            delivered = await self._bolus(bolus_id, BolusValueSelection.DELIVERED)
            if delivered is not None:
                self.books.delivered(self.books.of(bolus_id), delivered, is_over=False)
        return active

    async def _bolus(self, bolus_id: int, selection: BolusValueSelection) -> float | None:
        """One of its amounts, U; None when it has ended meanwhile."""
        answer: Any = await self.session.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusDelivery(bolus_id, selection))
        if not isinstance(answer, ids.GetActiveBolusDeliveryResponse):
            return None
        amounts = (answer.fast_amount, answer.extended_amount)
        return sum(amount for amount in amounts if isinstance(amount, float))

    async def totals(self) -> ids.GetDeliveredInsulinResponse | None:
        """What has been delivered altogether; None from a pump that does not answer that."""
        if self.now() < self._totals_next and self._totals_next > self.now() + TOTALS_EVERY_S:
            return None
        asked_before, self._totals_next = self._totals_next, self.now() + 24 * 3_600
        if not self.habits.remembers_what_is_not_answered:
            self._totals_next = asked_before
        answer: Any = await self.session.ask(ids.STATUS_READER_POINT, ids.GetDeliveredInsulin())
        self._totals_next = self.now() + TOTALS_EVERY_S
        if not isinstance(answer, ids.GetDeliveredInsulinResponse):
            return None
        if isinstance(answer.basal, float):
            if answer.basal < self._counted:
                self.books.counters_began_anew()
            self._counted = answer.basal
        return answer

    async def _bolus_total(self) -> float | None:
        """The pump's count of bolus insulin, U."""
        totals = await self.totals()
        return totals.bolus if totals and isinstance(totals.bolus, float) else None

    async def ask_totals(self) -> None:
        """Book the basal insulin that the pump says it has delivered."""
        answer = await self.totals()
        if answer is None or not isinstance(answer.basal, float) or not isinstance(answer.bolus, float):
            return
        self.alerts.set("no_delivery", self._reservoir.finds_missing(self._shown, answer.bolus + answer.basal))
        if self.habits.books_the_pumps_basal:
            self.books.basal(answer.basal)
        else:
            basal = await self._basal()
            if basal is not None and isinstance(basal.config_value, float):
                self._scheduled = basal.config_value
            self.books.basal(self._scheduled * self.now() / 3_600)

    async def _basal(self) -> ids.GetActiveBasalRateDeliveryResponse | None:
        """The rate that flows, and the temp basal that alters it; None while none does."""
        answer: Any = await self.session.ask(ids.STATUS_READER_POINT, ids.GetActiveBasalRateDelivery())
        return answer if isinstance(answer, ids.GetActiveBasalRateDeliveryResponse) else None

    # The user

    async def obey(self) -> None:
        """Do what the user wants and the pump allows; what comes too late is dropped, and the user told."""
        for wish in self.wishes.due(self.now()):
            if wish.do != "bolus":
                await self._do(wish)
        bolus = self.wishes.bolus(self.now())
        if bolus is not None and self.now() - bolus.at > TOO_LATE_S:
            self._drop(bolus)
        elif bolus is not None and self._may_give:
            await self.give(bolus)

    @property
    def _may_give(self) -> bool:
        """Whether nothing speaks against a bolus, least of all another one; who does not look does not know."""
        return not self.habits.looks_at_the_pump_first or (self.may_deliver and not self.books.is_open)

    def _drop(self, wish: Wish) -> None:
        self.wishes.take(wish)
        self.alerts.set("refused")

    async def _do(self, wish: Wish) -> None:
        """What is done when the pump says so, not when the button has been pressed."""
        if not self.habits.sees_things_through:
            self.wishes.take(wish)
        match wish.do:
            case "cancel_bolus":
                await self.cancel()
            case "set_clock":
                await self.clock.set_right()
            case "confirm":
                await self._annunciations.confirm()
            case "activate" if not await self._activation.step(wish.units):
                return
            case "activate":
                await self.look()
            case _ if not await self._set_therapy(wish):
                return
        self.wishes.take(wish)

    async def _set_therapy(self, wish: Wish) -> bool:
        """Start or stop it. Whether the pump has done so, or it is too late."""
        wanted = TherapyControlState.STOP if wish.do == "stop" else TherapyControlState.RUN
        if wanted is TherapyControlState.STOP:
            self.wishes.withdraw_boluses(wish.at)
        await self.session.ask(ids.COMMAND_POINT, ids.SetTherapyControlState(wanted))
        await self.look()
        if self.therapy is not wanted and self.now() - wish.at > TOO_LATE_S:
            self._drop(wish)
            return True
        return self.therapy is wanted

    async def give(self, wish: Wish) -> None:
        """One bolus: from the moment it is asked for it counts as uncertain, until the pump tells."""
        units = wish.units
        if self.habits.rounds_to_the_pumps_steps:
            units = round(math.floor(wish.units / STEP_U + 1e-6) * STEP_U, 6)
        self._before = await self._bolus_total() if self.habits.looks_at_the_pump_first else None
        self._tries[wish] += 1
        self.wishes.take(wish)
        self._asked = wish
        dose = self.books.order(units, self._before)
        fast, extended = (0.0, units) if wish.minutes else (units, 0.0)
        kind = BolusType.EXTENDED if wish.minutes else BolusType.FAST
        try:
            answer: Any = await self.session.ask(ids.COMMAND_POINT, ids.SetBolus(kind, fast, extended, wish.minutes))
        except LOST:
            if self.habits.asks_what_became_of_a_bolus:
                self.alerts.set("uncertain_dose")
            else:
                self.books.never(dose)
            if not (self.habits.asks_what_became_of_a_bolus and self.habits.looks_at_the_pump_first):
                self.wishes.put_back(wish)  # who does not ask can only guess
            raise
        if isinstance(answer, ids.SetBolusResponse):
            self.books.running(dose, answer.bolus_id)
        else:
            self.books.never(dose)
            if self.habits.heeds_refusals:
                self._drop(wish)
            else:
                self.wishes.put_back(wish)

    async def resolve(self, dose: Dose) -> None:
        """Nothing tells of a dose: whether it was never begun is the pump's to say, not silence's."""
        if self._before is not None and self.habits.waits_for_a_history_that_lags:
            count = await self._bolus_total()
            if count is None or not math.isclose(count, self._before + self.books.given_since(dose), abs_tol=0.001):
                await self._ends.settle(dose, self.now())
                return
        self.books.never(dose)
        wish, self._asked = self._asked, None
        if wish is not None and self._tries[wish] < TRIES:
            self.wishes.put_back(wish)
        elif wish is not None:
            self._drop(wish)

    async def cancel(self) -> None:
        """End every bolus that runs, and give none that waits; how much it was, its records tell."""
        self.wishes.withdraw_boluses(self.now())
        for bolus_id in await self.session.active_boluses():
            await self.session.ask(ids.COMMAND_POINT, ids.CancelBolus(bolus_id))
        await self.history.catch_up()

    def _give_the_rest(self) -> None:
        """What careless clients do about a bolus that was not seen to its end."""
        last = self.books.doses[-1] if self.books.doses else None
        if last is None or last.is_over or self.habits.believes_in_its_boluses or last.requested is None:
            return
        last.is_over = True
        self.wishes.put_back(Wish(self.now(), "bolus", last.requested))

    # Automation

    async def adjust(self) -> None:
        """Carry out what the last reading has decided, once, where nothing speaks against it."""
        factor, self.factor = self.factor, None
        if factor is None and not self.habits.falls_back:
            factor = self._last_factor
        if factor is None or not self.may_deliver or self.books.is_open:
            return
        basal = await self._basal()
        if basal is None:
            return
        self._last_factor = factor
        if factor != 1.0:
            await self._set_temp_basal(factor, basal)
        elif basal.tbr_type is not None:
            await self.session.ask(ids.COMMAND_POINT, ids.CancelTbrAdjustment())

    async def _set_temp_basal(self, factor: float, basal: ids.GetActiveBasalRateDeliveryResponse) -> None:
        """Set it, and read it back: one that is not what was meant is ended, and the user told."""
        kind, value = TbrType.RELATIVE, factor
        knows_factors = Feature.TBR_RELATIVE in self.session.features or not self.habits.asks_what_a_device_can
        if not knows_factors and isinstance(basal.config_value, float):
            kind, value = TbrType.ABSOLUTE, round(math.floor(basal.config_value * factor / STEP_U + 1e-6) * STEP_U, 6)
        change = basal.tbr_type is not None
        temp = ids.SetTbrAdjustment(kind, value, TBR_MIN, context=BasalContext.AP_CONTROLLER, change=change)
        await self.session.ask(ids.COMMAND_POINT, temp)
        if not self.habits.reads_back:
            return
        made = await self._basal()
        if made is not None and made.tbr_type is not None and made.tbr_adjustment != value:
            self.alerts.set("pump_fault")
            await self.session.ask(ids.COMMAND_POINT, ids.CancelTbrAdjustment())
