"""The rigs of ways in which pump and CGM live together: each says what to point where, and does what it says of its day."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.host import Host
from isletbench.emulator.cgm.events import Calibrated, Sample
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import Instant, hours, minutes
from isletbench.emulator.interfaces.cli.up_bench import pointed
from isletbench.emulator.journal.bench_events import ActionDone
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.pump.events import AnnunciationRaised, PrimingDone, Pulse, ReservoirAttached
from isletbench.emulator.rigs.rig import Rig, RigError, load_rig, parse
from isletbench.emulator.scenarios.scenario import parse as parse_scenario
from tests.harness.journals import ledger, of_bench

DAYS = (
    *("standalone", "integrated", "closed_loop", "patch_pump", "tubed_pump"),
    *("fingerstick_cgm", "set_change_day", "sensor_change_day"),
)


def played(rig: Rig, lasts_min: float, *, state: Path | None = None) -> list[Entry]:
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(rig, ports=Ports.MEMORY, journal=recorded(entries), state=state):
            await asyncio.sleep(60 * lasts_min)

    run(main(), Pace(None))
    return entries


@pytest.mark.parametrize("name", DAYS)
def test_each_of_them_says_in_one_sentence_a_device_what_to_point_where(name: str) -> None:
    rig = load_rig(name)
    assert rig.patient is not None
    places = {
        device: {
            "serial": f"/run/{device}",
            "ble": {"name": table.ble.name, "address": table.ble.address} if table.ble else None,
        }
        for device, table in rig.devices.items()
    }
    said = "\n".join(pointed(sentence, places) for sentence in rig.point)
    assert "/run/pump or IB-P" in said
    assert name == "integrated" or "/run/cgm or IB-CGM (F0:10:00:00:00:01)" in said
    assert "{" not in said


@pytest.mark.parametrize("name", ["standalone", "closed_loop", "patch_pump", "tubed_pump"])
def test_pump_and_cgm_are_on_one_person(name: str) -> None:
    entries = played(load_rig(name), 75)
    assert any(sample.mg_dl for _, sample in ledger(entries, Sample))
    assert ledger(entries, Pulse)


def test_a_rig_on_adapters_can_be_played_in_memory_and_in_jump_pace() -> None:
    assert ledger(played(load_rig("usb_pair"), 6), Sample)


def readings(entries: Sequence[Entry], start: Instant, end: Instant) -> list[float | None]:
    return [sample.mg_dl for at, sample in ledger(entries, Sample) if start < at <= end]


def test_a_fingerstick_cgm_has_no_result_before_its_first_calibration_and_then_has() -> None:
    entries = played(load_rig("fingerstick_cgm"), 140)
    calibrated = [at for at, _ in ledger(entries, Calibrated)]
    assert len(calibrated) == 1
    assert set(readings(entries, 0, calibrated[0])) == {None}
    assert all(mg_dl is not None for mg_dl in readings(entries, calibrated[0], hours(3)))


def test_on_the_day_of_a_set_change_the_pump_warns_is_filled_primed_and_runs_again() -> None:
    entries = played(load_rig("set_change_day"), 600)
    raised = [event.type for _, event in ledger(entries, AnnunciationRaised)]
    assert raised == ["RESERVOIR_LOW", "INFUSION_SET_INCOMPLETE"]
    assert [event.uu for _, event in ledger(entries, ReservoirAttached)] == [22_000_000, 180_000_000]
    ((_, primed),) = ledger(entries, PrimingDone)
    assert (primed.uu, primed.air_uu) == (10_300_000, 0)
    therapy = [at for at, pulse in ledger(entries, Pulse) if pulse.cause == "basal"]
    assert not [at for at in therapy if minutes(540) < at < minutes(555)]
    assert [at for at in therapy if at > minutes(555)]


def test_on_the_day_of_a_sensor_change_there_are_50_minutes_without_glucose() -> None:
    entries = played(load_rig("sensor_change_day"), 540)
    assert readings(entries, hours(7), minutes(481))
    assert readings(entries, minutes(481), minutes(530)) == []
    assert readings(entries, minutes(530), hours(9))


def test_what_a_bench_has_done_it_does_not_do_again_when_it_goes_on_from_a_state_file(tmp_path: Path) -> None:
    rig = load_rig("fingerstick_cgm")
    first, second = (of_bench(played(rig, span, state=tmp_path / "state"), ActionDone) for span in (2, 130))
    assert [event.action for _, event in first] == ["start"]
    assert [event.action for _, event in second] == ["calibrate"]


HEAD = """
schema = 1
name = "mine"
{}
[devices.pump]
kind = "pump"
serial = "pty:"
basal = [{{ at = 00:00:00, rate = 0.8 }}]
{}
"""
EVENT = '[[event]]\nat = "{}"\ndevice = "{}"\ndo = "{}"\n'


@pytest.mark.parametrize(
    ("head", "tail", "why"),
    [
        ('point = ["Open {pmup}."]', "", "point: 'pmup' is no device of the rig: expected one of pump"),
        ("", EVENT.format("1h", "cgm", "start"), "event.0.device: 'cgm': expected one of pump"),
        ("", EVENT.format("1h", "pump", "dance"), "event.0: action 'dance': a pump knows suspend, "),
        ("", EVENT.format("1h", "pump", "bolus"), "event.0: bolus: units: expected a value, it is missing"),
        ("", EVENT.format("soon", "pump", "suspend"), "event.0.at: duration 'soon': expected a number with"),
        (
            "",
            EVENT.format("2h", "pump", "suspend") + EVENT.format("1h", "pump", "resume"),
            "event: expected events in the order",
        ),
    ],
)
def test_what_cannot_be_pointed_at_or_done_is_refused_with_its_key(head: str, tail: str, why: str) -> None:
    with pytest.raises(RigError) as refused:
        parse(HEAD.format(head, tail), "mine.toml")
    assert str(refused.value).startswith(f"mine.toml: {why}")


def test_a_scenario_can_be_played_on_such_a_day() -> None:
    scenario = parse_scenario(
        'schema = 1\nid = "SET-01"\ntitle = "A set change"\nstory = "The set is changed, and nothing else happens."\n'
        'rig = "set_change_day"\nlasts = "10h"\n[[expect]]\ncheck = "reconnects"\ndevice = "pump"\n',
        "SET-01.toml",
    )
    assert [event.do for event in scenario.rig_of().event] == ["detach", "attach", "prime", "acknowledge", "resume"]


def test_what_falls_due_while_the_devices_start_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 60x on a busy machine the devices took three minutes to start, and the session of the first minute never began."""
    start = Host.start

    async def late(host: Host[Any]) -> None:
        await asyncio.sleep(60)
        await start(host)

    monkeypatch.setattr(Host, "start", late)
    entries = played(load_rig("fingerstick_cgm"), 5)
    ((at, done),) = of_bench(entries, ActionDone)
    assert (at, done.device, done.action) == (minutes(3), "cgm", "start")
