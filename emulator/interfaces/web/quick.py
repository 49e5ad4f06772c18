"""What people do to a bench all day, one press each: faults and actions of the catalogue with their arguments filled in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from isletbench.emulator.bench.steering import Steering


@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """One press."""

    label: str
    call: Literal["inject", "do", "step"]
    name: str = ""
    """Of the fault or action."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""
    """An action that the device has to have, too: several kinds of device may have one of the same name."""
    carrier: str = ""
    """A carrier that the device has to have."""


QUICK = (
    Quick(label="Vanish 10 min", call="inject", name="vanish", arguments={"lasts": "10m"}),
    Quick(label="Lose next reply", call="inject", name="lose_reply"),
    Quick(label="Pull the cable", call="inject", name="vanish", arguments={"over": "serial"}, carrier="serial"),
    Quick(label="Reboot", call="inject", name="reboot"),
    Quick(label="Occlude", call="do", name="occlude"),
    Quick(label="Unblock", call="do", name="clear", beside="occlude"),
    Quick(label="Low battery", call="do", name="battery", arguments={"percent": 10}),
    Quick(label="Compress", call="do", name="compress"),
    Quick(label="Fail sensor", call="do", name="fail", beside="insert"),
    Quick(label="New sensor", call="do", name="replace", beside="insert"),
    Quick(label="Finger stick", call="do", name="measure"),
    Quick(label="Eat 45 g", call="do", name="eat", arguments={"grams": 45}),
    Quick(label="Step 5 min", call="step", arguments={"span": "5m"}),
)


def quick_calls(steering: Steering, devices: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls that this bench can take, each with the ``devices`` that it is for (none: for the bench).

    ``devices`` are all that take part, by name.
    """
    found = []
    for one in QUICK:
        targets = [] if one.call == "step" else [name for name in devices if _fits(one, steering, name)]
        if targets or one.call == "step":
            found.append({**asdict(one), "devices": targets})
    return found


def _fits(quick: Quick, steering: Steering, device: str) -> bool:
    carriers = steering.carriers(device)
    if quick.call == "inject":
        return quick.carrier in carriers if quick.carrier else bool(carriers)
    actions = steering.actions(device)
    return quick.name in actions and (not quick.beside or quick.beside in actions)
