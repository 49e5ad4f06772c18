"""A running bench as lines of text, made from what ``Bench.status`` returns: for the live view and ``isletbench status``."""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.endpoints.registry import KINDS, PARTICIPANTS


def line_of(device: Mapping[str, Any]) -> str:
    """The state of one device: what it does, its annunciations, and who is connected."""
    kind = device["kind"]
    parts = ["a real device" if device.get("real") else PARTICIPANTS[kind].status_line(device), *_annunciations(device)]
    if (device.get("ble") or {}).get("awaits_passkey"):
        parts.append("! awaits the passkey that its client displays: isletbench do DEVICE enter_passkey passkey=NNNNNN")
    if storm := (device.get("ble") or {}).get("storm"):
        parts.append(f"! the next {storm} Bluetooth connections break")
    if kind in KINDS:
        parts.append(f"clients: {', '.join(device['clients'])}" if device["clients"] else "nobody connected")
    return " | ".join(parts)


def _annunciations(device: Mapping[str, Any]) -> list[str]:
    names = [_named(one) for key in ("annunciation", "annunciations") for one in device.get(key) or ()]
    return [f"! {', '.join(names)}"] if names else []


def _named(annunciation: Any) -> str:
    name = annunciation.get("type", annunciation) if isinstance(annunciation, Mapping) else annunciation
    return str(name).lower().replace("_", " ")


def time_line(status: Mapping[str, Any]) -> str:
    """The rig, the bench's time and its pace."""
    return f"rig {status['rig']}, {clock(status['now'])} since start, pace {status['pace']}"


def clock(milliseconds: int) -> str:
    """A time since the start: ``1:02:03``, with days before it from the second one on."""
    minutes, seconds = divmod(milliseconds // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{f'{days} d ' if days else ''}{hours}:{minutes:02}:{seconds:02}"


def fault_lines(status: Mapping[str, Any]) -> list[str]:
    """A line for each fault that is not over."""
    return [fault_line(fault) for fault in status["faults"] if fault["state"] != "over"]


def fault_line(fault: Mapping[str, Any]) -> str:
    """A fault: its name, what it is, its settings, its state, and how often it has struck."""
    declared = dict(fault["declared"])
    kind, device = declared.pop("fault"), declared.pop("device")
    declared.pop("name", None)
    declared |= declared.pop("arguments", {})
    if "when" in declared:
        from isletbench.emulator.faults.triggers.sentence import text_of  # noqa: PLC0415  # loads every condition

        declared["when"] = f'"{text_of(declared["when"])}"'
    settings = " ".join(f"{key}={'all' if value is None else value}" for key, value in declared.items())
    struck = f", struck {fault['struck']}x" if fault["struck"] else ""
    return f"{fault['id']} ({kind} on {device}{' ' + settings if settings else ''}): {fault['state']}{struck}"
