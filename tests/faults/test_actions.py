"""What hands can do to devices does what it says, on a running bench, and in the journal."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.steering import Steering
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.journal.bench_events import ActionDone
from isletbench.emulator.journal.entries import BenchEntry, Entry, Header
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.pump.events import BolusEnded, OcclusionDetected, Pulse, StalledPulse
from isletbench.emulator.rigs.rig import load_rig
from tests.harness.journals import ledger, of_bench

NEEDED: dict[tuple[str, str], dict[str, Any]] = {
    ("cgm", "shorten"): {"life": "1d"},
    ("cgm", "jump"): {"mg_dl": 80},
    ("cgm", "offset"): {"mg_dl": -20},
    ("cgm", "wander"): {"mg_dl_per_day": 10},
    ("cgm", "miscalibrate"): {"factor": 1.3},
    ("cgm", "temperature"): {"celsius": 50},
    ("cgm", "battery"): {"percent": 5},
    ("cgm", "set_clock"): {"to": "2026-03-29T02:30:00"},
    ("pump", "bolus"): {"units": 1},
    ("pump", "attach"): {"reservoir": 150},
    ("pump", "misreport_progress"): {"percent": 50},
    ("pump", "low_suspend"): {"on": False},
    ("pump", "prime"): {"units": 1},
    ("pump", "set_fill_level"): {"units": 100},
    ("pump", "air"): {"bubble": 2},
    ("pump", "set_clock"): {"to": "2026-03-29T02:30:00"},
    ("pump", "drift"): {"ppm": 500},
    ("pump", "corrupt_record"): {"number": 0},
    ("pump", "misread_clock"): {"by": "1h"},
    ("pump", "replace"): {"reservoir": 150},
    ("pump", "temperature"): {"celsius": 45},
    ("meter", "mark_test"): {"meal": "fasting"},
    ("meter", "temperature"): {"celsius": 50},
    ("meter", "set_clock"): {"to": "2026-03-29T02:30:00"},
    **{(kind, "enter_passkey"): {"passkey": 123456} for kind in KINDS},
}
"""Arguments for the actions that need some."""
REFUSED = {
    ("cgm", "insert"),
    ("cgm", "start"),
    ("pump", "cancel_bolus"),
    ("pump", "drop_tbr"),
    ("pump", "attach"),
    ("pump", "resume_basal"),
    ("pump", "prime"),
    ("pump", "wake"),
    ("pump", "power_on"),
    ("meter", "mark_test"),
    *((kind, "enter_passkey") for kind in KINDS),
}
"""What cannot be done to devices that run."""


def on_a_bench(act: Callable[[Bench, Steering], Awaitable[None]], rig: str = "default") -> list[Entry]:
    """The entries of the journal of a bench on which this happens."""
    entries: list[Entry] = []

    async def main() -> None:
        bench = Bench(load_rig(rig), ports=Ports.MEMORY, journal=recorded(entries))
        async with bench:
            await asyncio.sleep(600)
            await act(bench, bench.steering)
            await bench.run(1)

    run(main(), Pace(None))
    return entries


def state(bench: Bench, device: str) -> dict[str, Any]:
    found: dict[str, Any] = bench.status()["devices"][device]
    return found


@pytest.mark.parametrize(
    ("kind", "action"), [(kind, action) for kind, known in KINDS.items() for action in known.actions.by_name]
)
def test_every_verb_can_be_done_or_says_why_not(kind: str, action: str) -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        arguments = NEEDED.get((kind, action), {})
        if (kind, action) in REFUSED:
            with pytest.raises(CannotDo, match=rf"^{action}: \S+ \S+ \S+"):
                steering.do(kind, action, arguments)
        else:
            steering.do(kind, action, arguments)
        await asyncio.sleep(3_600)

    entries = on_a_bench(act, "default" if kind in load_rig().devices else kind)
    done = [(event.device, event.action) for _, event in of_bench(entries, ActionDone)]
    assert done == ([] if (kind, action) in REFUSED else [(kind, action)])


def test_a_blocked_path_is_felt_and_stops_the_pump() -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        steering.do("pump", "occlude", {})
        await asyncio.sleep(24 * 3_600)
        assert state(bench, "pump")["therapy"] == "STOP"
        steering.do("pump", "clear", {})

    entries = on_a_bench(act)
    assert ledger(entries, OcclusionDetected)
    assert [event.action for _, event in of_bench(entries, ActionDone)] == ["occlude", "clear"]


def test_a_user_stops_the_pump_and_starts_it_again() -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        steering.do("pump", "suspend", {})
        before = state(bench, "pump")
        assert before["therapy"] == "STOP"
        await asyncio.sleep(3_600)
        assert state(bench, "pump")["reservoir_u"] == before["reservoir_u"]
        steering.do("pump", "resume", {})
        await asyncio.sleep(3_600)
        assert state(bench, "pump")["therapy"] == "RUN"
        assert state(bench, "pump")["reservoir_u"] < before["reservoir_u"]

    on_a_bench(act)


def test_a_reservoir_is_changed() -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        steering.do("pump", "detach", {})
        with pytest.raises(CannotDo, match="detach: "):
            steering.do("pump", "detach", {})
        with pytest.raises(CannotDo, match=r"attach: 5000 U is outside 0\.\."):
            steering.do("pump", "attach", {"reservoir": 5_000})
        steering.do("pump", "attach", {"reservoir": 120, "new_set": False})
        assert float(state(bench, "pump")["reservoir_u"]) == 120

    on_a_bench(act)


def test_power_and_clock_of_a_pump() -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        steering.do("pump", "set_clock", {"to": "2026-10-25T02:30:00"})
        assert steering.clock("pump").isoformat() == "2026-10-25T02:30:00"
        steering.do("pump", "lose_clock", {})
        assert steering.clock("pump").year < 2026
        steering.do("pump", "power_off", {})
        with pytest.raises(CannotDo, match="power_off: "):
            steering.do("pump", "power_off", {})
        steering.do("pump", "power_on", {})

    on_a_bench(act)


def test_what_was_due_before_happens_before() -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        await asyncio.sleep(3_600)
        steering.do("cgm", "remove", {})

    entries = on_a_bench(act)
    removed = next(
        n for n, entry in enumerate(entries) if isinstance(entry, BenchEntry) and isinstance(entry.event, ActionDone)
    )
    instants = [entry.at for entry in entries[: removed + 1] if not isinstance(entry, Header)]
    assert max(instants) == instants[-1]
    assert not ledger(entries[removed:], Sample)


def test_a_stalled_pump_counts_and_delivers_nothing() -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        steering.do("pump", "stall", {})
        before = state(bench, "pump")["reservoir_u"]
        steering.do("pump", "bolus", {"units": 2})
        await asyncio.sleep(3_600)
        assert state(bench, "pump")["reservoir_u"] == before
        steering.do("pump", "clear", {})
        await asyncio.sleep(3_600)
        assert state(bench, "pump")["reservoir_u"] < before

    entries = on_a_bench(act)
    ((_, ended),) = ledger(entries, BolusEnded)
    assert (ended.delivered_uu, ended.reason) == (2_000_000, "AMOUNT_DELIVERED"), "that is what the pump believes"
    stalled = [pulse.uu for _, pulse in ledger(entries, StalledPulse) if pulse.cause == "bolus"]
    assert sum(stalled) == 2_000_000
    assert not any(pulse.cause == "bolus" for _, pulse in ledger(entries, Pulse))


def test_a_pump_that_has_lost_its_counters_tells_nothing_of_the_bolus_that_ran() -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        steering.do("pump", "bolus", {"units": 2})
        await asyncio.sleep(20)
        steering.do("pump", "lose_counters", {})
        shown = state(bench, "pump")
        assert (shown["therapy"], shown["boluses"]) == ("STOP", [])
        assert shown["annunciations"] == ["SYSTEM_ISSUE"]
        steering.do("pump", "acknowledge", {})
        steering.do("pump", "resume", {})
        assert state(bench, "pump")["annunciations"] == []

    entries = on_a_bench(act)
    ((_, ended),) = ledger(entries, BolusEnded)
    assert 0 < ended.delivered_uu < 2_000_000
    assert ended.reason == "FORGOTTEN"


def test_a_paused_bolus_goes_on_when_therapy_does() -> None:
    async def act(bench: Bench, steering: Steering) -> None:
        steering.do("pump", "bolus", {"units": 2})
        await asyncio.sleep(20)
        steering.do("pump", "pause", {})
        (before,) = state(bench, "pump")["boluses"]
        await asyncio.sleep(600)
        assert state(bench, "pump")["boluses"] == [before]
        steering.do("pump", "resume", {})
        await asyncio.sleep(120)

    ((_, ended),) = ledger(on_a_bench(act), BolusEnded)
    assert (ended.delivered_uu, ended.reason) == (2_000_000, "AMOUNT_DELIVERED")
