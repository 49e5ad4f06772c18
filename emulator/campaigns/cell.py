"""A cell of a campaign: one run, said completely. ``isletbench run CELL.json`` plays one.

A cell names a scenario, or carries one; what it says besides (rig, subject, profiles, faults, seed) changes that scenario. So
whatever a campaign plays is a scenario, and can be written down as one.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator

from isletbench.emulator.campaigns.plain import from_toml
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.models import DeviceName, Duration, Part, Seed
from isletbench.emulator.core.parsed import json_of
from isletbench.emulator.core.problems import first_problem, not_parsed, words_for
from isletbench.emulator.core.quantities import parse_span, shown
from isletbench.emulator.core.ranges import spans
from isletbench.emulator.faults.engine import MOST_FAULTS
from isletbench.emulator.faults.messages import MessageFault
from isletbench.emulator.faults.registry import FAULTS
from isletbench.emulator.faults.registry import parse as parse_fault
from isletbench.emulator.patient.subjects import FAMILIES
from isletbench.emulator.rigs.rig import RigError
from isletbench.emulator.scenarios.checks import CHECKS
from isletbench.emulator.scenarios.scenario import Scenario, ScenarioError, read, tables, validated

SCHEMA = 1
"""Of cells and of results."""
IN_PROCESS = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*")
"""The first word of a client that is played in the bench's own process: ``package.module:function``."""


class CellError(RigError):
    """A cell that cannot be played; one sentence with the key and what was expected."""


def _pace(text: str) -> str:
    pace = Pace.parse(text)
    if pace.factor == 0:
        raise ValueError(f"pace {text!r}: expected one at which time passes")
    return text


PaceText = Annotated[str, AfterValidator(_pace)]
"""``real``, ``jump``, or a factor such as ``60x``."""


def _check(name: str) -> str:
    if name not in CHECKS:
        raise ValueError(f"{name!r}: expected one of {words_for(CHECKS, name)}")
    return name


CheckName = Annotated[str, AfterValidator(_check)]
"""A check that there is."""


def _fault(plain: Any) -> Any:
    parse_fault(plain)
    return plain


PlainFault = Annotated[dict[str, Any], AfterValidator(_fault)]
"""A fault as plain data: what a scenario has under ``fault``."""


def _word(word: str) -> str:
    if "\0" in word:
        raise ValueError("expected words without the character 0")
    return word


class ClientUnderTest(Part):
    """The software under test."""

    command: tuple[Annotated[str, AfterValidator(_word)], ...] = Field(min_length=1, examples=[["python", "my_client.py"]])
    """A program and its arguments; or ``package.module:function`` and its arguments, a client in the bench's own process."""
    version: str = Field(default="", max_length=100)
    """Which one it is. Made from the files that the command names when left out."""

    @property
    def in_process(self) -> bool:
        """Whether it is a function of Python and no program: then time may jump."""
        return IN_PROCESS.fullmatch(self.command[0]) is not None

    @property
    def name(self) -> str:
        """Its command as one text."""
        return " ".join(self.command)


class Cell(Part):
    """One run: what is played, over what, to which client."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    scenario: str | dict[str, Any] = Field(examples=["DLV-01"])
    """An identifier, the path of a file, or the content of a scenario file."""
    client: ClientUnderTest
    over: Literal["serial", "ble"] = "serial"
    """The carrier."""
    rig: str | None = None
    """Another rig than that of the scenario."""
    subject: str | None = Field(default=None, max_length=80, examples=["hovorka sample#7"])
    """Whose glucose it is: a subject, or a model and one of its subjects."""
    profiles: dict[DeviceName, str] = Field(default_factory=dict)
    """Other profiles of devices, by their names in the rig."""
    faults: tuple[PlainFault, ...] = Field(default=(), max_length=MOST_FAULTS)
    """What goes wrong besides what the scenario lets go wrong."""
    seed: Seed | None = None
    """Of everything random; the scenario's own when left out."""
    lasts: Annotated[Duration, spans("1s", "366d")] | None = None
    """Play no more than this of it; what would begin later is left out."""
    leave_out: tuple[CheckName, ...] = ()
    """Checks of the scenario that are not judged."""
    pace: PaceText | None = None
    """``jump`` for a client in the bench's own process and ``60x`` for a program when left out."""

    @field_validator("scenario")
    @classmethod
    def _names_something(cls, scenario: str | dict[str, Any]) -> str | dict[str, Any]:
        if not scenario:
            raise ValueError("expected an identifier, a path or a scenario")
        return scenario

    @property
    def pace_of(self) -> Pace:
        """The pace at which it is played."""
        return Pace.parse(self.pace or ("jump" if self.client.in_process else "60x"))

    def to_dict(self) -> dict[str, Any]:
        """The cell as plain data: what a file has."""
        return {"schema": SCHEMA, **self.model_dump(mode="json", by_alias=True, exclude_defaults=True)}


def cell_of(plain: Any, origin: str = "cell") -> Cell:
    """The cell that plain data describes; ``origin`` is named in errors. Raises ``CellError``."""
    try:
        json.dumps(plain, ensure_ascii=False, default=str).encode()
        cell = Cell.model_validate(plain)
    except UnicodeEncodeError as error:
        raise CellError(f"{origin}: expected text that UTF-8 can write, got {error.object[error.start]!r} in it") from None
    except ValidationError as error:
        raise CellError(f"{origin}: {first_problem(error, Cell)}") from None
    if cell.pace_of.jumps and not cell.client.in_process:
        raise CellError(f"{origin}: pace: a program has a clock of its own; expected real or a factor such as 60x")
    return cell


