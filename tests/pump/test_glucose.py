"""What a pump knows from its CGM, and what it alerts its user to."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.emulator.core.persistence import Mark
from isletbench.emulator.core.quantities import hours, minutes
from isletbench.emulator.core.readings import CgmLink, GlucoseReading
from isletbench.emulator.endpoints.ids.kind import PUMP
from isletbench.emulator.endpoints.ids.persistence import PumpPersistence
from isletbench.emulator.pump import manual, saved
from isletbench.emulator.pump.events import GlucoseReceived
from isletbench.emulator.pump.glucose import arrow
from isletbench.emulator.pump.glucose_limits import GlucoseLimits
from isletbench.protocols import ids
from isletbench.protocols.fields import SFLOAT, Special
from isletbench.protocols.ids import AnnunciationType, BasalContext, TbrType
from tests.pump.talking import BARE, READER, events, pump_of, talk
from tests.pump.worn import PREDICTIVE, QUIET, STEP, Worn

LOW, HIGH = AnnunciationType.GLUCOSE_LOW, AnnunciationType.GLUCOSE_HIGH
FALLING, RISING, LOST = AnnunciationType.GLUCOSE_FALLING, AnnunciationType.GLUCOSE_RISING, AnnunciationType.CGM_SIGNAL_LOST


def test_status_shows_glucose_trend_and_age_while_they_are_fresh() -> None:
    worn = Worn(None).reads(100, 104, 108)
    shown = worn.pump.status(worn.now)["cgm"]
    assert shown == {
        "link": "connected",
        "glucose_mg_dl": 108,
        "trend_mg_dl_per_min": 0.8,
        "arrow": "→",
        "age_min": 5,
        "low_suspend": "off",
        "basal_suspended_min": None,
    }
    assert "CGM connected, 108 mg/dL →" in PUMP.status_line(worn.pump.status(worn.now))
    worn.passes(minutes(11))
    shown = worn.pump.status(worn.now)["cgm"]
    assert (shown["glucose_mg_dl"], shown["trend_mg_dl_per_min"], shown["arrow"], shown["age_min"]) == (None, None, None, 16)
    assert "CGM connected, no glucose" in PUMP.status_line(worn.pump.status(worn.now))


def test_a_pump_without_a_cgm_shows_none() -> None:
    assert pump_of(talk()).status(0)["cgm"] is None


def test_the_trend_of_the_sensor_counts_where_it_gives_one() -> None:
    worn = Worn(None).reads(100, 101)
    worn.pump.receive_glucose([GlucoseReading(worn.now, 102.0, trend=-2.5)], worn.now)
    assert worn.pump.status(worn.now)["cgm"]["trend_mg_dl_per_min"] == -2.5


@pytest.mark.parametrize(
    ("trend", "drawn"),
    [(-3.5, "⇊"), (-3, "⇊"), (-2.5, "↓"), (-1.5, "↘"), (0, "→"), (1, "→"), (1.5, "↗"), (2.5, "↑"), (3.5, "⇈")],
)
def test_an_arrow_for_each_rate_of_change(trend: float, drawn: str) -> None:
    assert arrow(trend) == drawn


@given(level=st.integers(40, 400), slope=st.integers(-4, 4), order=st.permutations(range(4)), start=st.integers(0, 10**9))
def test_on_a_straight_line_the_prediction_is_the_line_in_whatever_order_readings_come(
    level: int, slope: int, order: list[int], start: int
) -> None:
    worn = Worn(None)
    worn.passes(start)
    at = [start + STEP * step for step in range(4)]
    worn.passes(3 * STEP)
    for step in order:
        worn.pump.receive_glucose([GlucoseReading(at[step], float(level + slope * 5 * step))], worn.now)
    predicted = worn.pump.parts.glucose.predicted(minutes(30), minutes(15), 3)
    assert predicted == level + slope * (15 + 30)


def test_readings_are_ground_truth_of_the_pump_with_what_was_measured_when() -> None:
    worn = Worn(None)
    worn.passes(minutes(20))
    worn.pump.receive_glucose(
        [GlucoseReading(minutes(20), None), GlucoseReading(minutes(15), 90.0, trend=1.0, backfilled=True)], worn.now
    )
    found = [o.event.fields() for o in worn.pump.ledger.entries if isinstance(o.event, GlucoseReceived)]
    assert found == [
        {"mg_dl": 90.0, "measured_ms": minutes(15), "trend": 1.0, "backfilled": True},
        {"mg_dl": None, "measured_ms": minutes(20)},
    ]


# Alerts


def test_high_low_and_rate_are_alerted_to_when_they_begin() -> None:
    worn = Worn(None, GlucoseLimits())
    worn.reads(100, 71, 70)
    assert worn.announced() == [FALLING, LOW]
    manual.acknowledge(worn.pump, worn.now)
    worn.reads(100, 249, 250)
    assert worn.announced()[2:] == [RISING, HIGH]


@pytest.mark.parametrize(("level", "type_"), [(70, LOW), (250, HIGH)])
def test_an_alert_that_its_user_has_confirmed_is_raised_again_only_where_the_condition_lasts(
    level: float, type_: AnnunciationType
) -> None:
    worn = Worn(None, replace(QUIET, low=70.0, high=250.0))
    worn.reads(level, level)
    assert worn.announced() == [type_]
    worn.reads(*[level] * 10)
    assert worn.announced() == [type_]  # still shown
    manual.acknowledge(worn.pump, worn.now)
    worn.reads(120, 120, 120, 120, 120, 120, 120)
    assert worn.announced() == [type_]
    worn.reads(level)
    assert worn.announced() == [type_, type_]


def test_after_a_confirmation_it_takes_the_time_of_the_profile_until_the_alert_comes_again() -> None:
    worn = Worn(None, replace(QUIET, low=70.0))
    worn.reads(65)
    manual.acknowledge(worn.pump, worn.now)
    assert [len(worn.reads(65).announced()) for _ in range(6)] == [1, 1, 1, 1, 1, 2]


def test_a_limit_can_be_switched_off() -> None:
    worn = Worn(None, QUIET)
    worn.reads(100, 40, 400)
    worn.passes(hours(3))
    assert worn.announced() == []


def test_the_signal_of_the_cgm_counts_as_lost_after_a_while_and_once() -> None:
    worn = Worn(None, replace(QUIET, signal_loss=minutes(30)))
    worn.passes(minutes(30) - 1)
    assert worn.announced() == []
    worn.passes(1)
    assert worn.announced() == [LOST]
    worn.passes(hours(5))
    assert worn.announced() == [LOST]
    manual.acknowledge(worn.pump, worn.now)
    worn.reads(100)
    worn.passes(minutes(30))
    assert worn.announced() == [LOST, LOST]


def test_a_reading_without_a_value_is_no_signal() -> None:
    worn = Worn(None, replace(QUIET, signal_loss=minutes(30)))
    for _ in range(7):
        worn.pump.receive_glucose([GlucoseReading(worn.now, None)], worn.now)
        worn.passes(STEP)
    assert worn.announced() == [LOST]


def test_a_pump_that_has_no_cgm_misses_none() -> None:
    made = talk()
    made.pass_to(hours(5))
    assert not pump_of(made).parts.annunciations.active


# On the wire


def test_over_the_air_an_alert_tells_glucose_and_rate_in_auxiliary_fields() -> None:
    made = talk(replace(BARE, glucose=GlucoseLimits()))
    made.device.machine.set_cgm_link(CgmLink.CONNECTED, 0)  # type: ignore[attr-defined]
    pump_of(made).receive_glucose([GlucoseReading(0, 65.0, trend=-1.5)], 0)
    value = made.read(ids.ANNUNCIATION_STATUS)
    assert value.annunciation.type is LOW
    assert [SFLOAT.parse(field.to_bytes(2, "little")) for field in (value.aux1, value.aux2)] == [65.0, -1.5]


def test_over_the_air_a_suspension_is_a_temp_basal_of_nothing_by_a_controller_and_the_history_says_what_it_is() -> None:
    made = talk(replace(BARE, glucose=QUIET, low_suspend=PREDICTIVE), rate="1.2")
    pump = pump_of(made)
    pump.receive_glucose([GlucoseReading(0, 65.0)], 0)
    made.pass_to(minutes(5))
    basal = made.ask(READER, ids.GetActiveBasalRateDelivery())
    assert (basal.tbr_type, basal.tbr_adjustment, basal.tbr_duration_programmed, basal.tbr_duration_remaining) == (
        *(TbrType.ABSOLUTE, 0.0),
        *(120, 115),
    )
    assert basal.context is BasalContext.AP_CONTROLLER
    pump.receive_glucose([GlucoseReading(minutes(5), 66.0)], minutes(5))
    assert events(made, ids.LowSuspendStarted) == [ids.LowSuspendStarted(ids.LowSuspendReason.ON_LOW, 65.0, Special.NAN)]
    assert events(made, ids.LowSuspendEnded) == [ids.LowSuspendEnded(ids.LowSuspendEndReason.GLUCOSE_RECOVERED, 5)]
    assert made.ask(READER, ids.GetActiveBasalRateDelivery()).tbr_type is None


# In a state file


def test_a_pump_from_a_state_file_has_its_bonds_and_no_readings_and_suspends_no_more() -> None:
    worn = Worn(PREDICTIVE)
    worn.pump.set_cgm_bonds({"F0:10:00:00:00:01": {"ltk": {"value": "00"}}}, 0)
    worn.reads(60)
    octets = saved.dump(worn.pump)
    assert json.loads(octets)["parts"]["low_suspend"]["state"]
    stored = PumpPersistence().snapshot(worn.pump, Mark())
    assert stored.memory == octets
    again = Worn(PREDICTIVE)
    saved.restore(again.pump, octets, saved.rows(worn.pump, 0), worn.pump.ledger.entries)
    assert saved.dump(again.pump) == octets
    manual.lose_power(again.pump, hours(1), since=worn.now)
    assert again.pump.cgm_bonds == worn.pump.cgm_bonds
    assert again.happened()[-1] == (60, "POWER_LOST")
    assert again.pump.parts.basal.delivered_rate > 0
    assert again.pump.parts.glucose.newest is None
