"""A rig whose devices are firmware: the commands that build and run it, and the serial ports of its links.

Commands are lists of words, started without a shell in the ``source`` directory. ``{image}``, ``{kind}`` and ``{name}`` are
replaced by those of the device, ``{port}`` by its link: the path of the tty that a program creates, the argument of QEMU's
``-serial``, or the tty of a board.
"""

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationError, model_validator

from isletbench.emulator.core.models import DeviceName, Part
from isletbench.emulator.core.problems import first_problem
from isletbench.emulator.endpoints.device_table import check_port
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.rigs import rig as virtual
from isletbench.emulator.rigs.rig import SCHEMA, Rig, RigError, rigs_of_the_package, tables
from isletbench.emulator.rigs.wiring import Wiring

PLACEHOLDERS = ("image", "kind", "name", "port")
MAX_LIKE_DEPTH = 8
"""The longest chain of ``like`` keys; a longer one is a cycle."""
PLACEHOLDER = re.compile(r"{(\w+)}")


def _known_placeholders(command: tuple[str, ...]) -> tuple[str, ...]:
    for word in command:
        _check_placeholders(word, PLACEHOLDERS)
    return command


def _check_placeholders(word: str, placeholders: tuple[str, ...]) -> str:
    for name in PLACEHOLDER.findall(word):
        if name not in placeholders:
            expected = ", ".join(f"{{{known}}}" for known in placeholders)
            raise ValueError(f"{{{name}}} in {word!r}: expected one of {expected}")
    return word


def fill_placeholders(word: str, **values: str) -> str:
    """Return a word with its placeholders replaced; other braces are unchanged, for example those of Tcl."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], word)


Command: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_known_placeholders)]


def _known_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind!r}: expected one of {', '.join(KINDS)}")
    return kind


def command_line(words: Sequence[str]) -> str:
    """Return a command as a user would type it."""
    return " ".join(f"'{word}'" if " " in word else word for word in words)


class FirmwareDevice(Part):
    """A device that is implemented by firmware."""

    kind: Annotated[str, AfterValidator(_known_kind)]
    serial: str
    """Its port: ``pty:`` or ``pty:PATH`` of a program or QEMU, ``tcp:HOST:PORT`` of QEMU, ``serial:PATH`` of a board."""

    @model_validator(mode="after")
    def _is_a_port(self) -> "FirmwareDevice":
        check_port(self.serial)
        host = re.fullmatch(r"tcp:(.+):\d+", self.serial)
        if host and host[1] not in {"127.0.0.1", "localhost"}:
            raise ValueError(f"serial {self.serial!r}: other machines could reach it: expected 127.0.0.1")
        return self


class Firmware(Part):
    """The firmware of a rig and its commands. In a file, ``like = RIG`` supplies the keys that the table does not have."""

    on: Literal["host", "qemu", "board"]
    """The target on which the firmware runs (``rig.RUNS``)."""
    source: Path
    """The directory in which the commands run; in a rig file, relative to that file."""
    build: Command = Field(min_length=1)
    """The command that builds the images."""
    image: Annotated[str, AfterValidator(lambda image: _check_placeholders(image, ("kind", "name")))]
    """The path of a device's image, relative to ``source``."""
    run: Command = Field(min_length=1)
    """The command that starts a device: a program or QEMU runs until SIGTERM; for a board it returns when the board runs."""
    flash: Command = ()
    """The command that writes an image to a board and leaves the processor halted."""
    halt: Command = ()
    """The command that halts the processor of a board."""
    needs: dict[str, str] = Field(default_factory=dict)
    """The programs that the commands need, each with its Debian package."""
    usb: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$", examples=["0403:6001"])], ...] = ()
    """The USB ids (``vendor:product``) of its debug probe; one of them must be connected."""

    @model_validator(mode="after")
    def _board_can_be_flashed(self) -> "Firmware":
        if (self.on == "board") != bool(self.flash) or bool(self.halt) != bool(self.flash):
            raise ValueError('flash, halt: expected for on = "board", and only there')
        return self


class FirmwareRig(Part):
    """A rig of firmware devices, as its file declares it."""

    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    name: str
    about: str = ""
    firmware: Firmware
    devices: dict[DeviceName, FirmwareDevice] = Field(min_length=1)
    wiring: Wiring | None = None

    @property
    def runs(self) -> str:
        """The target on which the devices run: a key of ``rig.RUNS``."""
        return self.firmware.on

    @property
    def in_real_time(self) -> bool:
        """Always true: firmware has its own clock."""
        return True

    @property
    def commands(self) -> str:
        """The commands that it starts, as a user would type them."""
        firmware = self.firmware
        named = (firmware.build, firmware.flash, firmware.run, firmware.halt)
        return "; ".join(f"`{command_line(command)}`" for command in named if command)

    @property
    def warning(self) -> str:
        """That it starts programs, which, and where: what a user is told before it does."""
        return f"{self.name} starts programs in {self.firmware.source}: {self.commands}"

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
    """Load the rig of this name or file, of virtual devices or of firmware. Raises ``RigError``."""
    text, origin = virtual.read(name)
    plain = tables(text, origin)
    if "firmware" not in plain:
        return virtual.validated(plain, origin, virtual.directory_of(name))
    plain["firmware"] = _merged(plain["firmware"], name, origin)
    try:
        return FirmwareRig.model_validate(plain)
    except ValidationError as error:
        raise RigError(f"{origin}: {first_problem(error, FirmwareRig)}") from None


def _merged(firmware: Any, name: str, origin: str, depth: int = 1) -> Any:
    """Return a firmware table merged with the one that it names by ``like``, with an absolute ``source``."""
    if not isinstance(firmware, dict):
        return firmware
    own = dict(firmware)
    if isinstance(own.get("source"), str):
        own["source"] = (_directory_of(name) / own["source"]).resolve()
    like = own.pop("like", None)
    if like is None:
        return own
    if depth > MAX_LIKE_DEPTH:
        raise RigError(f"{origin}: firmware.like: {like!r}: expected a chain of at most {MAX_LIKE_DEPTH} rigs")
    parent = str(like) if like in rigs_of_the_package() else str(_directory_of(name) / str(like))
    text, other = virtual.read(parent)
    table = tables(text, other)
    if "firmware" not in table:
        raise RigError(f"{origin}: firmware.like: {like!r}: expected a rig of firmware")
    merged = _merged(table["firmware"], parent, other, depth + 1)
    return {**merged, **own} if isinstance(merged, dict) else merged


def _directory_of(name: str) -> Path:
    """Return the directory of the rig file."""
    if Path(name).suffix != ".toml" and name in rigs_of_the_package():
        return Path(str(files("isletbench.hil_rigs")))
    return Path(name).parent
