"""A rig: which devices stand on the bench, where clients reach them, and what they measure and deliver.

A rig is a TOML file, checked against these models; what is wrong is said with the file, the key and what was expected.
"""

import re
import tomllib
from datetime import datetime, time
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from isletbench.emulator.core.quantities import units
from isletbench.emulator.rigs.wiring import Wiring
from isletbench.emulator.transports.ble.radio import Conditions, PreferredParameters
from isletbench.emulator.transports.ports import settings
from isletbench.emulator.transports.ports.line import LineConditions

SCHEMA = 1
"""Of the file format."""
MAX_PASSKEY = 999_999
"""Core Vol 3, Part H, 2.3.5.3: six decimal digits."""

RUNS = {
    "virtual": "virtual devices of the bench",
    "host": "firmware built for this computer",
    "qemu": "firmware on an emulated microcontroller",
    "board": "firmware on a board",
}
"""What the devices of a rig can be."""


class RigError(ValueError):
    """A rig that cannot be built; one sentence with file, key and what was expected."""


def _whole_micro_units(amount: Decimal) -> Decimal:
    units(amount)
    return amount


def _static_random(address: str) -> str:
    """Core Vol 6, Part B, 1.3.2.1: the two highest bits of a static random address are 1."""
    if not re.fullmatch(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", address) or int(address[:2], 16) < 0xC0:
        raise ValueError("expected a static random address such as F0:10:00:00:00:01, the first octet C0 or above")
    return address.upper()


Units: TypeAlias = Annotated[Decimal, Field(ge=0), AfterValidator(_whole_micro_units)]
"""International units of insulin (or U/h), to the micro-unit."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ble(_Part):
    """How a device appears on the air."""

    name: str = Field(min_length=1, max_length=20)
    """The local name it advertises."""
    address: Annotated[str, AfterValidator(_static_random)] | None = None
    """Its static random address; made from the seed and the device's name when left out."""
    passkey: int | None = Field(default=None, ge=0, le=MAX_PASSKEY)
    """The passkey printed on it. Without one it pairs by Just Works, which its characteristics may not accept."""
    enters_passkey: bool = False
    """Whether the client displays that passkey and it is typed in on the device; else the device displays it."""
    connection: PreferredParameters | None = None
    """The connection parameters it asks for; it takes what the client gives when left out."""
    radio: Conditions | None = None
    """How well it is heard; as ``air`` says when left out."""
    controller: str | None = Field(default=None, min_length=1)
    """The real Bluetooth controller it stands on (``usb:0``, ``serial:/dev/ttyACM0,1000000``); left out: the virtual air."""

    @model_validator(mode="after")
    def _has_what_it_enters(self) -> "Ble":
        if self.enters_passkey and self.passkey is None:
            raise ValueError("enters_passkey: expected a passkey to enter")
        return self


class Trace(_Part):
    """A recorded human trace, replayed from its first reading or from ``start``."""

    kind: Literal["trace"] = "trace"
    trace: str
    """A trace of the package by name (``azt1d_subject07``), or the path of a file in the same format."""
    start: datetime | None = None
    """Where in the recording the bench begins, local time as recorded."""


class Constant(_Part):
    """The same glucose for ever."""

    kind: Literal["constant"] = "constant"
    mg_dl: float = Field(ge=0, le=1000)


class Sine(_Part):
    """Glucose as a sine: for eyes and for trends."""

    kind: Literal["sine"] = "sine"
    mean_mg_dl: float = Field(ge=0, le=1000)
    amplitude_mg_dl: float = Field(ge=0, le=500)
    period_minutes: float = Field(gt=0)


class BasalBlock(_Part):
    """From this time of day on, this rate."""

    at: time
    rate: Units
    """U/h"""


def check_port(spec: str) -> None:
    """Raises ``ValueError`` for what is no port."""
    kind, _, place = spec.partition(":")
    if kind == "serial":
        settings.parse(place)
    elif not re.fullmatch(r"pty:.*|(tcp|rfc2217):[^:]+:\d{1,5}", spec):
        raise ValueError(f"serial {spec!r}: expected pty:, pty:PATH, tcp:HOST:PORT, rfc2217:HOST:PORT or serial:PATH,BAUD,8N1")


class _Device(_Part):
    profile: str = "generic"
    tuning: dict[str, Any] = Field(default_factory=dict)
    """What is to be different from the profile (``isletbench.emulator.rigs.tuning``)."""
    serial: str | None = None
    """``pty:`` for a port named like the device, ``pty:PATH`` for a path of your choice, ``tcp:HOST:PORT`` for a socket (port 0
    is a free one), ``rfc2217:HOST:PORT`` for a socket with line settings and modem lines, ``serial:PATH,BAUD,8N1`` for an
    adapter of this machine; left out: no serial port."""
    client: str | None = Field(default=None, min_length=1)
    """What a client opens, where that is not ``serial`` itself: the adapter at the other end of the cable."""
    line: LineConditions = LineConditions()
    """How that serial line behaves."""
    ble: Ble | None = None

    @model_validator(mode="after")
    def _reachable(self) -> "_Device":
        if self.serial is not None:
            check_port(self.serial)
        if self.client is not None and not (self.serial or "").startswith("serial:"):
            raise ValueError("client: expected with serial:PATH only; any other port a client opens itself")
        if self.serial is None and self.ble is None:
            raise ValueError("nobody could reach it: expected serial, ble or both")
        return self


class CgmDevice(_Device):
    """A continuous glucose monitor."""

    kind: Literal["cgm"]
    glucose: Annotated[Trace | Constant | Sine, Field(discriminator="kind")]


class PumpDevice(_Device):
    """An insulin pump."""

    kind: Literal["pump"]
    reservoir: Units = Decimal(200)
    """U in the reservoir at the start."""
    basal: tuple[BasalBlock, ...] = Field(min_length=1)
    infusion_sets: Literal["reliable", "typical", "demanding", "worn_to_failure"] = "reliable"
    """How they fail by themselves."""

    @model_validator(mode="after")
    def _covers_the_day(self) -> "PumpDevice":
        times = [block.at for block in self.basal]
        if times[0] != time(0) or times != sorted(set(times)):
            raise ValueError("basal: expected blocks in ascending order from 00:00, none twice")
        return self


class Rig(_Part):
    """Everything that stands on the bench."""

    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    name: str
    about: str = ""
    """What it is, in one line."""
    seed: int = 1
    start: datetime | None = None
    """The local date and time at which the bench begins; today's when left out, except in jump pace."""
    air: Conditions = Conditions()
    """How well the radios of its devices are heard."""
    devices: dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")],
        Annotated[CgmDevice | PumpDevice, Field(discriminator="kind")],
    ] = Field(min_length=1)
    wiring: Wiring | None = None
    """How its parts are joined, where there are wires."""

    @property
    def runs(self) -> str:
        """What its devices are: a key of ``RUNS``."""
        return "virtual"

    @property
    def in_real_time(self) -> bool:
        """Whether a device stands on an adapter or a controller of the machine: time cannot jump there."""
        return any(
            (device.serial or "").startswith("serial:") or (device.ble is not None and device.ble.controller is not None)
            for device in self.devices.values()
        )

    @model_validator(mode="after")
    def _nothing_twice(self) -> "Rig":
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


