"""Whether a scenario was played at all: a fault that never struck has tested nobody."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from isletbench.emulator.core.quantities import clock
from isletbench.emulator.faults.fault import Fault
from isletbench.emulator.faults.triggers import condition_of
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.entries import Entry, FaultEntry, FaultState, Header
from isletbench.emulator.scenarios.scenario import Scenario


def not_of(scenario: Scenario, entries: Sequence[Entry]) -> str:
    """Why these entries are of no run of this scenario; empty when they are.

    Everything that the scenario lets happen has to be in them, on the devices of its rig, and on its person.
    """
    header = next((entry for entry in entries if isinstance(entry, Header)), None)
    kinds = scenario.rig_of().participants
    if header is None or dict(header.devices) != kinds:
        there = "no devices" if header is None else ", ".join(header.devices) or "no devices"
        return f"{scenario.id} is played with {', '.join(kinds)}, and this journal is of {there}"
    injected = [entry.declared for entry in entries if isinstance(entry, FaultEntry) and entry.what is FaultState.INJECTED]
    for fault in scenario.faults():
        declared = _as_declared(fault)
        if declared not in injected:
            return f"{scenario.id} lets {fault.kind()} happen to {fault.device}, and nobody injected that in this journal"
    return ""


def _as_declared(fault: Fault) -> Mapping[str, Any]:
    """A fault as the journal has it when it is injected."""
    return {"fault": fault.kind(), **fault.model_dump(mode="json", exclude_defaults=True, exclude={"name"})}


def unmet(scenario: Scenario, conversation: Conversation) -> Iterator[str]:
    """What has not happened in a run though it should have: faults that have not struck, each with what became of it, and what
    the client's user would have wanted later."""
    states: dict[str, list[FaultEntry]] = {}
    for entry in conversation.faults:
        states.setdefault(entry.fault, []).append(entry)
    for name, entries in states.items():
        last = {entry.what: entry for entry in entries}
        if failed := last.get(FaultState.FAILED):
            yield f"the fault {name} could not happen: {failed.why}"
        elif FaultState.STRUCK in last or name in conversation.acting or name in scenario.traps:
            continue
        elif armed := last.get(FaultState.ARMED):
            yield f"the fault {name} was armed at {clock(armed.at)} and changed nothing"
        else:
            yield f"the fault {name} was never armed: {_awaited(entries)} never happened"
    for intent in scenario.intent:
        if intent.at > conversation.ended:
            wanted = f"its user wanted something at {clock(intent.at)} ({intent.do})"
            yield f"the run ended at {clock(conversation.ended)}, before {wanted}"


def _awaited(entries: Sequence[FaultEntry]) -> str:
    """What a fault waited for, in words where it has a condition."""
    when = next((entry.declared["when"] for entry in entries if entry.declared and "when" in entry.declared), None)
    return "what it waits for" if when is None else f"what it waits for ({condition_of(when)})"
