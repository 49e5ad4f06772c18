"""Whatever is commanded, broken and repaired: insulin is conserved exactly, and every pulse has a cause."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from isletbench.emulator.core.quantities import hours, minutes, units
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.adjustment import WHOLE, Adjustment
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.events import BolusEnded, PrimedIntoBody, Pulse
from isletbench.emulator.pump.fluid_path import NORMAL, Condition
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES
from isletbench.emulator.pump.states import Refused
from isletbench.protocols.ids import BolusType, TbrType, TherapyControlState
from tests.pump.talking import EPOCH

BROKEN: Sequence[Condition] = (
    NORMAL,
    Condition(block=math.inf),
    Condition(block=500.0),
    Condition(block=math.inf, leak=40.0),
    Condition(leak=3.0),
    Condition(block=math.inf, opens_every=minutes(20), opens_for=minutes(2)),
    Condition(air=units(2)),
    Condition(cannula_out=True),
)


class AnyLife(RuleBasedStateMachine):
    """A pump of some profile, and everything that can be done to it."""

    @initialize(
        profile=st.sampled_from(sorted(PROFILES)),
        reservoir=st.integers(0, 60),
        rate=st.integers(0, 40),
        hour=st.integers(0, 23),
        queues=st.integers(0, 2),
    )
    def fill(self, profile: str, reservoir: int, rate: int, hour: int, queues: int) -> None:
        self.now = 0
        basal = [(0, units(rate) // 10), (hours(12), units(rate // 2) // 10)]
        habits = replace(PROFILES[profile].habits, queues_boluses=queues, bolus_ends_with_link=queues > 0)
        self.profile = replace(PROFILES[profile], habits=habits)
        self.pump = Pump(self.profile, epoch=EPOCH.replace(hour=hour), basal=basal, reservoir=units(reservoir) // 10, seed=1)

    def does(self, act: Any, *args: Any, **options: Any) -> None:
        with suppress(Refused):
            act(*args, **options)

    @rule(span=st.integers(0, 3_600_000))
    def time_passes(self, span: int) -> None:
        self.now += span
        self.pump.advance(self.now)

    @rule(
        type_=st.sampled_from([BolusType.FAST, BolusType.EXTENDED, BolusType.MULTIWAVE]),
        fast=st.integers(0, 60),
        extended=st.integers(0, 60),
        halves=st.integers(0, 4),
        delay=st.none() | st.integers(0, 30),
    )
    def bolus(self, type_: BolusType, fast: int, extended: int, halves: int, delay: int | None) -> None:
        self.does(
            self.pump.set_bolus,
            Prescription(
                type=type_,
                fast=0 if type_ is BolusType.EXTENDED else units(fast) // 10,
                extended=0 if type_ is BolusType.FAST else units(extended) // 10,
                duration=0 if type_ is BolusType.FAST else minutes(30 * halves),
                delay=None if delay is None else minutes(delay),
            ),
            self.now,
        )

    @rule(number=st.integers(1, 5))
    def cancel(self, number: int) -> None:
        self.does(self.pump.cancel_bolus, number, self.now)

    @rule()
    def its_user_ends_the_boluses(self) -> None:
        self.does(manual.cancel_boluses, self.pump, self.now)

    @rule(clients=st.integers(0, 2), messages=st.integers(0, 5_000))
    def clients_come_and_go(self, clients: int, messages: int) -> None:
        self.pump.serve_clients(self.now, clients=clients, messages=messages)

    @rule(
        type_=st.sampled_from([TbrType.ABSOLUTE, TbrType.RELATIVE]),
        tenths=st.integers(0, 20),
        halves=st.integers(1, 4),
        change=st.booleans(),
    )
    def tbr(self, type_: TbrType, tenths: int, halves: int, change: bool) -> None:
        wanted = Adjustment(type=type_, value=tenths * WHOLE // 10, duration=minutes(30 * halves))
        self.does(self.pump.set_tbr, wanted, self.now, change=change)

    @rule()
    def cancel_tbr(self) -> None:
        self.does(self.pump.cancel_tbr, self.now)

    @rule(state=st.sampled_from(TherapyControlState))
    def therapy(self, state: TherapyControlState) -> None:
        self.does(self.pump.set_therapy, state, self.now)

    @rule(level=st.integers(0, 100), amount=st.integers(0, 100))
    def change_the_reservoir(self, level: int, amount: int) -> None:
        self.does(manual.detach_reservoir, self.pump, self.now)
        self.does(manual.attach_reservoir, self.pump, units(amount) // 10, self.now, new_set=amount % 2 == 0)
        self.does(self.pump.set_fill_level, units(level) // 10, self.now)

    @rule(amount=st.integers(0, 60))
    def prime(self, amount: int) -> None:
        self.does(self.pump.start_priming, units(amount) // 10, self.now)

    @rule()
    def stop_priming(self) -> None:
        self.does(self.pump.stop_priming, self.now)

    @rule()
    def confirm_everything(self) -> None:
        for instance_id in tuple(self.pump.parts.annunciations.active):
            self.does(self.pump.confirm, instance_id, self.now)

    @rule(condition=st.sampled_from(range(len(BROKEN))))
    def something_happens_to_the_infusion_set(self, condition: int) -> None:
        manual.set_condition(self.pump, BROKEN[condition], self.now)

    @rule(hours_=st.integers(-30, 30))
    def set_the_clock(self, hours_: int) -> None:
        self.pump.set_clock(self.pump.shows(self.now) + timedelta(hours=hours_), self.now)

    @rule(what=st.sampled_from(["lose_power", "power_off", "power_on", "stand_by", "wake", "lose_clock", "replace_battery"]))
    def power_and_sleep(self, what: str) -> None:
        self.does(getattr(manual, what), self.pump, self.now)

    @invariant()
    def insulin_is_conserved(self) -> None:
        reservoir, path = self.pump.parts.reservoir, self.pump.parts.path
        assert reservoir.filled == reservoir.remaining + reservoir.delivered + reservoir.primed + reservoir.discarded
        assert reservoir.delivered == path.pushed == path.in_line + path.to_tissue + path.leaked
        assert min(reservoir.remaining, reservoir.discarded, path.in_line, path.to_tissue, path.leaked) >= 0

    @invariant()
    def every_pulse_has_a_cause(self) -> None:
        pulses = self.pump.ledger.of(Pulse)
        of = {cause: sum(pulse.uu for _, pulse in pulses if pulse.cause == cause) for cause in ("basal", "bolus", "priming")}
        assert (of["basal"], of["bolus"]) == (self.pump.parts.totals.basal, self.pump.parts.totals.bolus)
        moved = {cause: sum(pulse.moved for _, pulse in pulses if pulse.cause == cause) for cause in of}
        worn = sum(pulse.uu for _, pulse in self.pump.ledger.of(PrimedIntoBody))
        assert moved["priming"] - worn == self.pump.parts.reservoir.primed
        assert moved["basal"] + moved["bolus"] + worn == self.pump.parts.reservoir.delivered
        assert [at for at, _ in pulses] == sorted(at for at, _ in pulses)

    @invariant()
    def no_bolus_is_exceeded(self) -> None:
        for running in self.pump.parts.boluses.active.values():
            assert 0 < running.remaining <= running.wanted.amount
            assert running.fast_delivered <= running.wanted.fast

    @invariant()
    def history_tells_of_every_pulse_of_an_ended_bolus(self) -> None:
        ended = self.pump.ledger.of(BolusEnded)
        running = sum(bolus.delivered for bolus in self.pump.parts.boluses.active.values())
        assert sum(bolus.delivered_uu for _, bolus in ended) + running == self.pump.parts.totals.bolus

    @invariant()
    def the_next_deadline_is_never_past(self) -> None:
        deadline = self.pump.next_deadline
        assert deadline is not None
        assert deadline >= self.now


AnyLife.TestCase.settings = settings(max_examples=40, stateful_step_count=60, deadline=None)
TestAnyLife = AnyLife.TestCase