def rigs_of_the_package() -> list[str]:
    """The names of the rigs that come with isletbench."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in files("isletbench.hil_rigs").iterdir() if entry.name.endswith(".toml")
    )


def load(rig: str = "default") -> Rig:
    """The rig of this name, or in the file at this path. Raises ``RigError``."""
    return parse(*read(rig))


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
        raise RigError(f"{rig}: cannot be read: {error}") from None


def parse(text: str, origin: str) -> Rig:
    """The rig that TOML text describes; ``origin`` is named in errors. Raises ``RigError``."""
    return validated(tables(text, origin), origin)


def tables(text: str, origin: str) -> dict[str, Any]:
    """TOML text as plain data, fractions exact. Raises ``RigError``."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RigError(f"{origin}: not valid TOML: {error}") from None


def validated(plain: dict[str, Any], origin: str) -> Rig:
    """The rig that plain data describes; ``origin`` is named in errors. Raises ``RigError``."""
    if "firmware" in plain:
        raise RigError(f"{origin}: firmware: this rig runs firmware, which is no part of the bench; expected virtual devices")
    try:
        return Rig.model_validate(_defaults(plain))
    except ValidationError as error:
        raise RigError(f"{origin}: {first_problem(error)}") from None


def _defaults(plain: dict[str, Any]) -> dict[str, Any]:
    """Say what kind of glucose source it is where the keys say so already, so that files need not repeat it."""
    devices = plain.get("devices")
    for device in devices.values() if isinstance(devices, dict) else ():
        glucose = device.get("glucose") if isinstance(device, dict) else None
        if isinstance(glucose, dict) and "kind" not in glucose:
            for key, kind in {"trace": "trace", "mg_dl": "constant", "mean_mg_dl": "sine"}.items():
                if key in glucose:
                    glucose["kind"] = kind
    return plain


def first_problem(error: ValidationError) -> str:
    """What is wrong: the key as the file has it, and what was expected."""
    problem = error.errors()[0]
    kinds = {"cgm", "pump", "trace", "constant", "sine"}
    where = [str(step) for step in problem["loc"]]
    # pydantic puts the chosen kind between a key and its parts; the file has no such key
    key = ".".join(step for index, step in enumerate(where) if not (step in kinds and index and _is_tag(where, index)))
    message = problem["msg"].removeprefix("Value error, ")
    given = problem.get("input")
    shown = f", got {given!r}" if isinstance(given, str | int | float | bool) else ""
    return f"{key}: {message}{shown}" if key else f"{message}{shown}"


def _is_tag(where: list[str], index: int) -> bool:
    return where[index - 1] == "glucose" or (index == 2 and where[0] == "devices")
