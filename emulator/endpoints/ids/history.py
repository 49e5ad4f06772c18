"""The pump's records as IDD history events: one packet for each entry of the history. Source: IDS 1.0.2, section 3.10."""

from collections.abc import Callable, Mapping
from typing import Any

from isletbench.emulator.core.quantities import minutes, seconds
from isletbench.emulator.gatt.record_access import RecordAccess
from isletbench.emulator.pump import records
from isletbench.emulator.pump.adjustment import WHOLE
from isletbench.emulator.pump.amounts import iu
from isletbench.emulator.pump.history import Entry, History
from isletbench.emulator.pump.records import CanceledBolus, Detail, GlucoseAtAlert, Record, Temperature
from isletbench.emulator.pump.template import BolusTemplate, ProfileTemplate, TbrTemplate
from isletbench.protocols import ids, packet, racp
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.errors import WireError
from isletbench.protocols.fields import SFLOAT, Special
from isletbench.protocols.ids import HistoryRecord, ProfileType, TemplateType

MOST_SECONDS = 0xFFFF
"""The largest offset from a reference time (IDS 1.0.2, section 3.10.4.3): a pump may have been without power for days."""
AUX_FIELDS = 5
"""Auxiliary fields of an annunciation (IDS 1.0.2, table 4.7)."""
PROFILE_TYPES: Mapping[TemplateType, ProfileType] = {
    TemplateType.BASAL_RATE_PROFILE: ProfileType.BASAL_RATE,
    TemplateType.ISF_PROFILE: ProfileType.ISF,
    TemplateType.I2CHO_RATIO_PROFILE: ProfileType.I2CHO_RATIO,
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: ProfileType.TARGET_GLUCOSE_RANGE,
}
"""What the history calls the types of profile templates."""
BLOCKS: Mapping[TemplateType, type[Any]] = {
    TemplateType.BASAL_RATE_PROFILE: ids.BasalRateProfileTimeBlockChanged,
    TemplateType.ISF_PROFILE: ids.IsfProfileTimeBlockChanged,
    TemplateType.I2CHO_RATIO_PROFILE: ids.I2ChoRatioProfileTimeBlockChanged,
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: ids.TargetGlucoseRangeProfileTimeBlockChanged,
}
"""What the history records of each of their blocks."""


