"""The services beside a CGM or a pump: Device Information, Battery, Current Time, Bond Management, Immediate Alert.

They know no CGM and no pump; their values come from functions that the endpoint gives them. Source: DIS 1.1, BAS 1.0, CTS 1.1,
BMS 1.0, IAS 1.0.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from isletbench.emulator.core.notes import Decoded
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt import (
    Bonds,
    CharacteristicSpec,
    DeleteBonds,
    Link,
    Peer,
    Security,
    Send,
    ServiceAction,
    ServiceSpec,
)
from isletbench.emulator.gatt.notes import AlertSwitched, ClockSet, LocalTimeSet
from isletbench.emulator.gatt.service import nothing_by_itself
from isletbench.protocols import companions
from isletbench.protocols.att import AttCode, AttError
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.companions import AdjustReason, BondErrorCode, BondFeature, CurrentTime, LocalTimeInformation
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.errors import ReservedValue, UnknownOpcode, WireError
from isletbench.protocols.fields import DstOffset


class Companion:
    """A service without deadlines and without per-connection state: the simplest form of every method."""

    uuid: ClassVar[int]

    def __init__(self, security: Security) -> None:
        self.spec = ServiceSpec(
            self.uuid,
            tuple(CharacteristicSpec(c.uuid, c.properties, security) for c in companions.SERVICES[self.uuid]),
        )
        self._characteristics = {c.uuid: c for c in companions.SERVICES[self.uuid]}

    next_deadline: Instant | None = None

    def connected(self, peer: Peer, now: Instant) -> None:
        """No per-connection state."""

    def disconnected(self, peer: Peer, now: Instant) -> None:
        """No per-connection state."""

    def value(self, uuid: int, now: Instant) -> object:
        """The value of a readable characteristic now. Raises ``AttError``."""
        raise AttError(AttCode.READ_NOT_PERMITTED)

    def take(self, content: object, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        """Carry out what was written. Raises ``AttError``, or ``ReservedValue`` for a value that cannot be."""
        raise AttError(AttCode.WRITE_NOT_PERMITTED)

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        return self._octets(self._characteristics[uuid], now)

    def _octets(self, characteristic: Characteristic, now: Instant) -> bytes:
        return characteristic.encode(self.value(characteristic.uuid, now), protected=False)

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        characteristic = self._characteristics[uuid]
        try:
            content = characteristic.decode(value, protected=False)
            return [Decoded(now, characteristic.name, content), *self.take(content, peer, now)]
        except UnknownOpcode as error:
            raise AttError(BondErrorCode.BOND_OPCODE_NOT_SUPPORTED, str(error)) from None
        except ReservedValue as error:
            raise AttError(AttCode.OUT_OF_RANGE, str(error)) from None
        except WireError as error:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, str(error)) from None

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        return ()

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        """Nothing is ever indicated."""

    advance = nothing_by_itself


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of a device: its make and its own number."""

    manufacturer: str
    model: str
    serial_number: str
    firmware: str

    @property
    def system_id(self) -> bytes:
        """Eight octets that are this device's alone: locally administered, made from the rest."""
        drawn = hashlib.sha256(f"{self.manufacturer}/{self.model}/{self.serial_number}".encode()).digest()[:8]
        return bytes([*drawn[:7], drawn[7] | 0x02])


class DeviceInformationService(Companion):
    """Manufacturer, model, serial number, firmware. DIS 1.1."""

    uuid = companions.DEVICE_INFORMATION

    def __init__(
        self,
        identity: Identity,
        security: Security = Security.AUTHENTICATED,
        *,
        number: Callable[[], int] = lambda: 1,
    ) -> None:
        """``number`` returns how many devices there have been in this place; from the second on the serial number shows it."""
        super().__init__(security)
        self._identity, self._number = identity, number

    def value(self, uuid: int, now: Instant) -> object:
        number = self._number()
        serial = self._identity.serial_number
        identity = self._identity if number == 1 else replace(self._identity, serial_number=f"{serial}-{number}")
        values: dict[int, object] = {
            companions.MANUFACTURER_NAME.uuid: companions.Text(identity.manufacturer),
            companions.MODEL_NUMBER.uuid: companions.Text(identity.model),
            companions.SERIAL_NUMBER.uuid: companions.Text(identity.serial_number),
            companions.FIRMWARE_REVISION.uuid: companions.Text(identity.firmware),
            companions.SYSTEM_ID.uuid: companions.SystemId(identity.system_id),
        }
        return values[uuid]


