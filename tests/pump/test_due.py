"""A pump knows when something is due next, whatever has been done to it, and asks for it only what may have changed."""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.core.quantities import hours, minutes, units
from isletbench.emulator.core.readings import CgmLink, GlucoseReading
from isletbench.emulator.pump import due, manual
from isletbench.emulator.pump.adjustment import WHOLE, Adjustment
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.fluid_path import NORMAL, Condition
from isletbench.emulator.pump.infusion_set import WEAR
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES
from isletbench.emulator.pump.states import Refused
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.ids import AnnunciationType, BolusType, TbrType, TherapyControlState
from tests.harness.deadlines import calls_of, searched_pump
from tests.pump.talking import EPOCH

BOLUSES = (BolusType.FAST, BolusType.EXTENDED, BolusType.MULTIWAVE)


def made(profile: str = "generic", **options: Any) -> Pump:
    basal = [(0, units(1)), (hours(12), units("0.5"))]
    return Pump(PROFILES[profile], epoch=EPOCH, basal=basal, reservoir=units(20), seed=1, **options)


def bolus(pump: Pump, now: int, n: int) -> None:
    type_ = BOLUSES[n % 3]
    fast, extended = (0 if type_ is BolusType.EXTENDED else units(1)), (0 if type_ is BolusType.FAST else units(2))
    lasting, delay = (0 if type_ is BolusType.FAST else minutes(30)), (minutes(n) if n % 2 else None)
    pump.set_bolus(Prescription(type=type_, fast=fast, extended=extended, duration=lasting, delay=delay), now)


