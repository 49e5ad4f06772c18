"""A meter without a bench: a client of its Glucose Service, and time that passes when a test says so."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import Instant, seconds
from isletbench.emulator.endpoints.gls.service import meter_endpoint
from isletbench.emulator.gatt import (
    Confirm,
    Connected,
    Disconnected,
    ErrorResponse,
    Indicate,
    Notify,
    Read,
    ReadResponse,
    Secured,
    Security,
    Unbond,
    Write,
    WriteResponse,
)
from isletbench.emulator.meter.machine import Meter
from isletbench.emulator.meter.profile import PROFILES, MeterProfile
from isletbench.emulator.patient.sources import constant
from isletbench.protocols import gls

BEGAN = datetime(2026, 3, 1, 7, 15, 30)  # noqa: DTZ001
LINK = "meter.ble#1"


@dataclass
class Heard:
    """What a request was answered with, in order."""

    values: list[tuple[int, bytes]] = field(default_factory=list)
    """UUID and octets of each notification and indication."""
    error: int | None = None
    """The ATT error, if it was refused."""
    order: list[str] = field(default_factory=list)

    def of(self, uuid: int) -> list[bytes]:
        """The values of a characteristic."""
        return [octets for of, octets in self.values if of == uuid]

    @property
    def measurements(self) -> list[gls.Measurement]:
        """The measurements."""
        return [gls.MEASUREMENT.decode(octets, protected=False) for octets in self.of(gls.MEASUREMENT.uuid)]

    @property
    def contexts(self) -> list[gls.Context]:
        """The contexts."""
        return [gls.CONTEXT.decode(octets, protected=False) for octets in self.of(gls.CONTEXT.uuid)]

    @property
    def answer(self) -> bytes | None:
        """What the control point has indicated."""
        found = self.of(gls.RECORD_ACCESS.uuid)
        assert len(found) <= 1, "two answers to one request"
        return found[0] if found else None


class Talking:
    """A client of a meter; it subscribes to everything unless told otherwise."""

    def __init__(
        self,
        profile: MeterProfile | str = "generic",
        source: Source | None = None,
        *,
        subscribes: bool = True,
        security: Security = Security.AUTHENTICATED,
        **changes: Any,
    ) -> None:
        made = PROFILES[profile] if isinstance(profile, str) else profile
        self.meter = Meter(replace(made, **changes), source or constant(112), epoch=BEGAN, seed=1, name="meter")
        self.device = meter_endpoint("meter", self.meter, "IB-Meter")
        self.now: Instant = 0
        self.connect(subscribes=subscribes, security=security)

    def connect(self, *, subscribes: bool = True, security: Security = Security.AUTHENTICATED) -> None:
        """Connect, or connect again."""
        if self.device.peers:
            self.device.receive(Disconnected(LINK), self.now)
        self.device.receive(Connected(LINK, 23, security), self.now)
        if subscribes:
            for uuid in (gls.MEASUREMENT.uuid, gls.CONTEXT.uuid, gls.RECORD_ACCESS.uuid):
                self.subscribe(uuid)

    def handle(self, uuid: int) -> int:
        """The handle of a characteristic of the Glucose Service."""
        return self.device.table.of(gls.SERVICE, uuid).handle

    def subscribe(self, uuid: int, *, on: bool = True) -> int | None:
        """Write a CCCD; the ATT error, if it was refused."""
        try:
            attribute = self.device.table.of(gls.SERVICE, uuid)
        except KeyError:
            return None  # this make has no such characteristic
        assert attribute.cccd is not None
        wanted = {0x10: b"\1\0", 0x28: b"\2\0"}[int(attribute.spec.properties)] if on else b"\0\0"
        effects = self.device.receive(Write(LINK, attribute.cccd, wanted), self.now)
        return next((int(effect.code) for effect in effects if isinstance(effect, ErrorResponse)), None)

    def measure(self, *times: Source, **arguments: Any) -> None:
        """Test blood, once or once of each source, ten minutes apart."""
        for source in times or (self.meter.source,):
            self.meter.source = source
            self.meter.begin(self.now, **arguments)
            self.wait(seconds(600))

    def wait(self, span: Instant) -> list[Any]:
        """Let time pass; what the device has sent meanwhile."""
        end, effects = self.now + span, list[Any]()
        while (due := self.device.next_deadline) is not None and due <= end:
            self.now = max(due, self.now)
            effects += self.device.advance(self.now)
        self.now = end
        return effects + self.device.advance(end)

    def read(self, uuid: int) -> bytes:
        """Read a value."""
        for effect in self.device.receive(Read(LINK, self.handle(uuid)), self.now):
            if isinstance(effect, ReadResponse):
                return effect.value
        raise AssertionError("refused")

    def read_handle(self, handle: int) -> bytes:
        """Read an attribute by its handle: a CCCD, say."""
        (answer,) = self.device.receive(Read(LINK, handle), self.now)
        assert isinstance(answer, ReadResponse)
        return answer.value

    def bond(self, identity: str) -> list[str]:
        """Be bonded as this client; the identities whose bonds the meter deletes for it."""
        effects = self.device.receive(Secured(LINK, Security.AUTHENTICATED, identity), self.now)
        return sorted(effect.identity for effect in effects if isinstance(effect, Unbond))

    def ask(self, request: str, *, confirms: bool = True) -> Heard:
        """Write a request, in hexadecimal, to the record access control point, and hear it out."""
        heard = Heard()
        effects = list(self.device.receive(Write(LINK, self.handle(gls.RECORD_ACCESS.uuid), bytes.fromhex(request)), self.now))
        while effects:
            effect = effects.pop(0)
            heard.order.append(type(effect).__name__)
            match effect:
                case Notify(handle=handle, value=value) | Indicate(handle=handle, value=value):
                    heard.values.append((self.device.table.by_handle[handle].spec.uuid, value))
                    if isinstance(effect, Indicate) and confirms:
                        effects += self.device.receive(Confirm(LINK, handle), self.now)
                case ErrorResponse(code=code):
                    heard.error = int(code)
                case WriteResponse() | _:
                    pass
            if not effects and heard.error is None and heard.answer is None:
                effects += self.wait(100)
                if not effects and self.device.next_deadline is None:
                    break
        return heard
