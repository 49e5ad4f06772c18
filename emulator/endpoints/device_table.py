"""The table of a device in a rig file: what every kind of device has there. A kind adds its own keys in a subclass."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from isletbench.emulator.core.models import Part
from isletbench.emulator.endpoints.personalities import chosen
from isletbench.emulator.endpoints.personality import Personality, Settings
from isletbench.emulator.transports.ble.radio import PreferredParameters, RadioConditions
from isletbench.emulator.transports.ports import settings
from isletbench.emulator.transports.ports.line import LineConditions

MAX_PORT = 65_535
MAX_PASSKEY = 999_999
"""Core Vol 3, Part H, 2.3.5.3: six decimal digits."""


def _static_random(address: str) -> str:
    """Core Vol 6, Part B, 1.3.2.1: the two highest bits of a static random address are 1."""
    if not re.fullmatch(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", address) or int(address[:2], 16) < 0xC0:
        raise ValueError("expected a static random address such as F0:10:00:00:00:01, the first octet C0 or above")
    return address.upper()


SHORT_NAME = 8
"""Of the 31 octets of an advertisement, what flags and a service of 128 bits leave for a name."""


class Ble(Part):
    """How a device advertises, pairs and is received over Bluetooth LE."""

    name: str = Field(min_length=1, max_length=20)
    """The local name it advertises."""
    address: Annotated[str, AfterValidator(_static_random)] | None = None
    """Its static random address; made from the seed and the device's name when left out."""
    passkey: int | None = Field(default=None, ge=0, le=MAX_PASSKEY)
    """The passkey printed on it. Without one it pairs by Just Works, which its characteristics may not accept."""
    enters_passkey: bool = False
    """Whether the client displays the passkey and it is typed in on the device; else the device displays it. Without a
    ``passkey`` the client displays one of its own, and the action ``enter_passkey`` types it in."""
    connection: PreferredParameters | None = None
    """The connection parameters it asks for; it accepts those of the client when left out."""
    radio: RadioConditions | None = None
    """How well it is received; as ``air`` of the rig says when left out."""
    database_hash: bool = False
    """Whether clients can read the hash of its attributes (Database Hash, Core Vol 3, Part G, 7.3)."""
    controller: str | None = Field(default=None, min_length=1)
    """The real Bluetooth controller it uses (``usb:0``, ``serial:/dev/ttyACM0,1000000``); the virtual air when left out."""


def check_port(spec: str) -> None:
    """Check the specification of a port, such as ``pty:``. Raises ``ValueError`` for one that does not exist."""
    kind, _, place = spec.partition(":")
    if kind == "serial":
        settings.parse(place)
    elif numbered := re.fullmatch(r"(?:tcp|rfc2217):[^:\s]+:(\d+)", spec):
        if len(numbered[1]) > 5 or int(numbered[1]) > MAX_PORT:
            raise ValueError(f"serial {spec!r}: expected a port number from 0 to {MAX_PORT}")
    elif not re.fullmatch(r"pty:[^\0]*", spec):
        raise ValueError(f"serial {spec!r}: expected pty:, pty:PATH, tcp:HOST:PORT, rfc2217:HOST:PORT or serial:PATH,BAUD,8N1")


class DeviceTable(Part):
    """One device of a rig. A kind of device derives its own table from it, with ``kind: Literal["..."]``."""

    kind: str
    """The kind of device: a name of the registry."""
    profile: str = "generic"
    """The make it is like: `isletbench profiles` lists them."""
    tuning: dict[str, Any] = Field(default_factory=dict)
    """What differs from the profile."""
    serial: str | None = None
    """``pty:`` for a port named like the device, ``pty:PATH`` for a path of your choice, ``tcp:HOST:PORT`` for a socket (port 0
    is a free one), ``rfc2217:HOST:PORT`` for a socket with line settings and modem lines, ``serial:PATH,BAUD,8N1`` for an
    adapter of this machine; left out: no serial port."""
    speaks: str | dict[str, Any] | None = None
    """The protocol of an existing device that it speaks on ``serial``: a personality by name, or a table with ``personality``
    and its settings; left out: the serial link. `isletbench personalities` lists them."""
    client: str | None = Field(default=None, min_length=1)
    """What a client opens, where that is not ``serial`` itself: the adapter at the other end of the cable."""
    line: LineConditions = LineConditions()
    """How that serial line behaves."""
    ble: Ble | None = None
    """How it appears over Bluetooth LE; left out: it does not."""

    @model_validator(mode="after")
    def _has_a_transport(self) -> Self:
        if self.serial is not None:
            check_port(self.serial)
        if self.client is not None and not (self.serial or "").startswith("serial:"):
            raise ValueError("client: expected with serial:PATH only; any other port a client opens itself")
        if self.serial is None and self.ble is None:
            raise ValueError("nobody could reach it: expected serial, ble or both")
        if self.speaks is not None:
            over_ble = chosen(self.speaks, self.kind)[0].service is not None
            if over_ble and (self.ble is None or self.serial is not None):
                raise ValueError("speaks: this one is reached over Bluetooth LE: expected ble, and no serial")
            if over_ble and self.ble is not None and len(self.ble.name.encode()) > SHORT_NAME:
                raise ValueError(f"ble.name: expected at most {SHORT_NAME} octets beside its service")
            if not over_ble and self.serial is None:
                raise ValueError("speaks: expected serial, the port on which it speaks")
        return self

    @property
    def personality(self) -> tuple[Personality[Any, Any], Settings] | None:
        """The personality of its port with its settings; None for the serial link."""
        return None if self.speaks is None else chosen(self.speaks, self.kind)

    @property
    def operations(self) -> frozenset[str]:
        """The operations that faults can select on its serial port: ``SetBolus``, ``dexcom_receiver.ReadSystemTime``."""
        if (found := self.personality) is None:
            return frozenset()
        name, words = found[0].name, found[0].operations
        return frozenset(words) | {f"{name}.{word}" for word in words}

    @property
    def in_real_time(self) -> bool:
        """Whether it uses an adapter or a controller of this machine: time cannot jump there."""
        return (self.serial or "").startswith("serial:") or (self.ble is not None and self.ble.controller is not None)
