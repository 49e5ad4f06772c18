"""The entries of a journal in words, for people who do not read JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from isletbench.emulator.cgm.events import NoSample, Sample
from isletbench.emulator.core.endpoint import Outgoing, Request
from isletbench.emulator.core.events import Event, UnknownEvent
from isletbench.emulator.core.notes import Refused
from isletbench.emulator.core.quantities import UU_PER_UNIT
from isletbench.emulator.gatt import Connected, Disconnected
from isletbench.emulator.journal.beliefs import Alert, Decision, Dose, Modes, Reports
from isletbench.emulator.journal.bench_events import ActionDone, PaceChanged
from isletbench.emulator.journal.conversation import Conversation, Message
from isletbench.emulator.journal.entries import (
    BeliefEntry,
    BenchEntry,
    FaultEntry,
    FaultState,
    FrameEntry,
    LedgerEntry,
    NoteEntry,
    OutgoingEntry,
    RequestEntry,
    TimedEntry,
)
from isletbench.emulator.journal.messages import name_of
from isletbench.emulator.patient.events import (
    Ate,
    Drank,
    Glucose,
    PatientEvent,
    RecordedBasal,
    RecordedBolus,
    RecordedGlucose,
    RecordedMeal,
)
from isletbench.emulator.pump.events import (
    AnnunciationRaised,
    BasalRate,
    BolusEnded,
    BolusProgrammed,
    FluidPathChanged,
    OcclusionDetected,
    Pulse,
    StalledPulse,
    TbrEnded,
    TbrStarted,
)
from isletbench.emulator.reports.tracks.happenings import CLIENT
from isletbench.emulator.reports.tracks.insulin import path_words, temp_basal_words

Messages: TypeAlias = Mapping[int, Message]
"""What was sent, by the line of the journal."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words."""

    kind: str
    """``glucose``, ``insulin``, ``meal``, ``alarm``, ``fault``, ``action``, ``connection``, ``client``, ``device``,
    ``bench``, ``wire``."""
    source: str
    """A device, ``client`` or ``bench``."""
    words: str


def messages_of(conversation: Conversation) -> Messages:
    """Every message of a conversation by its line."""
    found = {message.line: message for message in conversation.notifications}
    for exchange in conversation.exchanges:
        for message in (exchange.request, exchange.acknowledged, exchange.answer):
            if message is not None:
                found[message.line] = message
    return found


def is_event(entry: TimedEntry) -> bool:
    """Whether an entry belongs into a list of what happened: not each reading, pulse or message."""
    match entry:
        case LedgerEntry(event=event):
            return not isinstance(event, Sample | NoSample | Glucose | RecordedGlucose | Pulse | StalledPulse | BasalRate)
        case BeliefEntry(belief=belief):
            return isinstance(belief, Alert | Modes) or (isinstance(belief, Dose) and not belief.certain)
        case RequestEntry(request=request):
            return isinstance(request, Connected | Disconnected)
        case NoteEntry(note=note):
            return isinstance(note, Refused)
        case FaultEntry() | BenchEntry():
            return True
        case OutgoingEntry() | FrameEntry():
            return False


def line_of(entry: TimedEntry, message: Message | None = None) -> Line:
    """An entry in words; ``message`` is what it carries, where that is known."""
    match entry:
        case LedgerEntry(device=device, event=event):
            return _event(device, event)
        case BeliefEntry(belief=belief):
            return Line("client", CLIENT, _belief(belief))
        case RequestEntry(device=device, request=request):
            return _request(device, request, entry, message)
        case OutgoingEntry(device=device, outgoing=outgoing):
            return Line("wire", device, f"{_named(outgoing, message)} {_faults(entry)}".strip())
        case NoteEntry(device=device, note=Refused(why=why, code=code)):
            return Line("device", device, f"refused: {why}" + (f" ({code})" if code else ""))
        case NoteEntry(device=device, note=note):
            name = note.operation if hasattr(note, "operation") else note.name
            return Line("device", device, f"{name} {note.stage.value if note.stage else ''}".strip())
        case FaultEntry():
            return Line("fault", entry.fault, _fault(entry))
        case FrameEntry(carrier=carrier, direction=direction, octets=octets):
            return Line("wire", carrier, f"{len(octets)} octets {direction.value}")
        case BenchEntry(event=event):
            return _bench(event)


