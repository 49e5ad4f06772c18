"""JSON that services and apps give: Nightscout, Tidepool, AndroidAPS."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

from isletbench.emulator.core.problems import not_parsed
from isletbench.emulator.patient.traces import numbers, times
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.numbers import MG_DL
from isletbench.emulator.patient.traces.observations import Found, Observation

Entry: TypeAlias = Mapping[str, Any]
TYPED = {"$numberLong", "$numberInt", "$numberDouble", "$date", "$oid"}
"""Keys with which MongoDB's exports say what type a value has."""
LOWEST_SGV = 13
"""Nightscout keeps error codes of the sensor in place of values below this."""


def read(text: str) -> Found | None:
    """What JSON of one of the services says; None for what is no JSON. Raises ``TraceError`` for JSON of another kind."""
    if text.lstrip("\ufeff \t\r\n")[:1] not in {"[", "{"}:
        return None
    entries = [entry for entry in _entries(text) if isinstance(entry, dict)]
    for name, belongs, observe in FORMATS:
        if any(belongs(entry) for entry in entries):
            found = Found(name, unit=MG_DL if name in ALWAYS_MG_DL else None, unit_from="the format")
            for number, entry in enumerate(entries, start=1):
                _take(found, entry, f"entry {number}", belongs, observe)
            return found
    raise TraceError("JSON that is neither of Nightscout nor of Tidepool nor of AndroidAPS: expected one of these")


def _entries(text: str) -> Iterator[Any]:
    """The entries of a list, of the lists in an object, or of one object a line."""
    try:
        whole = _loaded(text.lstrip("\ufeff"))
    except RecursionError:
        raise TraceError("begins as JSON and is none that a recording has: expected fewer values inside one another") from None
    except ValueError:
        try:
            yield from (_loaded(line) for line in text.lstrip("\ufeff").splitlines() if line.strip())
        except ValueError as error:
            raise TraceError(f"begins as JSON and is none: {not_parsed('JSON', error)}") from None
        return
    if isinstance(whole, list):
        yield from whole
    else:
        for value in whole.values():
            if isinstance(value, list):
                yield from value


def _loaded(text: str) -> Any:
    return json.loads(text, object_hook=_without_type)


def _without_type(value: dict[str, Any]) -> Any:
    """A value, where an export of the database names its type: ``{"$numberLong": "1772575200000"}``."""
    if len(value) != 1 or (kind := next(iter(value))) not in TYPED:
        return value
    (held,) = value.values()
    return held if kind in {"$date", "$oid"} else numbers.number(held)


def _take(
    found: Found,
    entry: Entry,
    where: str,
    belongs: Callable[[Entry], bool],
    observe: "Callable[[Entry, str], Observation | str]",
) -> None:
    try:
        taken = observe(entry, where) if belongs(entry) else "an entry of another kind"
    except (ValueError, TypeError, OverflowError, OSError) as error:
        taken = str(error) if "date" in str(error) else "an entry whose value is no number"
    if isinstance(taken, str):
        found.leave_out(taken, where)
    else:
        found.observations.append(taken)


def _with_offset(at: datetime, minutes: Any) -> datetime:
    """An instant in the zone that the entry names by its minutes from UTC."""
    if isinstance(minutes, int | float) and not isinstance(minutes, bool) and abs(minutes) <= 14 * 60:
        return at.astimezone(timezone(timedelta(minutes=minutes)))
    return at


def _nightscout(entry: Entry, where: str) -> Observation | str:
    """Entries have sgv; treatments have insulin and carbs."""
    at = times.moment(entry.get("date") or entry.get("mills") or entry.get("dateString") or entry.get("created_at") or "")
    at = _with_offset(at, entry.get("utcOffset"))
    if "eventType" in entry:
        bolus, carbs = numbers.amount(entry.get("insulin")), numbers.amount(entry.get("carbs"))
        basal, lasts = _temp_basal(entry) if entry["eventType"] == "Temp Basal" else (None, None)
        if bolus is None and carbs is None and basal is None:
            return f"a treatment without insulin or carbohydrate ({entry['eventType']})"
        return Observation(at, where, bolus=bolus, basal=basal, basal_lasts=lasts, carbs=carbs)
    if entry.get("type", "sgv") != "sgv":
        return f"an entry of type {entry.get('type')}"
    value = numbers.glucose(entry.get("sgv"))
    if isinstance(value, float) and 0 < value < LOWEST_SGV:
        return "an error code of the sensor"
    return Observation(at, where, value)