class BatteryService(Companion):
    """The battery level, notified whenever the device finds that it has changed. BAS 1.0."""

    uuid = companions.BATTERY

    def __init__(self, level: Callable[[Instant], int], security: Security = Security.AUTHENTICATED) -> None:
        super().__init__(security)
        self._level = level
        self._found: int | None = None
        self._notified: dict[Link, int] = {}

    def connected(self, peer: Peer, now: Instant) -> None:
        self._notified[peer.link] = self._level(now)

    def disconnected(self, peer: Peer, now: Instant) -> None:
        del self._notified[peer.link]

    def value(self, uuid: int, now: Instant) -> object:
        return companions.BatteryLevel(self._level(now))

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[ServiceAction]:
        level = self._level(now)
        if level == self._found:
            return ()
        self._found = level
        return self._tell(level, peers, now)

    def _tell(self, level: int, peers: Sequence[Peer], now: Instant) -> Iterable[ServiceAction]:
        for peer in peers:
            if self._notified[peer.link] != level:
                self._notified[peer.link] = level
                yield Send(peer, companions.BATTERY_LEVEL.uuid, self._octets(companions.BATTERY_LEVEL, now))


class CurrentTimeService(Companion):
    """The device's own clock, which a client may set. CTS 1.1."""

    uuid = companions.CURRENT_TIME

    def __init__(
        self,
        clock: Callable[[Instant], datetime],
        set_clock: Callable[[datetime, Instant], bool],
        security: Security = Security.AUTHENTICATED,
        *,
        set_local_time: Callable[[int | None, DstOffset, Instant], bool] = lambda zone, dst, now: True,
    ) -> None:
        """``clock`` reads the device's clock; ``set_clock`` and ``set_local_time`` return whether the device has changed."""
        super().__init__(security)
        self._clock, self._set_clock, self._set_local_time = clock, set_clock, set_local_time
        self._reason = AdjustReason(0)
        self._local = LocalTimeInformation(None, DstOffset.UNKNOWN)
        self._peers: dict[Link, Peer] = {}

    def connected(self, peer: Peer, now: Instant) -> None:
        self._peers[peer.link] = peer

    def disconnected(self, peer: Peer, now: Instant) -> None:
        del self._peers[peer.link]

    def value(self, uuid: int, now: Instant) -> object:
        if uuid == companions.LOCAL_TIME.uuid:
            return self._local
        shown = self._clock(now)
        return CurrentTime(DateTime.of(shown), shown.isoweekday(), shown.microsecond * 256 // 1_000_000, self._reason)

    def take(self, content: object, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        match content:
            case CurrentTime(time=time, day_of_week=day, fractions=fractions, adjust_reason=reason):
                wanted = time.to_datetime() + timedelta(seconds=fractions / 256)
                if day not in {0, wanted.isoweekday()}:
                    raise ReservedValue(f"{wanted.date()} is not day {day} of the week", field="day_of_week")
                if not self._set_clock(wanted, now):
                    return
                self._reason = reason
                yield ClockSet(now, wanted.isoformat())
                # Clients that have not set it are notified of the new time (CTS 1.1, section 3.1.2).
                for other in self._peers.values():
                    if other is not peer:
                        yield Send(other, companions.TIME.uuid, self._octets(companions.TIME, now))
            case LocalTimeInformation():
                if self._set_local_time(content.time_zone, content.dst_offset, now):
                    self._local = content
                    yield LocalTimeSet(now)


class BondManagementService(Companion):
    """Deletes bonds. With an ``authorization`` code, only for a client that knows it. BMS 1.0."""

    uuid = companions.BOND_MANAGEMENT

    def __init__(self, authorization: bytes = b"", security: Security = Security.AUTHENTICATED) -> None:
        super().__init__(security)
        self._authorization = authorization

    def value(self, uuid: int, now: Instant) -> object:
        features = BondFeature.DELETE_REQUESTING | BondFeature.DELETE_ALL | BondFeature.DELETE_OTHERS
        if self._authorization:
            features |= BondFeature(int(features) << 1)
        return companions.BondManagementFeature(features)

    def take(self, content: object, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        whose = {
            companions.DeleteBondOfRequestingDevice: Bonds.REQUESTING,
            companions.DeleteAllBonds: Bonds.ALL,
            companions.DeleteAllBondsButRequestingDevice: Bonds.OTHERS,
        }[type(content)]
        given = getattr(content, "authorization", b"")
        if given != self._authorization:
            raise AttError(AttCode.INSUFFICIENT_AUTHORIZATION, "expected the device's authorization code")
        if whose is Bonds.REQUESTING and peer.identity is None:
            raise AttError(BondErrorCode.BOND_OPERATION_FAILED, "this client has no bond")
        yield DeleteBonds(peer, whose)


class ImmediateAlertService(Companion):
    """Lets a client that looks for the device make it ring. IAS 1.0."""

    uuid = companions.IMMEDIATE_ALERT

    def __init__(
        self, alert: Callable[[companions.AlertLevel, Instant], bool], security: Security = Security.AUTHENTICATED
    ) -> None:
        """``alert`` makes the device ring at a level, or stop; it returns whether the device has changed."""
        super().__init__(security)
        self._alert = alert

    def take(self, content: object, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        assert isinstance(content, companions.Alert)
        if self._alert(content.level, now):
            yield AlertSwitched(now, content.level.name)
