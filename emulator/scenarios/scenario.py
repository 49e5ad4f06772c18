"""A scenario: a rig, what happens to it and when, and what must hold. A TOML file, checked against these models.

What is wrong with a file is said with the file, the key and what was expected. The scenarios of the package are in
``hil_rigs/scenarios``, called by the identifiers of the catalogue (``LNK-03``).
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.models import Duration, Part, Seed, Units
from isletbench.emulator.core.problems import first_problem, unreadable, words_for
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.ranges import spans
from isletbench.emulator.endpoints.personalities import PERSONALITIES
from isletbench.emulator.endpoints.registry import PARTICIPANTS
from isletbench.emulator.endpoints.speaking import speaking
from isletbench.emulator.faults import AnyFault, Fault
from isletbench.emulator.faults.engine import MOST_FAULTS
from isletbench.emulator.faults.families.actions import Do
from isletbench.emulator.faults.view import check_struck, conditions_of
from isletbench.emulator.faults.words import Name
from isletbench.emulator.rigs import rig as rigs
from isletbench.emulator.rigs.events import Event, times_of
from isletbench.emulator.rigs.rig import Rig, RigError
from isletbench.emulator.scenarios.checks import AnyCheck, Check

SCHEMA = 1
"""Of the file format."""


class ScenarioError(RigError):
    """A scenario that cannot be played; one sentence with file, key and what was expected."""


IntentKind: TypeAlias = Literal[
    "bolus",
    "meal",
    "cancel_bolus",
    "stop",
    "run",
    "set_clock",
    "confirm",
    "activate",
    "start_session",
    "calibrate",
    "delete_tests",
]
"""What a client's user can want."""


class Intent(Part):
    """Something that the client's user wants, at an instant: what the client is to do with the pump, with the sensor
    (``start_session``, or ``calibrate`` with what a meter shows) or with the meter (``set_clock``, ``delete_tests``)."""

    at: Duration
    do: IntentKind
    units: Units | None = None
    """Of a bolus; of an activation, how much is primed."""
    lasts: Annotated[Duration, spans("1m", "45d")] | None = None
    """Of an extended bolus."""
    grams: Annotated[float, Field(gt=0, le=1_000)] | None = None
    """Carbohydrate of a meal that the user announces to a client that closes the loop."""

    @model_validator(mode="after")
    def _whole(self) -> "Intent":
        if (self.do in {"bolus", "activate"}) != (self.units is not None):
            raise ValueError("units: expected with a bolus or an activation, and only with one")
        if (self.do == "meal") != (self.grams is not None):
            raise ValueError("grams: expected with a meal, and only with one")
        if self.lasts is not None and self.do != "bolus":
            raise ValueError("lasts: expected with a bolus only")
        return self

    def told(self, since: Instant = 0) -> dict[str, Any]:
        """It as a program is told that starts at ``since``: ``at`` in seconds, ``units`` in U, ``minutes`` of an extended
        bolus, ``grams`` of a meal."""
        told: dict[str, Any] = {"at": (self.at - since) / 1_000, "do": self.do}
        if self.units is not None:
            told["units"] = float(self.units)
        if self.grams is not None:
            told["grams"] = self.grams
        if self.lasts is not None:
            told["minutes"] = self.lasts // 60_000
        return told


