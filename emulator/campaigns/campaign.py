"""A campaign: a TOML file that says which cells there are. Every axis is a list, and the campaign is their product."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from isletbench.emulator.campaigns.cell import (
    CellError,
    CheckName,
    ClientUnderTest,
    PaceText,
    PlainFault,
    fault_words,
    is_of_messages,
)
from isletbench.emulator.campaigns.plain import from_toml
from isletbench.emulator.core.models import DeviceName, Duration, Part, Seed
from isletbench.emulator.core.problems import first_problem, unreadable
from isletbench.emulator.core.quantities import shown
from isletbench.emulator.core.ranges import spans
from isletbench.emulator.faults.words import Often
from isletbench.emulator.rigs.rig import RigError, tables
from isletbench.emulator.scenarios.scenario import scenarios as of_the_package

SCHEMA = 1
"""Of the file format."""


AXES = ("scenarios", "rigs", "subjects", "over", "profiles", "seeds", "fault", "exchanges", "instants", "client")
"""The lists whose product a campaign is: a value that is there twice would be the same cells again, which ``repeat`` is for."""


class CampaignError(CellError):
    """A campaign that cannot be played; one sentence with file, key and what was expected."""


class Sample(Part):
    """Some cells of the product in place of all."""

    cells: int = Field(ge=1, le=10_000_000)
    """How many are drawn."""
    seed: Seed = 1
    """The same seed draws the same cells of the same campaign."""


class Budget(Part):
    """What a campaign may cost; the cells that are left are played by the next call."""

    cells: int | None = Field(default=None, ge=1, le=10_000_000)
    """How many cells are played at most."""
    minutes: float | None = Field(default=None, gt=0, le=1_000_000)
    """After so long no cell is begun, minutes of the world's time."""


class Campaign(Part):
    """Which cells there are, and how they are played."""

    schema_: Literal[1] = Field(alias="schema")
    name: str = Field(default="", max_length=100)
    scenarios: tuple[str, ...] = Field(default=("*",), min_length=1, examples=[["DLV-*", "my.toml"]])
    """Identifiers, patterns of them, and paths of scenario files, seen from the campaign's file."""
    rigs: tuple[str, ...] = Field(default=(), min_length=1)
    """Rigs in the place of the scenario's own."""
    subjects: tuple[str, ...] = Field(default=(), min_length=1, examples=[["hovorka adult", "hovorka sample#1"]])
    """Whose glucose it is; on a rig without a patient this axis has no effect."""
    over: tuple[Literal["serial", "ble"], ...] = Field(default=("serial", "ble"), min_length=1)
    """The carriers; of a scenario those on which it makes sense."""
    profiles: tuple[dict[DeviceName, str], ...] = Field(default=(), min_length=1)
    """Other profiles of the rig's devices."""
    seeds: tuple[Seed, ...] = Field(default=(), min_length=1)
    """The scenario's own seed when left out."""
    fault: tuple[PlainFault, ...] = ()
    """Each is one value of the axis: what goes wrong besides what the scenario lets go wrong."""
    exchanges: tuple[Often, ...] = Field(default=(), min_length=1)
    """Each fault of messages strikes at the how many-th message that it matches."""
    instants: tuple[Duration, ...] = Field(default=(), min_length=1)
    """Each fault waits until then."""
    every_exchange: bool = False
    """Whether each fault of messages is played at message 1, 2, 3, ... of a run without it, to the last; without ``fault``
    those are all faults of messages that there are, on each device that the client talks to."""
    without_fault: bool = True
    """Whether everything is played without an additional fault, too."""
    leave_out: tuple[CheckName, ...] = ()
    """Checks that are not judged: a fault that nobody planned may rightly keep a client from what they demand."""
    lasts: Annotated[Duration, spans("1s", "366d")] | None = None
    """Play no more than this of a scenario."""
    pace: PaceText | None = None
    """``jump`` for clients in the bench's own process and ``60x`` for programs when left out."""
    client: tuple[ClientUnderTest, ...] = ()
    """The clients; the one behind ``--`` when left out."""
    sample: Sample | None = None
    """All cells when left out."""
    budget: Budget = Budget()
    limit: Annotated[Duration, spans("1s", "30d")] | None = None
    """How long one cell may take, of the world's time; then the client hangs."""
    repeat: int = Field(default=1, ge=1, le=1_000)
    """How often each cell is played: the same cell has to end the same way."""

    @model_validator(mode="after")
    def _fits(self) -> "Campaign":
        if self.every_exchange and self.exchanges:
            raise ValueError("exchanges: expected every_exchange or exchanges, and not both")
        if not self.without_fault and not self.fault and not self.every_exchange:
            raise ValueError("without_fault: expected true where there is no fault")
        if self.exchanges and not any(map(is_of_messages, self.fault)):
            raise ValueError("exchanges: expected a [[fault]] of messages that strikes at them")
        if self.instants and not (self.fault or self.every_exchange):
            raise ValueError("instants: expected a [[fault]] that waits until then")
        if self.every_exchange:
            if self.instants:
                raise ValueError("instants: expected every_exchange or instants, and not both")
            if strange := [fault["fault"] for fault in self.fault if not is_of_messages(fault)]:
                raise ValueError(f"fault: every_exchange plays faults of messages, and {strange[0]} is none")
        for axis in AXES:
            values = list(getattr(self, axis))
            if twice := [value for value in values if values.count(value) > 1]:
                raise ValueError(f"{axis}: expected each once, {_words(axis, twice[0])} is there twice")
        return self

    def with_client(self, command: Sequence[str], version: str) -> "Campaign":
        """The campaign over one client. Raises ``CampaignError`` where the file names clients, too."""
        if self.client:
            raise CampaignError("the campaign's file names its clients: expected no client behind --")
        return self.model_copy(update={"client": (ClientUnderTest(command=tuple(command), version=version),)})


