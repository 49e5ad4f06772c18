"""The subjects of every model: whose glucose it is.

``adult`` and other words are personas of ours; ``published`` has the values of the publication; ``sample#7`` is the seventh
person of the population (``population``); ``adult#001`` and the like are the thirty persons of simglucose, read from it where
it is installed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.physiology.hovorka import Hovorka
from isletbench.emulator.patient.physiology.insulin_activity import CURVES, InsulinActivity
from isletbench.emulator.patient.physiology.model import Model
from isletbench.emulator.patient.physiology.uva_padova import UvaPadova
from isletbench.emulator.patient.population import hovorka_sample, insulin_activity_sample, uva_padova_sample
from isletbench.emulator.patient.thirty import is_name_of_the_thirty, one_of_the_thirty

SAMPLE = "sample#"
"""How the name of a person of the population begins; a number from 1 follows."""


@dataclass(frozen=True, slots=True)
class Family:
    """One model and its subjects."""

    about: str
    """What the model is, in one line."""
    personas: Mapping[str, Model]
    """By name, the default one first."""
    sample: Callable[[int], Model]
    """The person of this number of the population."""
    thirty: Callable[[str], Model] | None = None
    """The person of simglucose with this name, for the model that simglucose has."""


_PUBLISHED = UvaPadova()
FAMILIES: Mapping[str, Family] = {
    "hovorka": Family(
        "Hovorka and others 2004 (Cambridge): eleven compartments",
        {
            "adult": Hovorka(sensitivity=0.6),
            "sensitive": Hovorka(sensitivity=0.8),
            "resistant": Hovorka(sensitivity=0.5),
            "published": Hovorka(),
        },
        hovorka_sample,
    ),
    "uva_padova": Family(
        "Dalla Man and others 2007 (UVA/Padova, version of 2008): thirteen compartments, a stomach with a memory of the meal",
        {
            "adult": _PUBLISHED.with_diabetes(ib=55, kp3=0.015, vmx=0.07),
            "sensitive": _PUBLISHED.with_diabetes(ib=45, kp3=0.02, vmx=0.1),
            "resistant": _PUBLISHED.with_diabetes(ib=80, kp3=0.009, vmx=0.047),
            "child": replace(_PUBLISHED, weight=32.0).with_diabetes(ib=40, kp3=0.015, vmx=0.08),
            "published": _PUBLISHED,
        },
        uva_padova_sample,
        one_of_the_thirty,
    ),
    "insulin_activity": Family(
        "the exponential activity curve of Loop and oref0: cheap, plausible, no physiology",
        {
            "adult": InsulinActivity(),
            "child": InsulinActivity(basal=0.3, sensitivity=120.0, ratio=20.0, curve=CURVES["rapid_child"]),
            "ultra_rapid": InsulinActivity(curve=CURVES["ultra_rapid"]),
            "oref0": InsulinActivity(curve=CURVES["oref0_rapid"]),
        },
        insulin_activity_sample,
    ),
}
"""Every model by name."""
DEFAULT_MODEL = "hovorka"


def family_of(model: str) -> Family:
    """The model of this name. Raises ``ValueError`` naming those that there are."""
    if model not in FAMILIES:
        raise ValueError(f"model: {model!r}: expected one of {', '.join(FAMILIES)}")
    return FAMILIES[model]


def subject_of(model: str, subject: str | None) -> Model:
    """The subject of this name, or the default one of the model. Raises ``ValueError`` naming those that there are."""
    family = family_of(model)
    name = next(iter(family.personas)) if subject is None else subject
    if name in family.personas:
        return family.personas[name]
    number = name.removeprefix(SAMPLE)
    if name.startswith(SAMPLE) and number.isdecimal() and 1 <= int(number) <= 1_000_000:
        return family.sample(int(number))
    if family.thirty is not None and is_name_of_the_thirty(name):
        return family.thirty(name)
    others = f"{SAMPLE}1 to {SAMPLE}1000000"
    if family.thirty is not None:
        others += ", or one of simglucose such as adult#001"
    raise ValueError(f"subject: {name!r}: expected one of {', '.join(family.personas)}, {others}, with the model {model}")


def values_of(model: Model) -> dict[str, Any]:
    """The parameters of a subject, by name."""
    fields: Mapping[str, Any] = model.__dataclass_fields__  # type: ignore[attr-defined]  # every model is a dataclass
    return {name: getattr(model, name) for name in fields}
