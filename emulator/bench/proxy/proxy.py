"""The proxy: finds out what the real device is, and runs a bench with it in the place of a virtual one."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.proxy.real_device import RealActions, stand_in
from isletbench.emulator.bench.proxy.real_port import RealPort, port_of
from isletbench.emulator.bench.proxy.sides import LinkSide, OctetSide
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.endpoints.personalities import PERSONALITIES
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.journal.bench_events import Proxied, RealDeviceGone, RealDeviceThere
from isletbench.emulator.journal.entries import BenchEntry, Entry
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import Rig, RigError, validated
from isletbench.protocols.catalogue import SERVICES

RIG = "proxy"
"""The name of the rig of every proxy, in journals."""
KIND_OF = {SERVICES[kind.service]: name for name, kind in KINDS.items() if kind.service in SERVICES}
"""The kind of a device by the UUID of the service that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a user asks of a proxy."""

    serial: str
    """The real port: ``PATH[,BAUD[,8N1]]`` or ``tcp:HOST:PORT``."""
    client: str = "pty:"
    """The virtual port that clients open, as in a rig file."""
    name: str | None = None
    """The device's name; its kind when left out."""
    speaks: str | None = None
    """A personality; the serial link when left out."""
    seed: int = 1
    exposes: bool = False
    """Whether the virtual port may be one that other machines can reach."""


END_OF_FRAME = re.compile(rb"(?<=\x00)")
"""Where a frame of the serial link ends."""
ANYTHING = re.compile(rb"\Z")
"""An existing protocol is recorded in the chunks in which it comes."""


def rig_of(name: str, kind: str, speaks: str | None, serial: str = "pty:", seed: int = 1) -> Rig:
    """The rig of a proxy: one device on one port. Raises ``RigError``."""
    device = {"kind": kind, "serial": serial, **KINDS[kind].least, **({} if speaks is None else {"speaks": speaks})}
    about = "a real device behind a virtual port"
    return validated({"schema": 1, "name": RIG, "about": about, "seed": seed, "devices": {name: device}}, RIG)


def recorded_rig(entries: Iterable[Entry], devices: Mapping[str, str]) -> Rig | None:
    """The rig of a proxy's journal, with virtual devices; None for the journal of another bench. Raises ``RigError``."""
    for entry in entries:
        if isinstance(entry, BenchEntry) and isinstance(entry.event, Proxied):
            name = entry.event.device
            return rig_of(name, devices[name], entry.event.speaks)
    return None


def kind_of(characteristics: Iterable[Key], where: str) -> str:
    """The kind of a device with these characteristics. Raises ``OSError`` for one that no kind here is like."""
    services = dict.fromkeys(key.service for key in characteristics)
    for service in services:
        if service in KIND_OF:
            return KIND_OF[service]
    known = ", ".join(f"{uuid:04X}" for uuid in services) or "none"
    raise OSError(f"{where}: its services are {known}: expected one of {', '.join(f'{uuid:04X}' for uuid in KIND_OF)}")


@asynccontextmanager
async def proxied(asked: Asked, journal: Journal) -> AsyncIterator[Bench]:
    """A bench whose only device is the real one. Use it at real pace.

    Raises ``OSError`` for a port that cannot be had or a device that does not answer, ``RigError`` for a personality or a port
    that does not exist.
    """
    async with AsyncExitStack() as stack:
        try:
            port = RealPort(port_of(asked.serial))
        except ValueError as error:
            raise RigError(f"--serial: {error}") from None
        await port.start()
        stack.push_async_callback(port.stop)
        side: LinkSide | OctetSide
        if asked.speaks is None:
            side = LinkSide(port)
            stack.push_async_callback(side.stop)
            kind = kind_of(await side.learn(), asked.serial)
        else:
            kind = _kind_that_speaks(asked.speaks)
            side = OctetSide(port)
            stack.push_async_callback(side.stop)
        name = asked.name or kind
        bench = Bench(
            rig_of(name, kind, asked.speaks, asked.client, asked.seed),
            ports=Ports.REAL,
            journal=journal,
            stand_in=stand_in(side),
            actions={name: RealActions(kind)},
            exposes=asked.exposes,
        )
        await stack.enter_async_context(bench)
        journal.bench(bench.clock.now(), Proxied(name, asked.speaks))
        _join(port, side, bench, name)
        side.wake()
        yield bench


def _kind_that_speaks(personality: str) -> str:
    found = PERSONALITIES.get(personality)
    on_port = [one.name for one in PERSONALITIES.values() if one.service is None]
    if found is None or found.service is not None:
        raise RigError(f"--speaks {personality!r}: expected one of {', '.join(on_port)}")
    return found.kind


def _join(port: RealPort, side: Any, bench: Bench, name: str) -> None:
    """Connect the real side with the host of the device, and let the journal record what passes there."""
    host = bench.hosts[name]

    whole = END_OF_FRAME if isinstance(side, LinkSide) else ANYTHING
    unfinished = {"in": b"", "out": b""}

    def record(way: str, octets: bytes) -> None:
        *complete, unfinished[way] = whole.split(unfinished[way] + octets)
        for frame in complete:
            bench.journal.frame(bench.clock.now(), f"{name}.device", way, frame)

    def abandon(link: Link) -> None:
        for carrier in host.carriers:
            carrier.abandon(link)

    def lost() -> None:
        bench.journal.bench(bench.clock.now(), RealDeviceGone(name))
        host.disconnect()
        bench.journal.flush()

    def found() -> None:
        bench.journal.bench(bench.clock.now(), RealDeviceThere(name))
        bench.journal.flush()

    port.record, port.on_lost, port.on_found = record, lost, found
    side.wake, side.abandon = host.wake, abandon