def _words(axis: str, value: Any) -> str:
    """A value of an axis, as a sentence says it."""
    match axis:
        case "client":
            return str(value.name)
        case "fault":
            return fault_words(value)
        case "instants":
            return shown(value)
    return repr(value)


def load(path: Path) -> Campaign:
    """The campaign in a file. Raises ``CampaignError``."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CampaignError(f"{path}: there is no such file; expected a campaign, a TOML file (docs/campaigns.md)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CampaignError(f"{path}: {unreadable(error)}") from None
    try:
        plain = from_toml(tables(text, str(path)))
    except RigError as error:
        raise CampaignError(str(error)) from None
    return validated(_seen_from(plain, path.parent), str(path))


def validated(plain: Any, origin: str) -> Campaign:
    """The campaign that plain data describes; ``origin`` is named in errors. Raises ``CampaignError``."""
    try:
        return Campaign.model_validate(plain)
    except ValidationError as error:
        raise CampaignError(f"{origin}: {first_problem(error, Campaign)}") from None


def _seen_from(plain: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """The content of a file with the paths in it seen from where it is called."""
    seen = dict(plain)
    for axis in ("scenarios", "rigs"):
        if isinstance(seen.get(axis), list):
            seen[axis] = [str(directory / one) if isinstance(one, str) and one.endswith(".toml") else one for one in seen[axis]]
    return seen


def named(patterns: Sequence[str]) -> list[str]:
    """The scenarios that patterns name, in their order, each once. Raises ``CampaignError`` for a pattern that names none."""
    known, found = of_the_package(), dict[str, None]()
    for pattern in patterns:
        matching = [pattern] if pattern.endswith(".toml") else [one for one in known if fnmatchcase(one, pattern)]
        if not matching:
            raise CampaignError(f"scenarios: {pattern!r}: expected a file, or a pattern of one of {', '.join(known)}")
        found |= dict.fromkeys(matching)
    return list(found)