def _event(device: str, event: Event) -> Line:
    return _patient_event(device, event) if isinstance(event, PatientEvent) else _device_event(device, event)


def _patient_event(device: str, event: PatientEvent) -> Line:
    match event:
        case Glucose(plasma_mg_dl=plasma, interstitial_mg_dl=interstitial):
            return Line("glucose", device, f"plasma {plasma:g}, interstitial {interstitial:g} mg/dL")
        case Ate(carbohydrate_mg=mg, over_ms=lasts) | Drank(carbohydrate_mg=mg, over_ms=lasts):
            word = "drinks" if isinstance(event, Drank) else "eats"
            return Line("meal", device, f"{word} {mg / 1_000:g} g of carbohydrate in {span(lasts)}")
        case RecordedMeal(carbohydrate_mg=mg):
            return Line("meal", device, f"recording: {mg / 1_000:g} g of carbohydrate")
        case RecordedBolus(uu=uu):
            return Line("insulin", device, f"recording: bolus {units(uu)}")
        case RecordedBasal(uu_per_h=rate):
            known = "is not known from here on" if rate is None else f"{rate / UU_PER_UNIT:g} U/h"
            return Line("insulin", device, f"recording: basal {known}")
        case _:
            return _plain_event(device, event)


def _device_event(device: str, event: Event) -> Line:
    match event:
        case Sample(true_mg_dl=true, mg_dl=mg_dl, special=special):
            shown = special if mg_dl is None else f"{mg_dl:g} mg/dL"
            return Line("glucose", device, f"measured {shown}, true {true:g} mg/dL")
        case BolusProgrammed(bolus_id=number, fast_uu=fast, extended_uu=extended, type=kind):
            return Line("insulin", device, f"bolus {number} programmed: {units(fast + extended)}, {plain(kind)}")
        case BolusEnded(bolus_id=number, delivered_uu=given, reason=reason):
            return Line("insulin", device, f"bolus {number} ended after {units(given)}: {plain(reason)}")
        case TbrStarted(type=kind, value=value, duration_ms=lasts):
            return Line("insulin", device, f"temp basal {temp_basal_words(kind, value)} for {span(lasts)}")
        case TbrEnded(reason=reason):
            return Line("insulin", device, f"temp basal ended: {plain(reason)}")
        case AnnunciationRaised(type=kind):
            return Line("alarm", device, plain(kind))
        case OcclusionDetected(in_line_uu=held):
            return Line("alarm", device, f"occlusion detected, {units(held)} held back in the line")
        case FluidPathChanged(condition=condition):
            return Line("insulin", device, f"fluid path: {path_words(condition) or 'free'}")
        case UnknownEvent(called=name):
            return Line("device", device, f"{plain(name)} {_fields(event.fields())}".strip())
        case _:
            return _plain_event(device, event)


def _plain_event(device: str, event: Event) -> Line:
    return Line(_kind_of(event), device, f"{plain(event.name)} {_fields(event.fields())}".strip())


def _kind_of(event: Event) -> str:
    """Events about insulin are those that say an amount or a rate of it."""
    return "insulin" if any("uu" in name.split("_") for name in event.fields()) else "device"


def _request(device: str, request: Request, entry: RequestEntry, message: Message | None) -> Line:
    match request:
        case Connected():
            return Line("connection", device, f"connected ({request.link})")
        case Disconnected():
            return Line("connection", device, f"disconnected ({request.link})")
        case _:
            return Line("wire", CLIENT, f"{_named(request, message)} to {device} {_faults(entry)}".strip())


