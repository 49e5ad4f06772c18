"""A scenario from a journal: what went wrong then, and what the client's user wanted, played again to virtual devices.

From the journal of a proxy come the faults that were injected, the times at which the real device was gone, and the boluses
that its client asked for; glucose and the state of the device are those of the rig of the package.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from isletbench.emulator.core.notes import Decoded
from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.journal.bench_events import RealDeviceGone, RealDeviceThere
from isletbench.emulator.journal.entries import BenchEntry, Entry, FaultEntry, FaultState, Header, NoteEntry
from isletbench.emulator.rigs.rig import RigError, load_rig, rigs_of_the_package
from isletbench.protocols.plain import to_plain

SAME_BOLUS_MS = 60_000
"""A bolus of the same size within this time is the same bolus, asked for again."""
EXPECTED: Mapping[str, str] = {"cgms": "fetches_missed", "ids": "resolves", "gls": "transfers_once"}
"""What is demanded of a client at least, by the service of a device that it has talked to: a check."""
DOSES = "ids"
"""The service of a device that gives boluses."""


class NoScenario(ValueError):
    """A journal that no scenario can be made of; one sentence that says why."""


def scenario_of(entries: Sequence[Entry], identifier: str) -> dict[str, Any]:
    """The scenario as plain data, as its file has it. Raises ``NoScenario``."""
    header = entries[0]
    assert isinstance(header, Header), "every journal begins with its header"
    services = {name: KINDS[kind].service for name, kind in header.devices.items() if kind in KINDS}
    kinds = {name: header.devices[name] for name, service in services.items() if service in EXPECTED}
    if not kinds:
        raise NoScenario("the journal is of no device that a scenario could be about")
    if len(set(kinds.values())) < len(kinds):
        raise NoScenario("the journal has two devices of one kind: expected one of each at most")
    last = max((getattr(entry, "at", 0) for entry in entries), default=0)
    if not last:
        raise NoScenario("nothing has happened in the journal")
    lasts = -(-last // minutes(1)) * minutes(1)
    rig, names = _rig_with(kinds)
    intents = list(_boluses(entries))
    faults = [{**fault, "device": names.get(fault["device"], fault["device"])} for fault in _faults(entries)]
    faults += _outages(entries, names, lasts)
    demands = [{"check": EXPECTED[str(services[name])], "device": names[name]} for name in kinds]
    doses = [{"check": "doses_once", "device": names[one], "boluses": len(intents)} for one in kinds if services[one] == DOSES]
    return {
        "schema": 1,
        "id": identifier,
        "title": "As it was recorded",
        "story": "A recorded conversation: say here what the device did, and what careful software does then.",
        "rig": rig,
        "clients": sorted(kinds.values()),
        "lasts": f"{lasts // 1_000}s",
        **({"intent": intents} if intents else {}),
        **({"fault": faults} if faults else {}),
        "expect": [*demands, *(doses if intents else [])],
    }


def _rig_with(kinds: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """A rig of the package that has these kinds of device, and what it calls each of them."""
    for name in ("default", *rigs_of_the_package()):
        try:
            devices = load_rig(name).devices
        except RigError:  # of firmware
            continue
        called = {table.kind: device for device, table in reversed(devices.items())}
        if called.keys() >= set(kinds.values()):
            return name, {device: called[kind] for device, kind in kinds.items()}
    raise NoScenario(f"no rig of the package has {', '.join(sorted(kinds.values()))}")


def _seconds(at: Instant) -> str:
    return f"{at / 1_000:g}s"


def _boluses(entries: Iterable[Entry]) -> Iterable[dict[str, Any]]:
    """What the user wanted, as far as the client asked for it."""
    asked: dict[float, Instant] = {}
    for entry in entries:
        if not isinstance(entry, NoteEntry) or not isinstance(entry.note, Decoded) or entry.note.operation != "SetBolus":
            continue
        operand = to_plain(entry.note.operand)
        units = (
            float(operand.get("fast_amount", 0)) + float(operand.get("extended_amount", 0)) if isinstance(operand, dict) else 0
        )
        if units and entry.at - asked.get(units, -SAME_BOLUS_MS) >= SAME_BOLUS_MS:
            yield {"at": _seconds(entry.at), "do": "bolus", "units": units}
        asked[units] = entry.at


def _faults(entries: Sequence[Entry]) -> Iterable[dict[str, Any]]:
    """The faults that were injected, from when to when."""
    of_faults = [entry for entry in entries if isinstance(entry, FaultEntry)]
    cleared = {entry.fault: entry.at for entry in of_faults if entry.what is FaultState.CLEARED}
    for entry in of_faults:
        if entry.what is FaultState.INJECTED and entry.declared is not None:
            declared = {key: value for key, value in entry.declared.items() if value is not None}
            begins = {} if "at" in declared or "after" in declared else {"at": _seconds(entry.at)}
            ended = cleared.get(entry.fault)
            ends = {} if ended is None or "lasts" in declared else {"lasts": _seconds(max(ended - entry.at, 1))}
            yield {**declared, **begins, **ends}


def _outages(entries: Iterable[Entry], names: Mapping[str, str], lasts: Instant) -> list[dict[str, Any]]:
    """The times at which the real device was gone."""
    gone: dict[str, Instant] = {}
    outages = []
    for entry in entries:
        match entry:
            case BenchEntry(at=at, event=RealDeviceGone(device=device)):
                gone[device] = at
            case BenchEntry(at=at, event=RealDeviceThere(device=device)) if device in gone:
                outages.append((device, began := gone.pop(device), at - began))
            case _:
                pass
    outages += [(device, began, lasts - began) for device, began in gone.items()]
    return [
        {"fault": "vanish", "device": names[device], "at": _seconds(began), "lasts": _seconds(span)}
        for device, began, span in outages
    ]
