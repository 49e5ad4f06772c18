"""From a rig to what runs: machines, endpoints, ports, carriers. The only place that knows concrete transports."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.bench.wearer import Wearer
from isletbench.emulator.core import running
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.core.endpoint import Endpoint
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.kind import Setup
from isletbench.emulator.endpoints.patient.endpoint import PatientEndpoint
from isletbench.emulator.endpoints.patient.participant import PATIENT_NAME, PatientTable, patient_of
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.endpoints.speaking import SpeakingDevice
from isletbench.emulator.gatt import Advertisement, GattDevice, Security
from isletbench.emulator.gatt.commands import adapter
from isletbench.emulator.gatt.interceptor import Interceptor, PassThrough
from isletbench.emulator.journal.bench_events import ConnectionBroke, LineChanged, PasskeyAwaited
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import Rig, RigError, pump_of
from isletbench.emulator.rigs.tuning import profile_of
from isletbench.emulator.transports.ble.radio import Radio
from isletbench.emulator.transports.carrier import Carrier, Port
from isletbench.emulator.transports.command_stream import CommandStream
from isletbench.emulator.transports.command_values import CommandValues
from isletbench.emulator.transports.octet_stream import OctetStream
from isletbench.emulator.transports.ports import settings
from isletbench.emulator.transports.ports.line import Line
from isletbench.emulator.transports.ports.memory import MemoryPort
from isletbench.emulator.transports.ports.pty import PtyPort
from isletbench.emulator.transports.ports.rfc2217 import Rfc2217Port
from isletbench.emulator.transports.ports.tcp import TcpPort
from isletbench.emulator.transports.serial_link import SerialLink

if TYPE_CHECKING:
    from isletbench.emulator.bench.bridge.bridge import CgmBridge
    from isletbench.emulator.transports.ble.air import Air
    from isletbench.emulator.transports.ble.capture import Capture
    from isletbench.emulator.transports.ble.peripheral import BlePeripheral

UNKNOWN_APPEARANCE = 0
"""Assigned Numbers, section 2.6: what an adapter says that it is."""


class Ports(Enum):
    """Which ports a bench opens."""

    REAL = "real"
    """Those of the rig: other programs can open them."""
    MEMORY = "memory"
    """In-process ones in their place, for a client in the same program: the only ones that jump pace allows."""


@dataclass(slots=True)
class Assembly:
    """Builds the devices of a rig one by one, and holds the parts of them that are steered while the bench runs."""

    rig: Rig
    ports: Ports
    seed: int
    clock: Clock
    journal: Journal
    faults: Interceptor
    """The faults of the bench: the interceptor between every device and its carriers."""
    start: datetime
    """The local date and time at instant 0."""
    air: "Air | None"
    """The virtual radio, where the rig needs one."""
    controllers: Mapping[str, str]
    """The devices that use a real Bluetooth controller, each with the controller's specification."""
    glucose: Mapping[str, Source]
    """Glucose sources in place of those that the rig names, by device."""
    replace: Callable[[Endpoint], Endpoint]
    """May put another endpoint in a device's place: one that replays a recording."""
    capture: "Capture | None" = None
    """What takes down the HCI of the devices."""
    memory: dict[str, MemoryPort] = field(default_factory=dict)
    """The client's end of every serial port that is in memory."""
    wearer: Wearer | None = None
    """The patient of the rig, once there is one."""
    radios: dict[str, Radio] = field(default_factory=dict)
    """The radio of every device with Bluetooth LE."""
    lines: dict[str, Line] = field(default_factory=dict)
    """The serial line of every device with a serial port."""

    def patient(self, table: PatientTable) -> PatientEndpoint:
        """Make the patient of the rig, whom every device that is made from now on is worn by. Raises ``RigError``."""
        try:
            wearer = Wearer(patient_of(table, self.start, self.seed))
        except ValueError as error:
            raise RigError(f"{PATIENT_NAME}.{error}") from None
        self.wearer = wearer
        return PatientEndpoint(PATIENT_NAME, wearer.patient, wearer.catch_up)

    def wear(self, hosts: Mapping[str, Host[Any]]) -> None:
        """Let the pump among these hosts deliver into the patient."""
        name = pump_of(self.rig)
        if self.wearer is not None and name is not None:
            delivered = KINDS[self.rig.devices[name].kind].delivered
            assert delivered is not None
            self.wearer.pump = hosts[name]
            self.wearer.reconcile(delivered(hosts[name].endpoint.machine))

    def endpoint(self, name: str) -> Endpoint:
        """Make the endpoint of a device, with its machine. Raises ``RigError``."""
        table, where = self.rig.devices[name], f"devices.{name}"
        kind = KINDS[table.kind]
        try:
            profile = profile_of(table, f"{where}.")
        except ValueError as error:
            raise RigError(str(error)) from None
        body = None if kind.delivers and name != pump_of(self.rig) else self.wearer
        setup = Setup(name=name, epoch=self.start, seed=self.seed, glucose=self.glucose.get(name), body=body)
        try:
            machine = kind.machine(table, profile, setup)
        except ValueError as error:
            raise RigError(f"{where}: {error}") from None
        endpoint = kind.endpoint(name, machine, table.ble.name if table.ble else name)
        if not isinstance(endpoint, GattDevice):
            if table.speaks is not None:
                raise RigError(f"{where}.speaks: a {table.kind} speaks a protocol of its own; expected no other one")
            return endpoint
        if (speaks := table.personality) is None:
            return self.replace(endpoint)
        personality, settings = speaks
        return self.replace(SpeakingDevice(endpoint, personality.face(name, machine, settings), personality.name))

    def carriers(self, endpoint: Endpoint) -> list[Carrier]:
        """Make the carriers of an endpoint. Raises ``RigError`` for a transport that it cannot be carried by."""
        table = self.rig.devices.get(endpoint.name)
        if table is None:
            return []  # nobody talks to a patient over a wire
        if isinstance(endpoint, GattDevice):
            if table.ble is not None and table.ble.passkey is None and not table.ble.enters_passkey:
                endpoint.reachable_security = Security.ENCRYPTED  # by Just Works: otherwise nobody could read anything
            return [*self._serial_link(endpoint, table), *self._peripheral(endpoint.name, endpoint.advertisement, table)]
        if isinstance(endpoint, SpeakingDevice):
            return self._spoken(endpoint, table)
        if table.ble is not None:
            raise RigError(f"devices.{endpoint.name}.ble: a {table.kind} has no GATT services; expected serial only")
        return [OctetStream(f"{endpoint.name}.serial", self._line(endpoint.name, table), self._client(table))]

    def interceptor(self, endpoint: Endpoint) -> Interceptor:
        """The interceptor between an endpoint and its carriers; of a patient, who has no messages, faults only note events."""
        return self.faults if endpoint.name in self.rig.devices else PassThrough(self.faults.occurred)

    # Serial ports

    def _serial_link(self, device: GattDevice, table: DeviceTable) -> list[Carrier]:
        if table.serial is None:
            return []
        name = f"{device.name}.serial"
        line, client = self._line(device.name, table), self._client(table)
        return [SerialLink(name, line, device.name, lambda way, octets: self._write_frame(name, way, octets), client=client)]

    def _spoken(self, endpoint: SpeakingDevice, table: DeviceTable) -> list[Carrier]:
        """The carriers of a device with a personality: of an adapter over Bluetooth LE, or of a port and the services."""
        assert table.personality is not None
        name, (personality, settings) = endpoint.name, table.personality
        if personality.service is None:
            line, client = self._line(name, table), self._client(table)
            stream = CommandStream(f"{name}.serial", line, personality.framer(settings), client)
            return [stream, *self._peripheral(name, endpoint.advertisement, table)]
        assert table.ble is not None
        service = personality.service(settings, table.ble.name)
        advertisement = Advertisement(table.ble.name, (service.spec.uuid,), UNKNOWN_APPEARANCE)
        peripherals = self._peripheral(name, advertisement, table)
        return [CommandValues(one, adapter(name, service, advertisement), service, self.clock.now) for one in peripherals]

    def _client(self, table: DeviceTable) -> str | None:
        return table.client if self.ports is Ports.REAL else None

    def _line(self, name: str, table: DeviceTable) -> Line:
        line = Line(self._port(name, table.serial or "pty:"), table.line, seed=self.seed, name=name)
        self.lines[name] = line
        return line

    def _port(self, name: str, spec: str) -> Port:
        if self.ports is Ports.MEMORY:
            self.memory[name] = MemoryPort(name)
            return self.memory[name]
        kind, _, place = spec.partition(":")
        host, _, port = place.rpartition(":")
        match kind:
            case "tcp":
                return TcpPort(host, int(port))
            case "rfc2217":
                return Rfc2217Port(host, int(port), lambda what, value: self._write_setting(name, what, value))
            case "serial":
                from isletbench.emulator.transports.ports.serial import SerialPort

                return SerialPort(*settings.parse(place))
            case _:
                return PtyPort(Path(place) if place else running.directory() / name)

    # Bluetooth LE

    def _peripheral(self, name: str, advertisement: Advertisement, table: DeviceTable) -> "list[BlePeripheral]":
        where = self.controllers.get(name, self.air)
        if table.ble is None or where is None:
            return []
        from isletbench.emulator.transports.ble.peripheral import BlePeripheral

        radio = Radio(table.ble.radio or self.rig.air, seed=self.seed, name=name)
        radio.on_break = lambda: self._write_break(name)
        self.radios[name] = radio
        return [
            BlePeripheral(
                f"{name}.ble",
                advertisement,
                where,
                address=table.ble.address,
                passkey=table.ble.passkey,
                enters_passkey=table.ble.enters_passkey,
                prefers=table.ble.connection,
                database_hash=table.ble.database_hash,
                on_passkey_awaited=lambda: self._write_awaited(name),
                radio=radio,
                capture=self.capture,
                seed=f"{self.seed}/{name}",
            )
        ]

    def bridge(self, host: Host[Any]) -> "CgmBridge | None":
        """Make the central of a device that receives the glucose of a CGM; None for one that does not."""
        table = self.rig.devices.get(host.endpoint.name)
        followed = None if table is None else KINDS[table.kind].follows(table)
        where = self.air if followed is None else followed.hci or self.air
        if followed is None or where is None:
            return None
        from isletbench.emulator.bench.bridge.bridge import CgmBridge
        from isletbench.emulator.transports.ble.central import Central

        central = Central(where, passkey=followed.passkey or 0, name=f"{self.seed}/{host.endpoint.name}/central")
        return CgmBridge(host, central, followed.name, self.clock)

    # What links write into the journal

    def _write_awaited(self, device: str) -> None:
        self.journal.bench(self.clock.now(), PasskeyAwaited(device))
        self.journal.flush()

    def _write_frame(self, carrier: str, way: str, octets: bytes) -> None:
        self.journal.frame(self.clock.now(), carrier, way, octets)

    def _write_setting(self, device: str, what: str, value: object) -> None:
        """A client has changed a setting of its end of the line."""
        self.journal.bench(self.clock.now(), LineChanged(device, {what: value}))

    def _write_break(self, device: str) -> None:
        """A connection has broken by chance."""
        self.journal.bench(self.clock.now(), ConnectionBroke(device))


def real_controllers(rig: Rig, specs: Sequence[str]) -> dict[str, str]:
    """Which devices use which real controller: those of the rig, and ``specs``, each ``SPEC`` or ``NAME=SPEC``.

    Raises ``RigError``.
    """
    with_ble = [name for name, device in rig.devices.items() if device.ble]
    placed: dict[str, str] = {}
    for given in specs:
        named = re.fullmatch(r"([a-z][a-z0-9_-]*)=(.+)", given)
        free = [name for name in with_ble if name not in placed]
        name, spec = (named[1], named[2]) if named else (free[0] if free else "", given)
        if name not in free:
            whom = f"device {name!r}" if named else "any device"
            raise RigError(
                f"radio {given}: not for {whom}: expected one with Bluetooth LE and no radio yet: {', '.join(free) or 'none'}"
            )
        placed[name] = spec
    for name, device in rig.devices.items():
        if device.ble and device.ble.controller and name not in placed:
            placed[name] = device.ble.controller
    return placed
