"""The cells of a campaign, by number: a product that is never written out, so that a few of millions can be drawn."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate, product
from random import Random
from typing import Any

from isletbench.emulator.campaigns.campaign import Campaign, CampaignError, named
from isletbench.emulator.campaigns.cell import Cell, cell_of, content_in, content_of, fault_words, is_of_messages
from isletbench.emulator.core.endpoint import Place
from isletbench.emulator.core.quantities import parse_span, shown
from isletbench.emulator.faults.messages import MessageFault
from isletbench.emulator.faults.registry import FAULTS
from isletbench.emulator.journal.exchanges import meaning_of
from isletbench.emulator.rigs.rig import Rig, load_rig
from isletbench.protocols.catalogue import TYPES

NEVER = 1_000_000
"""A message that no run comes to: a fault that strikes there only counts."""
MATCHED_MANY: Mapping[str, int] = {"no_response": 10, "notify_before_answer": 2, "reorder_replies": 2}
"""How many messages in a row a fault strikes that would show nothing, or end nowhere, when it strikes one."""
EXAMPLES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "truncate_reply": ({"octets": 0}, {"octets": 3}),
    "substitute_reply": ({"octets": "00"},),
    "notify_before_answer": (
        {"on": "cgms.Measurement"},
        {"on": "ids.StatusChanged"},
        {"on": "gls.Measurement"},
    ),
    "alter_reply": (
        {"on": "cgms.Measurement", "field": "glucose", "to": "NaN"},
        {"on": "cgms.Measurement", "field": "time_offset", "by": 7},
        {"on": "ids.Status", "field": "reservoir_remaining", "to": 0},
        {"on": "ids.Status", "field": "therapy_control_state", "to": 200},
        {"on": "gls.Measurement", "field": "sequence", "by": 7},
    ),
}
"""What faults of messages are given that need something; what a device does not have is matched by nothing there."""


def message_faults(device: str) -> list[dict[str, Any]]:
    """Every fault of messages of the catalogue, on a device, with values where it needs some."""
    found = []
    for name, fault in FAULTS.items():
        if issubclass(fault, MessageFault):
            found += [{"fault": name, "device": device, **example} for example in EXAMPLES.get(name, ({},))]
    return found


# Cells


def bases(campaign: Campaign) -> list[Cell]:
    """The cells of a campaign without additional faults. Raises ``ScenarioError``, ``CampaignError``."""
    found = []
    for scenario in named(campaign.scenarios):
        content = content_of(scenario)
        carriers = [carrier for carrier in campaign.over if carrier in content.get("over", campaign.over)]
        model = _model(campaign, content if scenario.endswith(".toml") else scenario, content)
        for rig in campaign.rigs or (None,):
            has_patient = _rig(rig or content.get("rig", "default")).patient is not None
            subjects = campaign.subjects if has_patient and campaign.subjects else (None,)
            others = product(campaign.client, carriers, subjects, campaign.profiles or ({},), campaign.seeds or (None,))
            for client, over, subject, profiles, seed in others:
                changes = {"client": client, "over": over, "rig": rig, "subject": subject, "profiles": profiles, "seed": seed}
                found.append(model.model_copy(update=changes))
    _require_devices(campaign, found)
    return found


def _require_devices(campaign: Campaign, found: Sequence[Cell]) -> None:
    """Raise ``CampaignError`` for a fault of a device that no rig of the campaign has: it would be left out everywhere."""
    there = frozenset[str]().union(*map(participants_of, found))
    for number, fault in enumerate(campaign.fault):
        if fault["device"] not in there:
            expected = f"expected one of {', '.join(sorted(there))}"
            raise CampaignError(f"fault.{number}.device: {fault['device']!r}: no rig of the campaign has it; {expected}")


def _model(campaign: Campaign, scenario: str | dict[str, Any], content: Mapping[str, Any]) -> Cell:
    """A cell of a scenario, with what is the same in all of its cells. Raises ``CellError``."""
    lasts = {} if campaign.lasts is None else {"lasts": shown(campaign.lasts)}
    for client in campaign.client:
        plain = {"scenario": scenario, "client": client.model_dump(mode="json"), "pace": campaign.pace, **lasts}
        model = cell_of({**plain, "leave_out": _there(content, campaign.leave_out)}, "campaign")
    return model


@cache
def _rig(name: str) -> Rig:
    """A rig by its name, read once. Raises ``RigError``."""
    return load_rig(name)


def _there(content: Mapping[str, Any], checks: Sequence[str]) -> list[str]:
    """The checks, of these, that a scenario has; none where it has no other."""
    demanded = {one.get("check") for one in content.get("expect", ())}
    found = [check for check in checks if check in demanded]
    return found if demanded - set(found) else []


def rig_of(cell: Cell) -> Rig:
    """The rig of a cell, without what the cell changes in it. Raises ``RigError``."""
    return _rig(cell.rig or content_in(cell).get("rig", "default"))


def devices_of(cell: Cell) -> list[str]:
    """The devices that the client of a cell has to talk to."""
    devices = rig_of(cell).devices
    return [name for name in content_in(cell).get("clients", devices) if name in devices]


def participants_of(cell: Cell) -> frozenset[str]:
    """Whatever faults can happen to in a cell: its devices, and the patient where there is one."""
    return frozenset(rig_of(cell).participants)


@dataclass(frozen=True, slots=True)
class Block:
    """Cells that differ in their faults only."""

    base: Cell
    faults: Callable[[int], tuple[dict[str, Any], ...]]
    """The faults of one of them, counted from 0."""
    size: int


@dataclass(frozen=True, slots=True)
class Space(Sequence[Cell]):
    """All cells of a campaign."""

    blocks: Sequence[Block]
    ends: Sequence[int]
    """The number behind the last cell of each block."""

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> "Space":
        """The cells of these blocks, one block after another."""
        there = [block for block in blocks if block.size]
        return cls(there, list(accumulate(block.size for block in there)))

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        place = bisect_right(self.ends, index)
        block = self.blocks[place]
        faults = block.faults(index - (self.ends[place] - block.size))
        return block.base.model_copy(update={"faults": faults}) if faults else block.base

    def drawn(self, cells: int, seed: int) -> list[Cell]:
        """So many of them, drawn by a seed, in their order; all where there are no more."""
        if cells >= len(self):
            return list(self)
        return [self[index] for index in sorted(Random(seed).sample(range(len(self)), cells))]


def space_of(campaign: Campaign, found: Sequence[Cell], counts: Mapping[int, Sequence[tuple[dict[str, Any], int]]]) -> Space:
    """The cells of a campaign over these bases. ``counts`` has, by the number of a base, each fault of messages that is played
    at every exchange and how many there are."""
    blocks = []
    everything = [] if campaign.every_exchange else list(_planned(campaign))
    _require_time(everything, found)
    for number, base in enumerate(found):
        if campaign.without_fault:
            blocks.append(Block(base, lambda _: (), 1))
        there, ends = participants_of(base), _lasts(base)
        planned = [one for one in everything if one["device"] in there and parse_span(one.get("at", "0s")) < ends]
        blocks.append(Block(base, partial(_one_of, planned), len(planned)))
        for fault, count in counts.get(number, ()):
            blocks.append(Block(base, partial(_at_message, fault), count))
    return Space.of(blocks)


def _lasts(cell: Cell) -> int:
    """How long a cell is played, ms."""
    whole = parse_span(content_in(cell)["lasts"])
    return whole if cell.lasts is None else min(whole, cell.lasts)


def _require_time(faults: Sequence[Mapping[str, Any]], found: Sequence[Cell]) -> None:
    """Raise ``CampaignError`` for a fault that begins when every scenario is over: it would be left out everywhere."""
    longest = max(map(_lasts, found), default=0)
    for fault in faults:
        if parse_span(fault.get("at", "0s")) >= longest:
            raise CampaignError(f"{fault_words(fault)} at {fault['at']}: the longest scenario is over after {shown(longest)}")


def _one_of(planned: Sequence[dict[str, Any]], index: int) -> tuple[dict[str, Any]]:
    return (planned[index],)


def _at_message(fault: Mapping[str, Any], index: int) -> tuple[dict[str, Any]]:
    return (at_exchange(fault, index + 1),)


def _planned(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """Each fault of a campaign, at each of its exchanges and instants."""
    for fault in campaign.fault:
        exchanges = campaign.exchanges if campaign.exchanges and is_of_messages(fault) else (None,)
        for exchange, instant in product(exchanges, campaign.instants or (None,)):
            placed = fault if exchange is None else at_exchange(fault, exchange)
            yield placed if instant is None else {**placed, "at": shown(instant)}


def at_exchange(fault: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A fault of messages that strikes at the how many-th message that it matches, and is over then."""
    return {"count": MATCHED_MANY.get(fault["fault"], 1), **fault, "nth": number}


# Counting the messages of a run


def swept(campaign: Campaign, base: Cell) -> list[dict[str, Any]]:
    """The faults of messages that are played at every exchange of a base."""
    declared = [fault for fault in campaign.fault if is_of_messages(fault)]
    kinds = rig_of(base).participants
    found = [fault for device in devices_of(base) for fault in message_faults(device) if _has(kinds[device], fault.get("on"))]
    return [fault for fault in declared or found if fault["device"] in kinds]


def _has(kind: str, on: str | None) -> bool:
    """Whether a kind of device has a type."""
    return on is None or meaning_of(kind, Place(TYPES[on].uuid), b"")[0] == on


def counting(base: Cell, faults: Sequence[Mapping[str, Any]]) -> Cell:
    """A base with faults that strike never, and count the messages that they would strike."""
    probes = tuple({**fault, "name": probe(number), "nth": NEVER} for number, fault in enumerate(faults))
    return base.model_copy(update={"faults": probes})


def probe(number: int) -> str:
    """The name of a fault that counts."""
    return f"probe-{number}"