def parse(text: str, origin: str) -> Cell:
    """The cell that JSON text describes. Raises ``CellError``."""
    try:
        plain = json_of(text)
    except (ValueError, RecursionError) as error:
        raise CellError(f"{origin}: {not_parsed('JSON', error)}") from None
    return cell_of(plain, origin)


# The scenario that a cell plays


@cache
def content_of(scenario: str) -> dict[str, Any]:
    """The content of a scenario, by its identifier or path, as JSON-able data. Raises ``ScenarioError``."""
    content: dict[str, Any] = from_toml(tables(*read(scenario)))
    return content


def content_in(cell: Cell) -> dict[str, Any]:
    """The content of the scenario that a cell names or carries, without what the cell changes. Raises ``ScenarioError``."""
    return content_of(cell.scenario) if isinstance(cell.scenario, str) else cell.scenario


def compose(cell: Cell) -> Scenario:
    """The scenario that a cell plays. Raises ``ScenarioError``."""
    scenario = validated(composed(cell), origin_of(cell))
    if cell.over not in scenario.over:
        raise ScenarioError(f"{origin_of(cell)}: over: expected {' or '.join(scenario.over)}, got {cell.over!r}")
    return scenario


def origin_of(cell: Cell) -> str:
    """What the scenario of a cell is called in errors."""
    return cell.scenario if isinstance(cell.scenario, str) else str(cell.scenario.get("id", "scenario"))


def composed(cell: Cell) -> dict[str, Any]:
    """The scenario that a cell plays, as plain data. Raises ``ScenarioError``."""
    plain, origin = equipped(cell), origin_of(cell)
    if cell.seed is not None:
        plain["seed"] = cell.seed
    if cell.faults:
        plain["fault"] = [*plain.get("fault", ()), *cell.faults]
    if cell.leave_out:
        kept = [one for one in plain.get("expect", ()) if one.get("check") not in cell.leave_out]
        if not kept:
            raise ScenarioError(f"{origin}: leave_out: expected at least one check of the scenario to be left")
        plain["expect"] = kept
    return plain if cell.lasts is None else cut(plain, cell.lasts)


def equipped(cell: Cell) -> dict[str, Any]:
    """The scenario of a cell with the rig, the profiles and the subject that the cell says. Raises ``ScenarioError``."""
    plain = dict(content_in(cell))
    if cell.rig is not None:
        plain["rig"] = cell.rig
    if cell.subject is not None:
        plain["patient"] = {**plain.get("patient", {}), **subject_of(cell.subject, origin_of(cell))}
    if cell.profiles:
        changes = {name: {**plain.get("devices", {}).get(name, {}), "profile": one} for name, one in cell.profiles.items()}
        plain["devices"] = {**plain.get("devices", {}), **changes}
    return plain


def subject_of(words: str, origin: str) -> dict[str, str]:
    """The keys of a patient that name a subject: ``sample#3``, or with its model ``uva_padova sample#3``. Raises
    ``ScenarioError``."""
    match words.split():
        case [subject] if subject not in FAMILIES:
            return {"subject": subject}
        case [model, subject] if model in FAMILIES:
            return {"model": model, "subject": subject}
    known = ", ".join(FAMILIES)
    raise ScenarioError(f"{origin}: subject {words!r}: expected a subject, or one of {known} and a subject")


def cut(plain: Mapping[str, Any], lasts: int) -> dict[str, Any]:
    """A scenario that is over after so long, ms; what would begin later is left out. One that is shorter stays as it is."""

    def begins(one: Mapping[str, Any]) -> int:
        return parse_span(one.get("at") or "0s")

    if parse_span(plain.get("lasts", "0s")) <= lasts:
        return dict(plain)
    shorter = {**plain, "lasts": shown(lasts)}
    for what in ("intent", "event", "fault"):
        if what in plain:
            shorter[what] = [one for one in plain[what] if begins(one) < lasts]
    if "restarts" in plain:
        shorter["restarts"] = [at for at in plain["restarts"] if parse_span(at) < lasts]
    if "traps" in plain:
        names = {one.get("name") for one in shorter.get("fault", ())}
        shorter["traps"] = [name for name in plain["traps"] if name in names]
    return shorter


def axes_of(cell: Cell) -> dict[str, str]:
    """Where a cell is on every axis, in words."""
    return {
        "scenario": origin_of(cell),
        "rig": cell.rig or "",
        "subject": cell.subject or "",
        "profiles": ", ".join(f"{name} {profile}" for name, profile in cell.profiles.items()),
        "fault": ", ".join(fault_words(fault) for fault in cell.faults),
        "exchange": ", ".join(str(fault["nth"]) for fault in cell.faults if "nth" in fault),
        "instant": ", ".join(str(fault["at"]) for fault in cell.faults if "at" in fault),
        "seed": "" if cell.seed is None else str(cell.seed),
        "over": cell.over,
        "client": cell.client.name,
        "version": cell.client.version,
    }


def is_of_messages(fault: Mapping[str, Any]) -> bool:
    """Whether a fault, as plain data, is one of messages."""
    return issubclass(FAULTS[fault["fault"]], MessageFault)


def fault_words(plain: Mapping[str, Any]) -> str:
    """A fault in words, without where and when it strikes: ``lose_reply on pump``."""
    kind = FAULTS[plain["fault"]]
    more = {key: value for key, value in plain.items() if key in kind.model_fields and key not in _LEFT_OUT}
    return " ".join([plain["fault"], "on", str(plain["device"]), *(f"{key}={value}" for key, value in more.items())])


_LEFT_OUT = frozenset({"fault", "device", "name", "nth", "at"})
