"""A rig whose devices are firmware: what builds it, what runs it, and where it answers.

Commands are lists of words, started without a shell in the ``source`` directory. In them ``{image}`` is the device's image,
``{kind}`` and ``{name}`` what and who it is, ``{port}`` its link: the path of the tty that a program is to make, or what QEMU's
``-serial`` wants; for a board its tty.
"""

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationError, model_validator

from isletbench.emulator.core.models import Part
from isletbench.emulator.endpoints.device_table import check_port
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.rigs import rig as virtual
from isletbench.emulator.rigs.rig import SCHEMA, Rig, RigError, problem_of, rigs_of_the_package, tables
from isletbench.emulator.rigs.wiring import Wiring

PLACEHOLDERS = ("image", "kind", "name", "port")
LIKES = 8
"""Rigs that may take their firmware from one another; more are a circle."""
PLACEHOLDER = re.compile(r"{(\w+)}")


def _known_placeholders(command: tuple[str, ...]) -> tuple[str, ...]:
    for word in command:
        _knows(word, PLACEHOLDERS)
    return command


def _knows(word: str, placeholders: tuple[str, ...]) -> str:
    for name in PLACEHOLDER.findall(word):
        if name not in placeholders:
            expected = ", ".join(f"{{{known}}}" for known in placeholders)
            raise ValueError(f"{{{name}}} in {word!r}: expected one of {expected}")
    return word


def filled(word: str, **values: str) -> str:
    """A word with its placeholders filled; other braces are left as they are, for Tcl and others that have them."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], word)


Command: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_known_placeholders)]


def _known_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind!r}: expected one of {', '.join(KINDS)}")
    return kind


class FirmwareDevice(Part):
    """A device that firmware stands in for."""

    kind: Annotated[str, AfterValidator(_known_kind)]
    serial: str
    """Its link: of a program or QEMU ``pty:`` or ``pty:PATH``, of QEMU ``tcp:HOST:PORT``, of a board ``serial:PATH``."""

    @model_validator(mode="after")
    def _is_a_port(self) -> "FirmwareDevice":
        check_port(self.serial)
        return self


class Firmware(Part):
    """What runs, and what brings it there. In a file ``like = RIG`` stands for all that the table does not say itself."""

    on: Literal["host", "qemu", "board"]
    """Where it runs (``rig.RUNS``)."""
    source: Path
    """The directory in which the commands run; in the file, seen from there."""
    build: Command = Field(min_length=1)
    """Makes the images."""
    image: Annotated[str, AfterValidator(lambda image: _knows(image, ("kind", "name")))]
    """The image of a device, from ``source``."""
    run: Command = Field(min_length=1)
    """Starts a device: a program or QEMU runs until it is told to stop; for a board it returns when the board runs."""
    flash: Command = ()
    """Writes an image to a board and leaves it halted."""
    halt: Command = ()
    """Stops a board where it is."""
    needs: dict[str, str] = Field(default_factory=dict)
    """The programs that all of this takes, each with the Debian package that has it."""
    usb: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")], ...] = ()
    """The USB ids (``vendor:product``) of its debug probe; one of them has to be there."""

    @model_validator(mode="after")
    def _board_can_be_flashed(self) -> "Firmware":
        if (self.on == "board") != bool(self.flash) or bool(self.halt) != bool(self.flash):
            raise ValueError('flash, halt: expected for on = "board", and only there')
        return self


class FirmwareRig(Part):
    """Firmware on the bench."""

    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    name: str
    about: str = ""
    firmware: Firmware
    devices: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")], FirmwareDevice] = Field(min_length=1)
    wiring: Wiring | None = None

    @property
    def runs(self) -> str:
        """What its devices are: a key of ``rig.RUNS``."""
        return self.firmware.on

    @property
    def in_real_time(self) -> bool:
        """Always: firmware has a clock of its own."""
        return True

    @model_validator(mode="after")
    def _ports_fit(self) -> "FirmwareRig":
        kinds = {"host": ("pty",), "qemu": ("pty", "tcp"), "board": ("serial",)}[self.firmware.on]
        for name, device in self.devices.items():
            if device.serial.partition(":")[0] not in kinds:
                expected = " or ".join(f"{kind}:" for kind in kinds)
                raise ValueError(f'devices.{name}.serial: {device.serial!r}: expected {expected} for on = "{self.firmware.on}"')
        places = [device.serial for device in self.devices.values() if device.serial != "pty:"]
        if twice := {place for place in places if places.count(place) > 1}:
            raise ValueError(f"the serial port {min(twice)} is given to two devices")
        return self


def load_any(name: str) -> Rig | FirmwareRig:
    """The rig of this name, or in the file at this path: of virtual devices, or of firmware. Raises ``RigError``."""
    text, origin = virtual.read(name)
    plain = tables(text, origin)
    if "firmware" not in plain:
        return virtual.validated(plain, origin)
    plain["firmware"] = _whole(plain["firmware"], name, origin)
    try:
        return FirmwareRig.model_validate(plain)
    except ValidationError as error:
        raise RigError(f"{origin}: {problem_of(error)}") from None


def _whole(firmware: Any, name: str, origin: str, depth: int = 1) -> Any:
    """A firmware table with what it takes from another rig's (``like``), and with its source as a path from here."""
    if not isinstance(firmware, dict):
        return firmware
    own = dict(firmware)
    if isinstance(own.get("source"), str):
        own["source"] = (_home(name) / own["source"]).resolve()
    like = own.pop("like", None)
    if like is None:
        return own
    if depth > LIKES:
        raise RigError(f"{origin}: firmware.like: {like!r}: expected no more than {LIKES} rigs behind one another")
    there = str(like) if like in rigs_of_the_package() else str(_home(name) / str(like))
    text, other = virtual.read(there)
    table = tables(text, other)
    if "firmware" not in table:
        raise RigError(f"{origin}: firmware.like: {like!r}: expected a rig of firmware")
    whole = _whole(table["firmware"], there, other, depth + 1)
    return {**whole, **own} if isinstance(whole, dict) else whole


def _home(name: str) -> Path:
    """The directory of the rig file."""
    if Path(name).suffix != ".toml" and name in rigs_of_the_package():
        return Path(str(files("isletbench.hil_rigs")))
    return Path(name).parent