def rendered(entry: Entry) -> HistoryRecord:
    """An entry of the pump's history as a client reads it, as long as its content is not lost."""
    offset = min(entry.offset // seconds(1), MOST_SECONDS)
    return HistoryRecord(entry.number, offset, events_of(entry.record)[entry.part])


def read(history: History, entry: Entry) -> HistoryRecord:
    """An entry as a client reads it (IDS 1.0.2, table 3.29: Data Corruption)."""
    if entry.number in history.corrupted:
        return HistoryRecord(ids.CORRUPTED, 0, ids.DataCorruption())
    return rendered(entry)


def would_report(access: RecordAccess[Entry], history: History, value: bytes, *, protected: bool) -> list[HistoryRecord]:
    """The records that a write to the record access control point would report now; none for octets that make no sense."""
    try:
        payload, _ = ids.RECORD_ACCESS.envelope.open(value, protected=protected)
        return [read(history, entry) for entry in access.would_report(racp.IDS.decode(payload))]
    except WireError:
        return []


def newest_of(history: History, event: str) -> int:
    """The number of the newest readable record of this event. Raises ``LookupError`` where there is none."""
    numbers = [entry.number for entry in history.entries if type(rendered(entry).event).__name__ == event]
    if not numbers:
        raise LookupError(f"there is no record of {event}")
    return numbers[-1]


def events_of(record: Record) -> tuple[Any, ...]:
    """The packets that report a record, as many as it takes entries."""
    return EVENTS[type(record)](record)


def aux_of(detail: Detail | None) -> tuple[int | None, ...]:
    """The auxiliary fields of an annunciation, two octets each (IDS 1.0.2, table 4.7)."""
    match detail:
        case None:
            given: list[int | float] = []
        case CanceledBolus(bolus_id, type_, programmed, delivered, lasted):
            given = [bolus_id, type_, iu(programmed), iu(delivered), lasted // minutes(1)]
        case Temperature(celsius, context, low, high):
            report = ids.TemperatureReport(celsius, context, too_low=celsius < low, too_high=celsius > high)
            octets = packet.encode(report)
            given = [int.from_bytes(octets[:2], "little"), int.from_bytes(octets[2:], "little"), low, high]
        case GlucoseAtAlert(mg_dl, trend):
            given = [float(mg_dl)] if trend is None else [float(mg_dl), float(trend)]
    fields = [int.from_bytes(SFLOAT.build(v), "little") if isinstance(v, float) else v for v in given]
    return (*fields, *(None,) * (AUX_FIELDS - len(fields)))


# What the history says of each kind of record


def _reference_time(record: records.ReferenceTime) -> tuple[Any, ...]:
    shown = DateTime.of(record.shown) if record.wrong_date is None else DateTime(*record.wrong_date, 0, 0, 0)
    return (ids.ReferenceTime(record.reason, shown, record.time_zone, record.dst_offset),)


def _bolus_calculated(record: records.BolusCalculated) -> tuple[Any, ...]:
    recommended, confirmed = ([iu(amount) for amount in part] for part in (record.recommended, record.confirmed))
    return ids.BolusCalculated1Of2(*recommended), ids.BolusCalculated2Of2(*confirmed)


def _bolus_programmed(record: records.BolusProgrammed) -> tuple[Any, ...]:
    return (
        ids.BolusProgrammed1Of2(
            record.bolus_id, record.type, iu(record.fast), iu(record.extended), record.duration // minutes(1)
        ),
        ids.BolusProgrammed2Of2(
            delay_time=None if record.delay is None else record.delay // minutes(1),
            template_number=record.template_number,
            activation_type=record.activation,
            correction=record.correction,
            meal=record.meal,
        ),
    )


def _bolus_delivered(record: records.BolusDelivered) -> tuple[Any, ...]:
    return (
        ids.BolusDelivered1Of2(record.bolus_id, record.type, iu(record.fast), iu(record.extended), record.lasted // minutes(1)),
        ids.BolusDelivered2Of2(record.waited // seconds(1), record.activation, record.reason, record.annunciation_id),
    )


def _basal_rate_changed(record: records.BasalRateChanged) -> tuple[Any, ...]:
    return (ids.DeliveredBasalRateChanged(iu(record.old), iu(record.new), record.context),)


def _tbr_started(record: records.TbrStarted) -> tuple[Any, ...]:
    lasting = record.duration // minutes(1)
    return (ids.TbrAdjustmentStarted(record.type, record.value / WHOLE, lasting, record.template_number),)


def _tbr_changed(record: records.TbrChanged) -> tuple[Any, ...]:
    lasting, elapsed = record.duration // minutes(1), record.elapsed // minutes(1)
    return (ids.TbrAdjustmentChanged(record.type, record.value / WHOLE, lasting, elapsed, record.template_number),)


def _tbr_ended(record: records.TbrEnded) -> tuple[Any, ...]:
    lasted = record.lasted // minutes(1)
    return (ids.TbrAdjustmentEnded(record.type, lasted, record.reason, record.template_number, record.annunciation_id),)


def _profile_template_activated(record: records.ProfileTemplateActivated) -> tuple[Any, ...]:
    return (ids.ProfileTemplateActivated(PROFILE_TYPES[record.type], record.old, record.new),)


def _template_stored(record: records.TemplateStored) -> tuple[Any, ...]:
    number = record.number
    match record.template:
        case ProfileTemplate(blocks):
            event = BLOCKS[record.type]
            return tuple(event(number, place, block.minutes, *block.values) for place, block in enumerate(blocks, 1))
        case TbrTemplate(tbr_type, adjustment, lasting):
            return (ids.TbrTemplateChanged(number, tbr_type, adjustment, lasting),)
        case BolusTemplate(bolus_type, fast, extended, lasting, delay, correction, meal):
            return (
                ids.BolusTemplateChanged1Of2(number, bolus_type, fast, extended, lasting),
                ids.BolusTemplateChanged2Of2(delay, correction, meal),
            )


def _daily_total(record: records.DailyTotal) -> tuple[Any, ...]:
    day = record.day
    total = (iu(record.bolus), iu(record.basal), day.year, day.month, day.day, record.clock_changed)
    return (ids.TotalDailyInsulinDelivery(*total),)


def _therapy_changed(record: records.TherapyChanged) -> tuple[Any, ...]:
    return (ids.TherapyControlStateChanged(record.old, record.new),)


def _operational_state_changed(record: records.OperationalStateChanged) -> tuple[Any, ...]:
    return (ids.OperationalStateChanged(record.old, record.new),)


def _reservoir_level(record: records.ReservoirLevel) -> tuple[Any, ...]:
    return (ids.ReservoirRemainingAmountChanged(Special.NAN if record.shown is None else iu(record.shown)),)


def _annunciation_changed(record: records.AnnunciationChanged) -> tuple[Any, ...]:
    annunciation = ids.Annunciation(record.instance_id, record.type, record.status)
    aux = aux_of(record.detail)
    return ids.AnnunciationStatusChanged1Of2(annunciation, *aux[:2]), ids.AnnunciationStatusChanged2Of2(*aux[2:])


def _priming_started(record: records.PrimingStarted) -> tuple[Any, ...]:
    return (ids.PrimingStarted(iu(record.amount)),)


def _priming_done(record: records.PrimingDone) -> tuple[Any, ...]:
    return (ids.PrimingDone(iu(record.pushed), record.reason, record.annunciation_id),)


def _max_bolus_changed(record: records.MaxBolusChanged) -> tuple[Any, ...]:
    return (ids.MaxBolusAmountChanged(iu(record.old), iu(record.new)),)


def _low_suspend_started(record: records.LowSuspendStarted) -> tuple[Any, ...]:
    predicted = Special.NAN if record.predicted is None else record.predicted
    return (ids.LowSuspendStarted(record.reason, record.mg_dl, predicted),)


def _low_suspend_ended(record: records.LowSuspendEnded) -> tuple[Any, ...]:
    return (ids.LowSuspendEnded(record.reason, record.lasted // minutes(1)),)


EVENTS: Mapping[type[Record], Callable[[Any], tuple[Any, ...]]] = {
    records.ReferenceTime: _reference_time,
    records.BolusCalculated: _bolus_calculated,
    records.BolusProgrammed: _bolus_programmed,
    records.BolusDelivered: _bolus_delivered,
    records.BasalRateChanged: _basal_rate_changed,
    records.TbrStarted: _tbr_started,
    records.TbrChanged: _tbr_changed,
    records.TbrEnded: _tbr_ended,
    records.ProfileTemplateActivated: _profile_template_activated,
    records.TemplateStored: _template_stored,
    records.DailyTotal: _daily_total,
    records.TherapyChanged: _therapy_changed,
    records.OperationalStateChanged: _operational_state_changed,
    records.ReservoirLevel: _reservoir_level,
    records.AnnunciationChanged: _annunciation_changed,
    records.PrimingStarted: _priming_started,
    records.PrimingDone: _priming_done,
    records.MaxBolusChanged: _max_bolus_changed,
    records.LowSuspendStarted: _low_suspend_started,
    records.LowSuspendEnded: _low_suspend_ended,
}
"""How each kind of record is reported."""