def tbr(pump: Pump, now: int, n: int) -> None:
    pump.set_tbr(Adjustment(type=TbrType.RELATIVE, value=(n % 3) * WHOLE // 2, duration=minutes(30)), now, change=bool(n % 2))


def first_shown(pump: Pump) -> int:
    return next(iter(pump.parts.annunciations.active), 0)


def reading(pump: Pump, now: int, n: int) -> None:
    pump.set_cgm_link(CgmLink.CONNECTED, now)
    pump.receive_glucose([GlucoseReading(now, 40.0 + 12 * n, -2.0)], now)


DONE: Mapping[str, Callable[[Pump, int, int], object]] = {
    "bolus": bolus,
    "cancel bolus": lambda pump, now, n: pump.cancel_bolus(n, now),
    "tbr": tbr,
    "cancel tbr": lambda pump, now, n: pump.cancel_tbr(now),
    "drop tbr": lambda pump, now, n: manual.drop_tbr(pump, now),
    "therapy": lambda pump, now, n: pump.set_therapy(tuple(TherapyControlState)[n % len(TherapyControlState)], now),
    "detach": lambda pump, now, n: manual.detach_reservoir(pump, now),
    "attach": lambda pump, now, n: manual.attach_reservoir(pump, units(n), now, new_set=bool(n % 2)),
    "level": lambda pump, now, n: pump.set_fill_level(units(n), now),
    "prime": lambda pump, now, n: pump.start_priming(units(1), now),
    "stop priming": lambda pump, now, n: pump.stop_priming(now),
    "issue": lambda pump, now, n: manual.report_issue(pump, AnnunciationType.DATE_TIME_ISSUE, now),
    "snooze": lambda pump, now, n: pump.snooze(first_shown(pump), now),
    "confirm": lambda pump, now, n: pump.confirm(first_shown(pump), now),
    "acknowledge": lambda pump, now, n: manual.acknowledge(pump, now),
    "block": lambda pump, now, n: manual.set_condition(pump, Condition(block=math.inf if n % 2 else 500.0), now),
    "clear": lambda pump, now, n: manual.set_condition(pump, NORMAL, now),
    "replace pump": lambda pump, now, n: manual.replace_pump(pump, units(n), now, ready=bool(n % 2), ages=bool(n % 3)),
    "lose counters": lambda pump, now, n: manual.lose_counters(pump, now),
    "lose power": lambda pump, now, n: manual.lose_power(pump, now),
    "power off": lambda pump, now, n: manual.power_off(pump, now),
    "power on": lambda pump, now, n: manual.power_on(pump, now),
    "battery": lambda pump, now, n: manual.replace_battery(pump, now, level=1 + 9 * n),
    "set clock": lambda pump, now, n: pump.set_clock(pump.shows(now) + timedelta(hours=n - 5), now),
    "zone": lambda pump, now, n: pump.set_local_time(n, DstOffset.STANDARD, now),
    "lose clock": lambda pump, now, n: manual.lose_clock(pump, now),
    "drift": lambda pump, now, n: manual.drift(pump, 1_000 * (n - 5), now),
    "operation time": lambda pump, now, n: pump.reset_operation_time(now),
    "reading": reading,
    "switch": lambda pump, now, n: manual.switch_low_suspend(pump, now, on=bool(n % 2)),
    "resume basal": lambda pump, now, n: manual.resume_basal(pump, now),
}
"""What can be done to a pump that may change when something is due."""
SPANS = (0, 1, 2_000, 60_000, 1_800_000, 20_000_000)
Deed = tuple[str, int, int]
"""What is done, a number that varies it, and how long nothing is done after it, ms."""


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(PROFILES)),
    st.sampled_from(sorted(WEAR)),
    st.lists(
        st.tuples(
            st.sampled_from(sorted(DONE)), st.integers(0, 10), st.sampled_from((0, 1, 2_000, 60_000, 1_800_000, 20_000_000))
        ),
        max_size=25,
    ),
)
def test_the_next_deadline_it_knows_is_the_one_a_search_finds(
    profile: str, wear: str, done: list[tuple[str, int, int]]
) -> None:
    pump, now = made(profile, wear=WEAR[wear]), 0
    for what, n, span in done:
        with suppress(Refused):
            DONE[what](pump, now, n)
        assert pump.next_deadline == searched_pump(pump), what
        now += span
        pump.advance(now)
        assert pump.next_deadline == searched_pump(pump), f"after {what} and {span} ms"


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The places of the table that are asked for their deadline from now on."""
    asked: list[int] = []

    def counting(place: int, row: due.Due) -> due.Due:
        def deadline(parts: Any) -> int | None:
            asked.append(place)
            return row.deadline(parts)

        return replace(row, deadline=deadline)

    monkeypatch.setattr(due, "DUE", tuple(counting(place, row) for place, row in enumerate(due.DUE)))
    return asked


def test_as_long_as_nothing_is_due_no_part_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(monkeypatch)
    pump = made()
    assert pump.next_deadline is not None
    assert pump.next_deadline > 1_000
    asked.clear()
    for now in range(1, 1_001):
        pump.advance(now)
        assert pump.next_deadline is not None
    assert asked == []


def test_a_pulse_of_basal_asks_the_parts_that_it_changes_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(monkeypatch)
    pump = made()
    pump.advance(minutes(5))  # the first pulse has made the reservoir low, which vibrates
    pulse = pump.next_deadline
    assert pulse is not None
    asked.clear()
    pump.advance(pulse)
    assert pump.next_deadline is not None
    changed = {"basal", "delivery", "path", "history", "totals"}
    assert 0 < len(set(asked)) < len(due.DUE) // 2
    assert all(changed & set(due.DUE[place].parts) for place in asked)


def test_what_a_pump_has_lived_through_makes_no_later_instant_dearer() -> None:
    young, old = made(), made()
    old.advance(hours(30))
    for _ in range(20):
        manual.report_issue(old, AnnunciationType.DATE_TIME_ISSUE, old.now)
    for pump in (young, old):
        assert pump.next_deadline is not None
        pump.advance(pump.next_deadline)
        assert pump.next_deadline is not None
    costs = [calls_of(lambda pump=pump: pump.advance(pump.now + 1)) for pump in (young, old)]  # type: ignore[misc]
    assert costs[0] == costs[1] <= 15