class Scenario(Part):
    """What is played, and what must hold."""

    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    id: str = Field(pattern=r"^[A-Z][A-Z0-9]{1,7}-[0-9A-Z]{1,8}$", examples=["LNK-03"])
    """What it is called: ``LNK-03``."""
    title: str = Field(min_length=3, max_length=100)
    story: str = Field(min_length=20)
    """What the device does, and what careful software does then."""
    seen: tuple[str, ...] = ()
    """Where it has been met: public issues of other projects."""
    tags: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")], ...] = ()
    """Words of your own by which ``check --tag`` chooses it."""
    rig: str = "default"
    """A rig of the package by name."""
    devices: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    """What is different about the devices of the rig: their keys, as in a rig file."""
    patient: dict[str, Any] = Field(default_factory=dict)
    """What is different about the patient of the rig: its keys, as in a rig file."""
    over: tuple[Literal["serial", "ble"], ...] = Field(default=("serial", "ble"), min_length=1)
    """The carriers on which it makes sense."""
    speaks: tuple[Name, ...] = ()
    """The personalities on which it makes sense, too: devices of their kind speak one of them, and `isletbench check --over`
    names it."""
    seed: Seed = 1
    lasts: Annotated[Duration, spans("1s", "366d")]
    """How long it is played."""
    clients: tuple[Literal["cgm", "pump", "meter"], ...] = ("cgm", "pump")
    """Which devices a client has to talk to, for this scenario to say anything about it."""
    person: Literal["adult"] | None = None
    """Whose settings a client that closes the loop is given: a file of ``hil_rigs/people``. None: it has to do without."""
    restarts: tuple[Duration, ...] = ()
    """When the client's program is killed and started anew: it has to find out what it was doing (DLV-06)."""
    intent: tuple[Intent, ...] = ()
    """What the client's user wants, in the order of time."""
    event: tuple[Event, ...] = ()
    """What is done, in the order of time."""
    fault: tuple[AnyFault, ...] = Field(default=(), max_length=MOST_FAULTS)
    """What goes wrong."""
    traps: tuple[Name, ...] = ()
    """The names of faults that only a careless client sets off: that one of them has not struck is no reason for doubt."""
    expect: tuple[AnyCheck, ...] = Field(min_length=1)
    """What must hold of the conversation."""

    @model_validator(mode="after")
    def _in_order(self) -> "Scenario":
        times = times_of(self.event)
        wanted = [intent.at for intent in self.intent]
        for what, order in (("event", times), ("intent", wanted), ("restart", list(self.restarts))):
            if order != sorted(order):
                raise ValueError(f"{what}: expected {what}s in the order of their times")
        began = {"event": times, "intent": wanted, "restarts": self.restarts, "fault": [fault.at or 0 for fault in self.fault]}
        for what, late in began.items():
            if any(at >= self.lasts for at in late):
                raise ValueError(f"{what}: expected everything to begin before the scenario ends")
        if strange := [name for name in self.speaks if name not in PERSONALITIES]:
            raise ValueError(f"speaks: {strange[0]!r}: expected one of {', '.join(PERSONALITIES)}")
        names = [fault.name or "" for fault in self.fault]
        if twice := {name for name in names if name and names.count(name) > 1}:
            raise ValueError(f"fault: the name {min(twice)} is given to two faults")
        if unknown := set(self.traps) - set(names):
            raise ValueError(f"traps: {min(unknown)!r}: expected the name of a fault of this scenario")
        return self

    _origin: str = PrivateAttr(default="")

    def model_post_init(self, context: Any) -> None:
        """Remember what the file is called, which the context of the validation says."""
        self._origin = (context or {}).get("origin", "")

    @property
    def origin(self) -> str:
        """What the scenario is called in errors: its file; its identifier where it is not of a file."""
        return self._origin or self.id

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways in which clients can reach its devices: carriers, then personalities."""
        return (*self.over, *self.speaks)

    def rig_of(self, over: str = "") -> Rig:
        """The rig it is played on; where it is played on a personality, with the devices of its kind speaking that. Raises
        ``RigError``."""
        try:
            loaded = rigs.load_rig(self.rig)
        except RigError as error:
            raise RigError(f"{self.origin}: rig: {error}") from None
        base = loaded.model_dump(mode="python", by_alias=True, exclude_unset=True)
        for name, changes in self.devices.items():
            if name not in base["devices"]:
                known = ", ".join(base["devices"])
                raise RigError(f"{self.origin}: devices.{name}: the rig {self.rig} has no such device: expected one of {known}")
            base["devices"][name] = {**base["devices"][name], **changes}
        if personality := PERSONALITIES.get(over):
            devices = base["devices"].items()
            base["devices"] = {n: speaking(one, personality) if one["kind"] == personality.kind else one for n, one in devices}
        if self.patient and base.get("patient") is None:
            raise RigError(f"{self.origin}: patient: the rig {self.rig} has no patient")
        person = {"patient": {**base["patient"], **self.patient}} if self.patient else {}
        return rigs.validated({**base, **person, "seed": self.seed}, self.origin)

    def wanted(self, since: Instant = 0, unmet: Instant | None = None) -> list[dict[str, Any]]:
        """What a client that starts at this instant is told that its user will want, from then on; at once what was wanted from
        ``unmet`` on, when no client was there yet."""
        begins = since if unmet is None else min(since, unmet)
        return [intent.told(min(since, intent.at)) for intent in self.intent if intent.at >= begins]

    def faults(self) -> list[Fault]:
        """Everything that happens, in the order in which it is to be injected."""
        return [event.as_fault(f"event-{number}") for number, event in enumerate(self.event, 1)] + list(self.fault)

    @property
    def settings(self) -> Path | None:
        """The file of the settings that the client is given."""
        return None if self.person is None else Path(str(files("isletbench.hil_rigs") / "people" / f"{self.person}.toml"))

    @property
    def all_tags(self) -> frozenset[str]:
        """The words by which ``check --tag`` chooses it: its own, its family, the devices that a client needs, and
        ``closed-loop``, ``restart`` or ``user`` where it is about that."""
        found = {*self.tags, self.id.partition("-")[0].lower(), *self.clients}
        found |= {"closed-loop"} if self.person is not None else set()
        found |= {"restart"} if self.restarts else set()
        return frozenset(found | ({"user"} if self.intent else set()))

    @property
    def invariants(self) -> tuple[str, ...]:
        """The standing invariants that it exercises."""
        return tuple(sorted({invariant for check in self.expect for invariant in type(check).exercises}))

    def checks(self) -> tuple[Check, ...]:
        """What must hold of the conversation."""
        return self.expect


def scenarios() -> list[str]:
    """The identifiers of the scenarios that come with isletbench."""
    there = (files("isletbench.hil_rigs") / "scenarios").iterdir()
    return sorted(entry.name.removesuffix(".toml") for entry in there if entry.name.endswith(".toml"))


def load_scenario(scenario: str) -> Scenario:
    """The scenario of this identifier, or in the file at this path. Raises ``ScenarioError``."""
    return parse(*read(scenario))


def read(scenario: str) -> tuple[str, str]:
    """The text of the scenario of this identifier, or of the file at this path, and what to call it in errors. Raises
    ``ScenarioError``."""
    path = Path(scenario)
    if path.suffix != ".toml" and scenario in scenarios():
        text = (files("isletbench.hil_rigs") / "scenarios" / f"{scenario}.toml").read_text(encoding="utf-8")
        return text, f"{scenario}.toml"
    try:
        return path.read_text(encoding="utf-8"), scenario
    except FileNotFoundError:
        raise ScenarioError(
            f"{scenario}: there is no such file; expected a scenario file or one of {words_for(scenarios(), scenario)}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{scenario}: {unreadable(error)}") from None


def parse(text: str, origin: str) -> Scenario:
    """The scenario that TOML text describes; ``origin`` is named in errors. Raises ``ScenarioError``."""
    return validated(tables(text, origin), origin)


def tables(text: str, origin: str) -> dict[str, Any]:
    """TOML text as plain data, fractions exact; ``origin`` is named in errors. Raises ``ScenarioError``."""
    try:
        return rigs.tables(text, origin)
    except RigError as error:
        raise ScenarioError(str(error)) from None


def validated(plain: dict[str, Any], origin: str) -> Scenario:
    """The scenario that plain data describes; ``origin`` is named in errors. Raises ``ScenarioError``.

    A fault, an event or the rig that cannot be is found here, not when it is played.
    """
    try:
        scenario = Scenario.model_validate(plain, context={"origin": origin})
        rig = scenario.rig_of()
    except ValidationError as error:
        raise ScenarioError(f"{origin}: {first_problem(error, Scenario)}") from None
    except RigError as error:
        raise ScenarioError(str(error)) from None
    parts: dict[str, Sequence[Fault | Event | Check]]
    parts = {"fault": scenario.fault, "event": scenario.event, "expect": scenario.expect}
    for part, declared in parts.items():
        for number, one in enumerate(declared):
            if one.device is not None and one.device not in rig.participants:
                known = ", ".join(rig.participants)
                raise ScenarioError(f"{origin}: {part}.{number}.device: {one.device!r}: expected one of {known}")
    _check_actions(scenario, rig, origin)
    _check_conditions(scenario, rig, origin)
    return scenario


def _check_actions(scenario: Scenario, rig: Rig, origin: str) -> None:
    """Whether what is done to devices can be done to devices of that kind."""
    done = [(f"event.{number}", event.device, event.do, event.arguments) for number, event in enumerate(scenario.event)]
    done += [(f"fault.{n}", f.device, f.action, f.arguments) for n, f in enumerate(scenario.fault) if isinstance(f, Do)]
    for place, device, action, arguments in done:
        try:
            PARTICIPANTS[rig.participants[device]].actions.parse(action, arguments)
        except CannotDo as error:
            raise ScenarioError(f"{origin}: {place}: {error}") from None


def _check_conditions(scenario: Scenario, rig: Rig, origin: str) -> None:
    """Whether what is waited for can come true of devices of that kind."""
    waiting = [(f"event.{n}", fault) for n, fault in enumerate(scenario.faults()[: len(scenario.event)])]
    waiting += [(f"fault.{n}", fault) for n, fault in enumerate(scenario.fault)]
    names = {fault.name for _, fault in waiting if fault.name is not None}
    for place, fault in waiting:
        for condition in conditions_of(fault):
            about = condition.device or fault.device
            try:
                if about not in rig.participants:
                    raise ValueError(f"when: device: {about!r}: expected one of {', '.join(rig.participants)}")
                condition.check(rig.participants[about])
                check_struck(condition, names - {fault.name})
            except ValueError as error:
                raise ScenarioError(f"{origin}: {place}: {error}") from None
