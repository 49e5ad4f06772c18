"""What an entry of the journal puts on the page's time axis.

A mark is a list: its kind, the device or other source, then values. Units as on the axis: mg/dL, U, U/h, g.

``["sensor", device, mg/dL or null]``, ``["truth", device, mg/dL, rank]`` (of several truths the lowest rank is shown),
``["basal", pump, U/h]``, ``["pulse", pump, U, cause, bolus id, arrives]``, ``["bolus", pump, id, U asked for, kind]``,
``["bolus_end", pump, id, U given, reason]``, ``["therapy", pump, runs]``, ``["path", pump, words, blocked]``,
``["temp", pump, words or null, until]``, ``["carbs", patient, g, words]``, ``["annunciation", device, words]``,
``["fault", id, state, words]``, ``["link", device, link, connected]``, ``["absent", carrier, is absent]``, ``["pace", text]``,
``["session", cgm, state]``, ``["stick", meter or calibrated cgm, mg/dL or null, words]``.
"""

from typing import Any

from isletbench.emulator.cgm.events import CalibrationTaken, NoSample, Sample, SessionChanged
from isletbench.emulator.core.events import Event
from isletbench.emulator.journal.bench_events import CarrierGone, CarrierThere, PaceChanged
from isletbench.emulator.journal.entries import BenchEntry, FaultEntry, FaultState, LedgerEntry, RequestEntry, TimedEntry
from isletbench.emulator.meter.events import BloodTested
from isletbench.emulator.patient.events import Ate, Drank, Glucose, RecordedGlucose
from isletbench.emulator.pump.events import (
    AnnunciationRaised,
    BasalRate,
    BolusEnded,
    BolusProgrammed,
    FluidPathChanged,
    InfusionSetFailed,
    Pulse,
    StalledPulse,
    TbrEnded,
    TbrStarted,
    TherapyChanged,
)
from isletbench.emulator.reports.tracks.happenings import fault_tracks
from isletbench.emulator.reports.tracks.insulin import condition_of, lets_nothing_through, path_words, temp_basal_words
from isletbench.emulator.reports.tracks.meter import shown_by
from isletbench.emulator.reports.words import plain

Mark = list[Any]
U = 1_000_000
"""uU in a unit of insulin."""


class Marks:
    """Makes the marks of one entry after another."""

    def __init__(self) -> None:
        self._blocked: set[str] = set()

    def of(self, entry: TimedEntry) -> list[Mark]:
        """The marks of an entry; most have none."""
        match entry:
            case LedgerEntry(at=at, device=device, event=event):
                return self._ledger(at, device, event)
            case RequestEntry(device=device, request=request) if request.opens_link or request.closes_link:
                return [["link", device, request.link, request.opens_link]]
            case FaultEntry(fault=fault, what=what):
                words = fault_tracks([entry])[0].words if what is FaultState.INJECTED else ""
                return [["fault", fault, what.value, words]]
            case BenchEntry(event=CarrierGone(carrier=carrier)):
                return [["absent", carrier, True]]
            case BenchEntry(event=CarrierThere(carrier=carrier)):
                return [["absent", carrier, False]]
            case BenchEntry(event=PaceChanged(pace=pace)):
                return [["pace", pace]]
            case _:
                return []

    def _ledger(self, at: int, device: str, event: Event) -> list[Mark]:
        match event:
            case Pulse(uu=uu, cause=cause, bolus_id=bolus):
                return [["pulse", device, uu / U, cause, bolus, device not in self._blocked]]
            case FluidPathChanged(condition=condition) | InfusionSetFailed(condition=condition):
                return [self._path(device, condition)]
            case _:
                return _of_glucose(device, event) or _of_insulin(at, device, event)

    def _path(self, device: str, given: Any) -> Mark:
        condition = condition_of(given)
        blocked = lets_nothing_through(condition)
        (self._blocked.add if blocked else self._blocked.discard)(device)
        return ["path", device, path_words(condition), blocked]


def _of_glucose(device: str, event: Event) -> list[Mark]:
    match event:
        case Sample(true_mg_dl=true, mg_dl=shown, lost=lost):
            return [["sensor", device, None if lost else shown], ["truth", device, true, 1]]
        case NoSample():
            return [["sensor", device, None]]
        case SessionChanged(state=state):
            return [["session", device, state]]
        case BloodTested(mg_dl=mg_dl):
            return [["stick", device, mg_dl, shown_by(event)]]
        case CalibrationTaken(mg_dl=float(mg_dl)):
            return [["stick", device, mg_dl, f"calibrated with {mg_dl:.0f} mg/dL"]]
        case Glucose(plasma_mg_dl=true) | RecordedGlucose(mg_dl=true):
            return [["truth", device, true, 0]]
        case Ate(carbohydrate_mg=mg) | Drank(carbohydrate_mg=mg):
            return [["carbs", device, mg / 1_000, "drunk" if isinstance(event, Drank) else "eaten"]]
        case _:
            return []


def _of_insulin(at: int, device: str, event: Event) -> list[Mark]:
    match event:
        case StalledPulse(uu=uu, cause=cause, bolus_id=bolus):
            return [["pulse", device, uu / U, cause, bolus, False]]
        case BasalRate(uu_per_h=rate):
            return [["basal", device, rate / U]]
        case BolusProgrammed(bolus_id=bolus, fast_uu=fast, extended_uu=extended, type=kind):
            return [["bolus", device, bolus, (fast + extended) / U, plain(kind)]]
        case BolusEnded(bolus_id=bolus, delivered_uu=given, reason=reason):
            return [["bolus_end", device, bolus, given / U, plain(reason)]]
        case TherapyChanged(state=state):
            return [["therapy", device, state == "RUN"]]
        case TbrStarted(type=kind, value=value, duration_ms=lasts):
            return [["temp", device, temp_basal_words(kind, value), at + lasts]]
        case TbrEnded():
            return [["temp", device, None, at]]
        case AnnunciationRaised(type=kind):
            return [["annunciation", device, plain(kind)]]
        case _:
            return []
