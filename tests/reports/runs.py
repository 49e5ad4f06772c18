"""A day that was made up, with everything that a report shows: short enough to be checked by hand."""

from isletbench.emulator.cgm.events import NoSample, Sample
from isletbench.emulator.core.endpoint import Place
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import hours, minutes, units
from isletbench.emulator.gatt import Connected, Disconnected, Notify, Security
from isletbench.emulator.journal.beliefs import Alert
from isletbench.emulator.journal.bench_events import ActionDone, CarrierGone, CarrierThere, Stopped
from isletbench.emulator.journal.entries import (
    BeliefEntry,
    BenchEntry,
    Entry,
    FaultEntry,
    FaultState,
    Header,
    LedgerEntry,
    OutgoingEntry,
    RequestEntry,
)
from isletbench.emulator.patient.events import Ate, Drank, Glucose
from isletbench.emulator.pump.events import (
    AnnunciationRaised,
    BasalRate,
    BolusEnded,
    BolusProgrammed,
    FluidPathChanged,
    Pulse,
    StalledPulse,
    TbrEnded,
    TbrStarted,
    TherapyChanged,
)
from isletbench.protocols import cgms

HEADER = Header(
    rig="made up",
    seed=7,
    pace="jump",
    start="2026-01-01T08:00:00",
    devices={"cgm": "cgm", "pump": "pump", "patient": "patient"},
)
MEASUREMENT = Place(0x2AA7)
BLOCKED = {
    "block": float("inf"),
    "leak": None,
    "opens_every": None,
    "opens_for": 0,
    "air": 0,
    "head_kpa": 0.0,
    "cannula_out": False,
}


def truth(minute: int) -> float:
    """True glucose: in range, then low for an hour, then high for two."""
    if 240 <= minute < 300:
        return 50
    return 260 if 600 <= minute < 720 else 110


def run() -> list[Entry]:
    """A day's journal: the header, and everything in the order of time."""
    entries: list[tuple[int, Entry]] = []

    def add(at: int, entry: Entry) -> None:
        entries.append((at, entry))

    def ledger(at: int, device: str, event: Event) -> None:
        add(at, LedgerEntry(at, device, event))

    received = 0
    for minute in range(0, 1440, 5):
        at = minutes(minute)
        if not 600 <= minute < 660:  # while the path is blocked nothing arrives
            received += units("0.1")
        if minute == 660:  # some of what was held back drains into the tissue
            received += units("0.5")
        ledger(at, "pump", Pulse(units("0.1"), "basal", units(100)))
        ledger(at, "patient", Glucose(truth(minute), truth(minute), received))
        if minute == 700:
            ledger(at, "cgm", NoSample(minute))
        elif minute == 705:
            ledger(at, "cgm", Sample(minute, truth(minute), None, "NaN"))
        else:
            ledger(at, "cgm", Sample(minute, truth(minute), truth(minute) * 1.1, lost=minute == 5 or None))
        if minute >= 10 and minute not in {700, 705}:
            measurement = cgms.Measurement(glucose=float(round(truth(minute) * 1.1)), time_offset=minute)
            octets = cgms.MEASUREMENT.encode(measurement, protected=True)
            add(at, OutgoingEntry(at, "cgm", Notify("cgm.ble#1", 7, octets), place=MEASUREMENT))
    add(0, RequestEntry(0, "cgm", Connected("cgm.ble#1", 247, Security.AUTHENTICATED, bonded=True)))
    add(hours(7), RequestEntry(hours(7), "cgm", Disconnected("cgm.ble#1")))
    add(hours(7), BenchEntry(hours(7), CarrierGone("cgm.ble")))
    add(hours(8), BenchEntry(hours(8), CarrierThere("cgm.ble")))
    add(0, FaultEntry(0, "blocked", FaultState.INJECTED, {"fault": "do", "device": "pump", "action": "occlude"}))
    add(hours(10), FaultEntry(hours(10), "blocked", FaultState.ARMED))
    add(hours(10), BenchEntry(hours(10), ActionDone("pump", "occlude", {})))
    ledger(hours(10), "pump", FluidPathChanged(BLOCKED))
    add(hours(10), FaultEntry(hours(10), "blocked", FaultState.STRUCK))
    add(hours(11), FaultEntry(hours(11), "blocked", FaultState.OVER))
    ledger(hours(11), "pump", FluidPathChanged({**BLOCKED, "block": None}))
    ledger(hours(10) + 1, "pump", AnnunciationRaised(1, "OCCLUSION_DETECTED"))
    add(hours(10) + 2, BeliefEntry(hours(10) + 2, Alert(belief="alert", about="occlusion")))
    add(hours(11), BeliefEntry(hours(11), Alert(belief="alert", about="occlusion", active=False)))
    ledger(0, "pump", TherapyChanged("RUN"))
    ledger(0, "pump", BasalRate(units("1.2")))
    ledger(hours(2), "pump", TbrStarted("RELATIVE", 1_500_000, minutes(30), "AP_CONTROLLER"))
    ledger(hours(2) + minutes(20), "pump", TbrEnded("CANCELED"))
    ledger(hours(1), "patient", Ate(60_000, minutes(15)))
    ledger(hours(5), "patient", Drank(15_000, minutes(5)))
    ledger(hours(1), "pump", BolusProgrammed(1, "FAST", units(4), 0, 0, 0))
    ledger(hours(1) + 1_000, "pump", Pulse(units(3), "bolus", units(90), 1))
    ledger(hours(1) + 2_000, "pump", BolusEnded(1, units(3), "CANCELED"))
    ledger(hours(3), "pump", StalledPulse(units("0.1"), "basal"))
    ledger(hours(20), "pump", TherapyChanged("STOP"))
    ledger(hours(21), "pump", TherapyChanged("RUN"))
    received += units(3)
    ledger(hours(24), "patient", Glucose(110, 110, received))
    entries.sort(key=lambda pair: pair[0])
    return [HEADER, *(entry for _, entry in entries), BenchEntry(hours(24), Stopped())]