def _named(content: Request | Outgoing, message: Message | None) -> str:
    what = name_of(type(content)).replace("_", " ")
    meant = None if message is None else message.operation or message.type
    return f"{what} {meant}" if meant else what


def _faults(entry: RequestEntry | OutgoingEntry) -> str:
    return f"({entry.stage.value.replace('_', ' ')}, touched by {', '.join(entry.faults)})" if entry.faults else ""


def _fault(entry: FaultEntry) -> str:
    if entry.what is FaultState.INJECTED:
        settings = dict(entry.declared or {})
        return f"injected: {settings.pop('fault', '')} {_fields(settings)}".strip()
    return entry.what.value + (f": {entry.why}" if entry.why else "")


def _belief(belief: Any) -> str:
    match belief:
        case Alert(about=about, active=active):
            return f"tells its user: {plain(about)}" if active else f"no longer tells its user: {plain(about)}"
        case Dose(units=amount, requested=requested, certain=certain, id=number):
            asked = "" if requested is None else f" of {requested:g} U"
            return f"counts dose {number} as {amount:g} U{asked}" + ("" if certain else ", uncertain")
        case Modes(mode=mode):
            return f"goes into {plain(mode)}"
        case Reports(kinds=kinds):
            return f"reports what it believes of {', '.join(kinds)}"
        case _:
            return f"believes {belief.belief} {_fields(belief.model_dump(mode='json', exclude_defaults=True))}"


def decision_words(decision: Decision) -> str:
    """What the client has decided on a reading, and what it knew."""
    parts = [] if decision.rate is None else [f"{decision.rate:g} U/h for {decision.minutes} min"]
    if decision.rate is not None and not decision.minutes:
        parts = ["back to the profile"]
    elif decision.rate is None and not decision.bolus:
        parts = ["no change"]
    parts += [f"bolus {decision.bolus:g} U"] if decision.bolus else []
    parts += [] if decision.iob is None else [f"on board {decision.iob:.2f} U"]
    parts += [] if decision.cob is None else [f"{decision.cob:.0f} g"]
    return ", ".join(parts) + (f" ({decision.reason})" if decision.reason else "")


def _bench(event: Event) -> Line:
    if isinstance(event, ActionDone):
        return Line("action", event.device, f"{plain(event.action)} {_fields(event.arguments)}".strip())
    if isinstance(event, PaceChanged):
        return Line("bench", "bench", f"pace {event.pace}")
    fields = event.fields()
    source = str(fields.pop("device", fields.pop("carrier", "bench")))
    name = {"gone": "cannot be reached", "there": "can be reached again"}.get(event.name, plain(event.name))
    return Line("connection" if "carrier" in event.fields() else "bench", source, f"{name} {_fields(fields)}".strip())


# Values


def plain(name: str) -> str:
    """A name of the journal as words: ``AMOUNT_DELIVERED`` is ``amount delivered``."""
    return name.lower().replace("_", " ")


def units(amount: int) -> str:
    """Insulin in uU as text in U."""
    return f"{amount / 1_000_000:g} U"


def span(milliseconds: int) -> str:
    """A span as text: ``1 h 30 min``, ``45 s``."""
    seconds = round(milliseconds / 1_000)
    parts = [(seconds // 86_400, "d"), (seconds // 3_600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"


def _fields(values: Mapping[str, Any]) -> str:
    return ", ".join(_field(name, value) for name, value in values.items())


def _field(name: str, value: Any) -> str:
    if name == "uu" or name.endswith("_uu"):
        return f"{name.removesuffix('_uu').replace('_', ' ')} {units(value)}" if name != "uu" else units(value)
    if name.endswith("_ms") and isinstance(value, int):
        return f"{name.removesuffix('_ms').replace('_', ' ')} {span(value)}"
    return f"{name.replace('_', ' ')} {value}"
