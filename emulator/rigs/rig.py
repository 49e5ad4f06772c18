"""A rig: which devices stand on the bench, where clients reach them, and what they measure and deliver.

A rig is a TOML file, checked against these models; what is wrong is said with the file, the key and what was expected.
"""

import re
import tomllib
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias, Union

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.models import DeviceName, DeviceTime, Part, Seed
from isletbench.emulator.core.parsed import require_text
from isletbench.emulator.core.problems import first_problem, not_parsed, unreadable
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.patient.participant import PATIENT_NAME, PatientTable
from isletbench.emulator.endpoints.registry import KINDS, PARTICIPANTS
from isletbench.emulator.rigs.events import Event, times_of
from isletbench.emulator.rigs.tuning import profile_of
from isletbench.emulator.rigs.wiring import Wiring
from isletbench.emulator.transports.ble.radio import RadioConditions

MAX_NESTING = 100
"""Lists and tables inside one another in a file."""
SCHEMA = 1
"""Of the file format."""

RUNS = {
    "virtual": "virtual devices of the bench",
    "host": "firmware built for this computer",
    "qemu": "firmware on an emulated microcontroller",
    "board": "firmware on a board",
}
"""What the devices of a rig can be."""


class RigError(ValueError):
    """A rig that cannot be built; one sentence with file, key and what was expected."""


if TYPE_CHECKING:  # a type checker cannot follow a union that is made from the registry
    AnyDevice: TypeAlias = DeviceTable
else:
    AnyDevice = Annotated[Union[tuple(kind.table for kind in KINDS.values())], Field(discriminator="kind")]  # noqa: UP007


class Rig(Part):
    """Everything that stands on the bench."""

    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    name: str
    about: str = ""
    """What it is, in one line."""
    seed: Seed = 1
    start: DeviceTime | None = None
    """The local date and time at which the bench begins; now when left out; in jump pace
    that of the recorded day which is replayed, or a fixed one."""
    air: RadioConditions = RadioConditions()
    """How well the radios of its devices are heard."""
    devices: dict[DeviceName, AnyDevice] = Field(min_length=1)
    wiring: Wiring | None = None
    """How its parts are joined, where there are wires."""
    point: tuple[str, ...] = ()
    """What its user points where, a sentence each; ``{NAME}`` is where clients find the device NAME."""
    event: tuple[Event, ...] = ()
    """What is done to its devices by itself, in the order of time."""
    patient: PatientTable | None = None
    """The person who wears the devices: glucose that answers to insulin."""

    _origin: str = PrivateAttr(default="")

    def model_post_init(self, context: Any) -> None:
        """Remember what the file is called, which the context of the validation says."""
        self._origin = (context or {}).get("origin", "")

    @property
    def origin(self) -> str:
        """What the rig is called in errors: its file; its name where it is not of a file."""
        return self._origin or self.name

    @property
    def participants(self) -> dict[str, str]:
        """What takes part, by name: the kind of every device, and the patient where there is one."""
        person = {} if self.patient is None else {PATIENT_NAME: PATIENT_NAME}
        return {name: device.kind for name, device in self.devices.items()} | person

    @property
    def runs(self) -> str:
        """What its devices are: a key of ``RUNS``."""
        return "virtual"

    @property
    def needs_another_bench(self) -> bool:
        """Whether a device follows a CGM that is on the air of another bench."""
        followed = [KINDS[device.kind].follows(device) for device in self.devices.values()]
        return any(cgm is not None and cgm.hci is not None for cgm in followed)

    @property
    def in_real_time(self) -> bool:
        """Whether a device stands on an adapter or a controller of the machine: time cannot jump there."""
        return any(device.in_real_time for device in self.devices.values())

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for what, found in {
            "serial port": [
                d.serial.partition(",")[0] for d in self.devices.values() if d.serial and not d.serial.endswith((":", ":0"))
            ],
            "Bluetooth address": [d.ble.address for d in self.devices.values() if d.ble and d.ble.address],
            "Bluetooth name": [d.ble.name for d in self.devices.values() if d.ble],
        }.items():
            if twice := {item for item in found if found.count(item) > 1}:
                raise ValueError(f"the {what} {min(twice)} is given to two devices")
        return self

    @model_validator(mode="after")
    def _has_profiles_with_its_tunings(self) -> Self:
        for name, device in self.devices.items():
            profile_of(device, f"devices.{name}.")
        return self

    @model_validator(mode="after")
    def _points_at_its_devices(self) -> Self:
        for sentence in self.point:
            for named in re.findall(r"\{(.*?)\}", sentence):
                if named not in self.devices:
                    raise ValueError(f"point: {named!r} is no device of the rig: expected one of {', '.join(self.devices)}")
        return self

    @model_validator(mode="after")
    def _can_do_its_events(self) -> Self:
        if times_of(self.event) != sorted(times_of(self.event)):
            raise ValueError("event: expected events in the order of their times")
        for number, event in enumerate(self.event):
            if event.device not in self.participants:
                known = ", ".join(self.participants)
                raise ValueError(f"event.{number}.device: {event.device!r}: expected one of {known}")
            try:
                PARTICIPANTS[self.participants[event.device]].actions.parse(event.do, event.arguments)
            except CannotDo as error:
                raise ValueError(f"event.{number}: {error}") from None
        return self

    @model_validator(mode="after")
    def _has_the_cgms_that_are_followed(self) -> Self:
        on_air = [d.ble.name for d in self.devices.values() if d.ble and d.ble.controller is None]
        for name, device in self.devices.items():
            followed = KINDS[device.kind].follows(device)
            if followed is not None and followed.hci is None and followed.name not in on_air:
                raise ValueError(
                    f"devices.{name}.cgm.name: no device on this bench's air advertises {followed.name!r}:"
                    f" expected one of {', '.join(on_air) or 'none'}, or hci, where another bench has it"
                )
        return self

    @model_validator(mode="after")
    def _has_one_pump_for_the_patient(self) -> Self:
        if self.patient is not None:
            if PATIENT_NAME in self.devices:
                raise ValueError(f"devices.{PATIENT_NAME}: expected another name, the patient has it")
            pump_of(self)
        return self


