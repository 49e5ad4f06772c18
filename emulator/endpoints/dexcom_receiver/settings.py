"""What a rig may set of a receiver: its generation, its numbers, its user's settings and what the user enters on it."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from isletbench.emulator.core.models import Duration, Part, SignedDuration
from isletbench.emulator.endpoints.personality import Settings
from isletbench.protocols.dexcom.records import ALPHABET

Generation: TypeAlias = Literal["g4", "g5", "g6"]
EventWord: TypeAlias = Literal[
    "carbohydrate",
    "insulin",
    "illness",
    "stress",
    "high_symptoms",
    "low_symptoms",
    "cycle",
    "alcohol",
    "light_exercise",
    "medium_exercise",
    "heavy_exercise",
]


def _transmitter(text: str) -> str:
    if unknown := set(text) - set(ALPHABET):
        raise ValueError(f"transmitter {text!r}: expected digits and capital letters but I, O, V and Z, got {min(unknown)!r}")
    return text


class UserEntry(Part):
    """An event that the user enters on the receiver."""

    at: Duration
    """When, from when the bench begins."""
    event: EventWord
    value: float = Field(default=0, ge=0, le=10_000)
    """Grams of carbohydrate, units of insulin, or minutes of exercise."""


class ReceiverSettings(Settings):
    """What a rig may set of a receiver."""

    generation: Generation = "g4"
    """Whose record layouts it has."""
    touchscreen: bool = False
    """Whether it is the touchscreen model of G5 or G6: clients then ask for backfilled records, too."""
    serial_number: str = Field(default="SM12345678", pattern=r"^[A-Z]{2}[0-9]{8}$")
    transmitter: Annotated[str, AfterValidator(_transmitter)] | None = None
    """The id of its transmitter: five characters for G4, six for G5 and G6."""
    unit: Literal["mg/dL", "mmol/L"] = "mg/dL"
    utc_offset: SignedDuration = 0
    """How much its user's clock is ahead of UTC, on which its own clock runs."""
    entries: tuple[UserEntry, ...] = ()
    """What the user enters, in the order of time."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        wanted = GENERATIONS[self.generation].transmitter_length
        if self.transmitter is not None and len(self.transmitter) != wanted:
            raise ValueError(f"transmitter {self.transmitter!r}: expected {wanted} characters for {self.generation}")
        if self.touchscreen and self.generation == "g4":
            raise ValueError("touchscreen: expected with g5 and g6 only")
        if [entry.at for entry in self.entries] != sorted(entry.at for entry in self.entries):
            raise ValueError("entries: expected them in the order of their times")
        return self

    @property
    def transmitter_id(self) -> str:
        """The id of its transmitter."""
        return self.transmitter or GENERATIONS[self.generation].transmitter

    @property
    def product(self) -> tuple[str, str]:
        """The id of the product, which decides what clients do, and its name."""
        made = GENERATIONS[self.generation]
        return made.touchscreen if self.touchscreen else made.product


@dataclass(frozen=True, slots=True)
class MadeAs:
    """What differs between generations, beside the layouts."""

    product: tuple[str, str]
    touchscreen: tuple[str, str]
    software: str
    transmitter: str
    transmitter_length: int
    language: int = 0x0409


GENERATIONS: dict[str, MadeAs] = {
    "g4": MadeAs(("G4Receiver", "Dexcom G4 Receiver"), ("", ""), "SW10050", "6K111", 5),
    "g5": MadeAs(
        ("G5Receiver", "Dexcom G5 Mobile Receiver"), ("ScoutReceiver", "Dexcom G5 Touchscreen Receiver"), "SW10617", "40A1B2", 6
    ),
    "g6": MadeAs(
        ("G6Receiver", "Dexcom G6 Receiver"), ("OrionReceiver", "Dexcom G6 Touchscreen Receiver"), "SW11163", "80A1B2", 6
    ),
}
"""By name. Products and software numbers: those by which clients tell receivers apart."""
