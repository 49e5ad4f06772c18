"""What drains a pump's battery, exactly: time, connections, messages and vibrations; and the levels at which it warns."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import hours, seconds, units
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.battery_use import BatteryUse
from isletbench.emulator.pump.events import AnnunciationRaised
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES, PumpProfile
from isletbench.emulator.pump.states import Refused
from isletbench.emulator.rigs.rig import load_rig
from isletbench.emulator.rigs.tuning import profile_of
from isletbench.protocols import ids
from isletbench.protocols.companions import AlertLevel
from isletbench.protocols.ids import AnnunciationType
from tests.pump.talking import EPOCH, STOP, pump_of, talk

STATUS = Key(ids.SERVICE, ids.STATUS.uuid)
A_DAY = replace(PROFILES["generic"], battery_life=hours(100), battery=BatteryUse())
"""An hour takes one percent."""


def pump(profile: PumpProfile = A_DAY, **battery: Any) -> Pump:
    profile = replace(profile, battery=replace(profile.battery, **battery))
    return Pump(profile, epoch=EPOCH, basal=[(0, 0)], reservoir=units(150), seed=1)


def warned(made: Pump) -> list[tuple[int, str]]:
    """When each annunciation was raised."""
    return [(at, event.type) for at, event in made.ledger.of(AnnunciationRaised)]


@pytest.mark.slow
def test_three_days_of_talking_cost_more_than_three_idle_ones() -> None:
    async def three_days(*, busy: bool) -> int:
        async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
            with virtual_bluetooth(bench.air, passkey=123456):
                for _ in range(72):
                    if busy:
                        client = BleakCollector("F0:10:00:00:00:02")
                        await client.connect()
                        for _ in range(60):
                            await client.read(STATUS)
                            await asyncio.sleep(60)
                        await client.disconnect()
                    else:
                        await asyncio.sleep(3_600)
                level: int = bench.status()["devices"]["pump"]["battery_percent"]
                return level

    assert [run(three_days(busy=busy), Pace(None)) for busy in (False, True)] == [86, 77]


def test_each_connection_and_each_message_takes_its_share() -> None:
    made = pump(connection=10_000, message=1_000)
    made.serve_clients(0, clients=1, messages=5)
    assert made.battery_level(0) == 99  # 1.5 % are gone
    made.serve_clients(0, clients=1, messages=5)
    assert made.battery_level(0) == 98
    made.serve_clients(0, clients=0, messages=0)
    made.serve_clients(0, clients=2, messages=10)
    assert made.battery_level(0) == 95


def test_a_connected_client_and_a_ring_drain_as_long_as_they_last() -> None:
    made = pump(connected=1.0, ringing=9.0)
    made.advance(hours(1))
    made.serve_clients(hours(1), clients=2, messages=0)
    made.advance(hours(2))
    assert made.battery_level(hours(2)) == 96
    made.serve_clients(hours(2), clients=0, messages=0)
    made.alert(AlertLevel.HIGH, hours(2))
    made.advance(hours(3))
    made.alert(AlertLevel.NONE, hours(3))
    made.advance(hours(5))
    assert made.battery_level(hours(5)) == 84


@given(parts=st.lists(st.integers(0, 40), min_size=1, max_size=12))
@settings(max_examples=8)
def test_what_is_gone_does_not_depend_on_how_it_was_counted(parts: list[int]) -> None:
    one, many = pump(message=7, connected=0.3), pump(message=7, connected=0.3)
    for made in (one, many):
        made.serve_clients(0, clients=1, messages=0)
    one.serve_clients(hours(3), clients=1, messages=sum(parts))
    for number, messages in enumerate(parts):
        many.serve_clients(hours(3) * number // len(parts), clients=1, messages=messages)
    for made in (one, many):
        made.serve_clients(hours(4), clients=0, messages=0)
    assert one.parts.battery.drained == many.parts.battery.drained


def test_it_warns_at_the_levels_of_its_make_and_sooner_where_it_is_talked_to() -> None:
    quiet, busy = pump(medium=70, low=60, empty=50), pump(medium=70, low=60, empty=50, connected=1.0)
    busy.serve_clients(0, clients=1, messages=0)
    names = ["BATTERY_MEDIUM", "BATTERY_LOW", "BATTERY_EMPTY"]
    quiet.advance(hours(60))
    busy.advance(hours(60))
    assert warned(quiet) == list(zip((hours(30), hours(40), hours(50)), names, strict=True))
    assert warned(busy) == list(zip((hours(15), hours(20), hours(25)), names, strict=True))
    assert quiet.parts.therapy.state is busy.parts.therapy.state is STOP
    with pytest.raises(Refused, match="no battery to put in"):
        manual.replace_battery(quiet, quiet.now, level=50)


def test_a_message_can_be_the_one_that_empties_it() -> None:
    made = talk(replace(A_DAY, battery=BatteryUse(message=400_000)))
    machine = pump_of(made)
    made.pass_to(seconds(1))
    assert machine.parts.therapy.state is STOP
    assert "BATTERY_EMPTY" in machine.status(made.now)["annunciations"]


@pytest.mark.parametrize("sounds", [True, False])
def test_an_annunciation_vibrates_and_one_that_is_muted_does_not(sounds: bool) -> None:
    made = pump(annunciation=50_000)
    if not sounds:
        manual.silence(made, 0, sounds=False, sends=True)
    manual.report_issue(made, AnnunciationType.DATE_TIME_ISSUE, 0)
    assert made.battery_level(0) == (95 if sounds else 100)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_make_lasts_as_long_as_it_says_when_nobody_talks_to_it(profile: str) -> None:
    made = pump(PROFILES[profile])
    life = made.profile.battery_life
    assert [made.battery_level(life * quarter // 4) for quarter in range(5)] == [100, 75, 50, 25, 0]


def test_a_battery_that_is_put_in_goes_on_being_drained_by_who_is_there() -> None:
    made = pump(connected=1.0)
    made.serve_clients(0, clients=1, messages=0)
    manual.replace_battery(made, 0, level=90)
    made.advance(hours(5))
    assert made.battery_level(hours(5)) == 80


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"message": -1}, "tuning.battery.message: expected 0 to 1000000, got -1"),
        ({"ringing": 1e9}, "tuning.battery.ringing: expected 0 to 1000, got 1e"),
        ({"low": 60}, "tuning.battery: medium, low, empty: expected falling percentages"),
        ({"medium": 100}, "tuning.battery.medium: expected 0 to 99"),
    ],
)
def test_what_no_battery_can_be_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        profile_of(load_rig().devices["pump"].model_copy(update={"tuning": {"battery": wrong}}))


@pytest.mark.parametrize(("given", "low", "message"), [("thirsty_radio", 20, 50), ({"low": 30, "message": 9}, 30, 9)])
def test_a_rig_names_a_battery_or_says_what_it_is(given: object, low: int, message: int) -> None:
    rig = load_rig()
    device = rig.devices["pump"].model_copy(update={"tuning": {"battery": given}})
    battery: BatteryUse = profile_of(device).battery
    assert (battery.low, battery.message) == (low, message)