def pump_of(rig: Rig) -> str | None:
    """The name of the device whose insulin the patient of a rig receives; None without a patient.

    Raises ``ValueError`` when it is not there, or when it could be several.
    """
    if rig.patient is None:
        return None
    pumps = [name for name, device in rig.devices.items() if KINDS[device.kind].delivers]
    named = rig.patient.pump
    if not pumps:
        raise ValueError("patient: expected a device that delivers insulin to the patient, there is none in the rig")
    if named is None and len(pumps) > 1:
        raise ValueError(f"patient.pump: expected one of {', '.join(pumps)}: only one pump delivers into a patient")
    if named is not None and named not in pumps:
        raise ValueError(f"patient.pump: expected one of {', '.join(pumps)}, got {named!r}")
    return named or pumps[0]


def rigs_of_the_package() -> list[str]:
    """The names of the rigs that come with isletbench."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in files("isletbench.hil_rigs").iterdir() if entry.name.endswith(".toml")
    )


def load_rig(rig: str = "default") -> Rig:
    """The rig of this name, or in the file at this path. Raises ``RigError``."""
    return parse(*read(rig), directory_of(rig))


def directory_of(rig: str) -> Path | None:
    """The directory of a rig file, from which the paths in it are seen; None for a rig of the package."""
    path = Path(rig)
    return None if path.suffix != ".toml" and rig in rigs_of_the_package() else path.parent


def read(rig: str) -> tuple[str, str]:
    """The text of the rig of this name, or of the file at this path, and what to call it in errors. Raises ``RigError``."""
    path = Path(rig)
    if path.suffix != ".toml" and rig in rigs_of_the_package():
        return (files("isletbench.hil_rigs") / f"{rig}.toml").read_text(encoding="utf-8"), f"{rig}.toml"
    try:
        return path.read_text(encoding="utf-8"), rig
    except FileNotFoundError:
        known = ", ".join(rigs_of_the_package())
        raise RigError(f"{rig}: there is no such file; expected a rig file or one of {known}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RigError(f"{rig}: {unreadable(error)}") from None


def parse(text: str, origin: str, directory: Path | None = None) -> Rig:
    """The rig that TOML text describes; errors name ``origin``, paths are relative to ``directory``. Raises ``RigError``."""
    return validated(tables(text, origin), origin, directory)


def tables(text: str, origin: str) -> dict[str, Any]:
    """TOML text as plain data, fractions exact. Raises ``RigError``."""
    try:
        found = tomllib.loads(text, parse_float=Decimal)
        if _is_deeper(found, MAX_NESTING):  # keys with dots need no recursion of the parser's, but of everybody's after it
            raise RecursionError
        require_text(found)
        return found
    except (ValueError, RecursionError) as error:
        raise RigError(f"{origin}: {not_parsed('TOML', error)}") from None


def _is_deeper(plain: dict[str, Any], limit: int) -> bool:
    """Whether there are more than so many lists and tables inside one another."""
    level: list[Any] = [plain]
    for _ in range(limit):
        level = [each for one in level for each in (one.values() if isinstance(one, dict) else one)]
        level = [each for each in level if isinstance(each, dict | list)]
        if not level:
            return False
    return True


def validated(plain: dict[str, Any], origin: str, directory: Path | None = None) -> Rig:
    """The rig that plain data describes; errors name ``origin``, paths are relative to ``directory``. Raises ``RigError``."""
    if "firmware" in plain:
        raise RigError(f"{origin}: firmware: this rig runs firmware, which is no part of the bench; expected virtual devices")
    try:
        return Rig.model_validate(plain, context={"directory": directory, "origin": origin})
    except ValidationError as error:
        raise RigError(f"{origin}: {first_problem(error, Rig)}") from None
