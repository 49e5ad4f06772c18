"""What a rig may set of a Paradigm pump and of the adapter in front of it."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from isletbench.emulator.core.models import Duration
from isletbench.emulator.core.quantities import minutes, seconds
from isletbench.emulator.core.ranges import spans
from isletbench.emulator.endpoints.paradigm.entries import MARKERS, PumpEntry
from isletbench.emulator.endpoints.personality import Settings
from isletbench.protocols.medtronic.opcodes import Generation


def _model(model: str) -> str:
    Generation.of(model)
    return model


class ParadigmSettings(Settings):
    """Of every adapter."""

    model: Annotated[str, AfterValidator(_model)] = "723"
    """The model number: its last two digits decide how messages and records are laid out. The profile ``paradigm_x22`` fits
    models up to 722, ``paradigm_x23`` later ones."""
    serial_number: str = Field(default="208850", pattern=r"^[0-9]{6}$")
    """The pump's serial number, to which its radio listens."""
    firmware: str = Field(default="VER 2.4B1.1", max_length=60, pattern=r"^[ -~]+$")
    """What it says of its firmware."""
    carb_ratio: int = Field(default=10, ge=1, le=200)
    """g/U, as long as the pump has no profile of carbohydrate ratios."""
    sensitivity: int = Field(default=50, ge=1, le=400)
    """mg/dL/U, as long as the pump has no profile of sensitivities."""
    target: tuple[int, int] = (100, 110)
    """mg/dL, as long as the pump has no profile of targets."""
    awake: Annotated[Duration, spans("1s", "1d")] = minutes(1)
    """How long the radio stays awake after a message."""
    listens_every: Annotated[Duration, spans("10ms", "1m")] = seconds(1)
    """How often a sleeping radio listens for a moment: a wake-up has to be on the air then."""
    always_awake: bool = False
    """The radio never sleeps."""
    wakes_after: Annotated[Duration, spans("0ms", "10s")] = 300
    """From the end of a wake-up to the end of the pump's answer."""
    bolus_screen: Annotated[Duration, spans("0s", "10m")] = seconds(5)
    """How long after its end a bolus still counts as in progress, so that a command that is repeated is not delivered twice."""
    answers_after: Annotated[Duration, spans("0ms", "2s")] = 40
    """From the end of a message to the end of the pump's answer."""

    entries: tuple[PumpEntry, ...] = ()
    """What is entered on the pump by hand, or sent to it by other devices, in the order of time."""

    @property
    def generation(self) -> Generation:
        """How messages and records are laid out."""
        return Generation.of(self.model)

    @model_validator(mode="after")
    def _target_ascends(self) -> "ParadigmSettings":
        low, high = self.target
        if not 0 < low <= high <= 255:
            raise ValueError(f"target: expected two numbers of mg/dL, the lower one first, got {low} and {high}")
        return self

    @model_validator(mode="after")
    def _entries_fit(self) -> "ParadigmSettings":
        if [entry.at for entry in self.entries] != sorted(entry.at for entry in self.entries):
            raise ValueError("entries: expected them in the order of their times")
        markers = [entry.entry for entry in self.entries if entry.entry in MARKERS]
        if markers and self.generation is not Generation.X23:
            raise ValueError(f"entries: {markers[0]}: expected with a model from 523 on")
        return self


class RadioSettings(ParadigmSettings):
    """Of adapters that pass radio packets on."""

    frequency: float = Field(default=916.63, ge=860, le=930, allow_inf_nan=False)
    """MHz at which the pump listens: near 916.6 in North America, near 868.3 elsewhere."""
    distance: float = Field(default=0.5, ge=0.01, le=50, allow_inf_nan=False)
    """m between adapter and pump: the signal becomes weaker with it, and beyond about 10 m nothing is heard."""
