"""A person's settings for automation, in a file: what a clinician would set, in TOML.

    sensitivity = 50                      # mg/dL for 1 U; a list of { at = 06:00:00, value = 45 } by time of day
    carb_ratio = 10                       # g for 1 U
    target = [100, 115]                   # mg/dL
    suspend_below = 75
    max_basal = 3.0                       # U/h
    max_bolus = 1.0                       # U, of an automatic bolus
    max_iob = 5.0                         # U

The basal profile is not in it: that is read from the pump.
"""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import Field, ValidationError, model_validator

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.problems import first_problem, not_parsed, unreadable
from isletbench.hil_rigs.clients.algorithms.contract import Schedule, Therapy

Sensitivity: TypeAlias = Annotated[float, Field(ge=5, le=500)]
MgDl: TypeAlias = Annotated[float, Field(ge=60, le=200)]


class Block(Part):
    """From a time of day on this value."""

    at: dt.time
    value: Annotated[float, Field(gt=0, le=500)]


class SettingsError(ValueError):
    """Settings that cannot be used; one sentence with file, key and what was expected."""


class Settings(Part):
    """What automation has to know of a person. The limits default to those of a very careful clinician."""

    sensitivity: Sensitivity | tuple[Block, ...]
    """By how many mg/dL 1 U lowers glucose."""
    carb_ratio: Annotated[float, Field(ge=1, le=150)] | tuple[Block, ...]
    """How many g of carbohydrate 1 U covers."""
    target: tuple[MgDl, MgDl] = (100.0, 115.0)
    """mg/dL, lower and upper bound."""
    suspend_below: Annotated[float, Field(ge=54, le=120)] = 75.0
    """mg/dL."""
    max_basal: Annotated[float, Field(ge=0, le=30)] = 3.0
    """U/h."""
    max_bolus: Annotated[float, Field(ge=0, le=10)] = 1.0
    """U, of an automatic bolus."""
    max_iob: Annotated[float, Field(ge=0, le=50)] = 5.0
    """U above what the profile gives."""
    duration: Annotated[int, Field(ge=300, le=480)] = 360
    """Minutes for which insulin acts."""
    peak: Annotated[int, Field(ge=35, le=120)] = 75
    """Minutes to its strongest effect."""

    @model_validator(mode="after")
    def _possible(self) -> "Settings":
        if self.target[0] > self.target[1]:
            raise ValueError("target: expected the lower bound first")
        for name, values in (("sensitivity", self.sensitivity), ("carb_ratio", self.carb_ratio)):
            if isinstance(values, tuple):
                starts = [block.at for block in values]
                if not starts or starts[0] != dt.time(0) or starts != sorted(set(starts)):
                    raise ValueError(f"{name}: expected blocks in ascending order from 00:00:00")
        return self

    def therapy(self, basal: Schedule) -> Therapy:
        """The same with the pump's basal profile, as an algorithm gets it."""
        return Therapy(
            basal,
            _schedule(self.sensitivity),
            _schedule(self.carb_ratio),
            self.target,
            self.suspend_below,
            self.max_basal,
            self.max_bolus,
            self.max_iob,
            self.duration,
            self.peak,
        )


def _schedule(values: float | tuple[Block, ...]) -> Schedule:
    if isinstance(values, tuple):
        return tuple((block.at.hour * 60 + block.at.minute, block.value) for block in values)
    return ((0, values),)


def load(path: Path) -> Settings:
    """The settings in a file. Raises ``SettingsError``."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {unreadable(error)}") from None
    try:
        plain = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: {not_parsed('TOML', error)}") from None
    try:
        return Settings.model_validate(plain)
    except ValidationError as error:
        raise SettingsError(f"{path}: {first_problem(error, Settings)}") from None
