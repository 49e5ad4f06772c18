"""Careless clients: connections, and which device they are made to."""

import asyncio
from collections.abc import Sequence

from bleak import BleakScanner

from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.hil_rigs.clients.controller.device_selection import DeviceSelection
from isletbench.hil_rigs.clients.controller.glucose import GlucoseFollower
from isletbench.hil_rigs.clients.controller.pump import PumpDriver
from isletbench.hil_rigs.clients.controller.reconnect import ReconnectLoop
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols.ids import Feature


class Hammers(ReconnectLoop):
    """The client reconnects at once, and again, without a wait.

    Report: jwoglom/controlX2#91 (LNK-02).
    """

    CHECKS = 10

    def _next_wait(self, last: float, lasted: float) -> float:
        return 0.05


class GivesUp(ReconnectLoop):
    """The client does not reconnect after a connection is lost.

    Report: LoopKit/Loop#2075 (CGM-02).
    """

    async def _wait_before_reconnecting(self, wait: float) -> None:
        await asyncio.Event().wait()


class WaitsForEver(GlucoseFollower):
    """The client never gives up a connection over which nothing comes any more.

    Report: LoopKit/Loop#1483 (LNK-03).
    """

    async def _gives_up_after(self, silent_for: float) -> bool:
        return False


class KeepsItsKeys(ReconnectLoop):
    """The client never deletes the keys of a bond that does not work any more.

    Report: nightscout/AndroidAPS#2444 (LNK-04).
    """

    async def _delete_bond(self) -> None:
        pass


class TakesWhoeverIsThere(DeviceSelection):
    """The client connects to whatever device of the right kind it finds, not to its user's.

    Report: loopandlearn/LoopFollow#378 (LNK-16).
    """

    def _choose(self, device: str) -> str:
        return list(self._bench.hosts)[-1]


class LooksForAName(DeviceSelection):
    """The client waits for an advertisement with the device's name, and does not know its address.

    Report: LoopKit/OmniBLE: the shorter advertisement of a simulator (LNK-18).
    """

    def _ble_collector(self, address: str, name: str) -> Collector:
        class ByName(BleakCollector):
            async def connect(self) -> None:
                if await BleakScanner.find_device_by_name(name, timeout=10) is None:
                    raise ConnectionError(f"no device advertises the name {name}")
                await super().connect()

        return ByName(address)


class CountsInOneOctet(GlucoseFollower):
    """The client counts the octets of a value in one octet: of a longer one it sees the length modulo 256.

    Report: LoopKit/OmniBLE#109 (LNK-09).
    """

    def _records_in(self, value: bytes) -> Sequence[bytes]:
        return super()._records_in(value[: len(value) % 256])


class AssumesTheModel(Session):
    """The client does not read what a pump supports: every pump is like the one that it was written for.

    Report: the Dana emulator of nightscout/AndroidAPS has three variants of one pump (LIF-08).
    """

    async def _read_features(self) -> None:
        self.features = Feature.TBR_RELATIVE


class CachesFeatures(Session):
    """The client reads what a pump supports on its first connection, and believes that from then on.

    Report: openaps/docs#1168 (LIF-13).
    """

    _first: tuple[Feature, E2eProtection] | None = None
    """What the pump supported when it was first asked."""

    async def _read_features(self) -> None:
        if self._first is None:
            await super()._read_features()
            self._first = self.features, self.e2e
        self.features = self._first[0]
        self.e2e = E2eProtection(protected=self._first[1].protected)


class NeverStopsAsking(PumpDriver):
    """The client asks a pump everything anew every few seconds, whether anything has happened or not.

    Report: FDA Z-1609-2024 (LIF-11).
    """

    def _pause(self) -> float:
        return 5.0