def _temp_basal(entry: Entry) -> tuple[float | None, timedelta | None]:
    """The rate of a temp basal, and how long it lasts; one without a duration ends the one that runs. What is said in percent
    of a profile is no rate: the profile is in no entry."""
    lasts = timedelta(minutes=numbers.number(entry.get("duration")) or 0)
    rate = numbers.rate(entry.get("absolute") if entry.get("absolute") is not None else entry.get("rate"))
    return (rate if lasts else 0.0), lasts


def _lasts(entry: Entry) -> timedelta | None:
    """How long a rate lasts, where that is said in ms."""
    lasts = numbers.number(entry.get("duration"))
    return None if lasts is None else timedelta(milliseconds=lasts)


def _tidepool(entry: Entry, where: str) -> Observation | str:
    at = times.moment(entry.get("time") or entry.get("deviceTime") or "")
    at = _with_offset(at, entry.get("timezoneOffset"))
    match entry["type"]:
        case "cbg":
            return Observation(at, where, numbers.glucose(entry.get("value")), numbers.unit_in(str(entry.get("units"))))
        case "bolus":
            normal, extended = numbers.amount(entry.get("normal")), numbers.amount(entry.get("extended"))
            return Observation(at, where, bolus=(normal or 0) + (extended or 0) or None)
        case "basal":
            rate = 0.0 if entry.get("deliveryType") == "suspend" else numbers.rate(entry.get("rate"))
            return Observation(at, where, basal=rate, basal_lasts=_lasts(entry))
        case "wizard":
            return Observation(at, where, carbs=numbers.amount(entry.get("carbInput")))
        case "food":
            carbohydrate = (entry.get("nutrition") or {}).get("carbohydrate") or {}
            return Observation(at, where, carbs=numbers.amount(carbohydrate.get("net")))
        case other:
            return f"an entry of type {other}"


def _android_aps(entry: Entry, where: str) -> Observation | str:
    """AndroidAPS's upload: glucose values, boluses and carbohydrates in files of their own; offsets are ms."""
    if entry.get("isValid") is False or entry.get("isDeletion") is True:
        return "an entry that was deleted"
    offset = entry.get("utcOffset")
    at = times.moment(entry["timestamp"])
    at = _with_offset(at, offset / 60_000 if isinstance(offset, int | float) and not isinstance(offset, bool) else None)
    if "value" in entry:
        return Observation(at, where, numbers.glucose(entry["value"]))
    if "duration" in entry or "type" not in entry:
        return Observation(at, where, carbs=numbers.amount(entry.get("amount")))
    return Observation(at, where, bolus=numbers.amount(entry.get("amount")))


def _is_nightscout(entry: Entry) -> bool:
    return (
        ("sgv" in entry and ("date" in entry or "dateString" in entry))
        or ("eventType" in entry and ("created_at" in entry or "mills" in entry))
        or (entry.get("type") in {"mbg", "cal", "sgv"} and "date" in entry)
    )


def _is_tidepool(entry: Entry) -> bool:
    return isinstance(entry.get("type"), str) and ("time" in entry or "deviceTime" in entry)


def _is_android_aps(entry: Entry) -> bool:
    return isinstance(entry.get("timestamp"), int) and ("value" in entry or "amount" in entry)


FORMATS: tuple[tuple[str, Callable[[Entry], bool], Callable[[Entry, str], Observation | str]], ...] = (
    ("Nightscout", _is_nightscout, _nightscout),
    ("Tidepool", _is_tidepool, _tidepool),
    ("AndroidAPS", _is_android_aps, _android_aps),
)
"""Name, whether an entry belongs to it, and what it says or why it is left out."""
ALWAYS_MG_DL = {"Nightscout", "AndroidAPS"}
"""They keep glucose in mg/dL whatever they show."""
