"""Clients to judge the judge by: a careful one for each device, and careless ones that each do one thing wrong."""

import asyncio
from dataclasses import dataclass

from emulator.bench import Bench
from emulator.client.bleak_collector import BleakCollector
from emulator.client.link_collector import LinkCollector
from emulator.verdict import Client as ClientUnderTest
from protocols import cgms, ids
from protocols.att import AttError
from protocols.e2e import split_records
from protocols.errors import WireError
from tests.faults.conversation import Client

LOST = (TimeoutError, ConnectionError, AttError, WireError)
"""What a lost connection, a device that does not answer or an answer that makes no sense looks like."""


@dataclass(frozen=True)
class Habits:
    """What a client does; every default is careful."""

    waits_before_reconnecting: bool = True
    """Longer each time it fails; else it tries at once, and again."""
    reconnects: bool = True
    notices_silence: bool = True
    """Gives up a connection on which nothing has come for 12 minutes."""
    fetches: bool = True
    """Asks for the stored readings that it has not got."""
    asks_what_became_of_a_bolus: bool = True
    """Else it sends the bolus again when nothing is answered."""
    looks_at_the_pump_first: bool = True
    """After every connection, before any bolus."""


CAREFUL = Habits()
CARELESS = {
    "hammers": Habits(waits_before_reconnecting=False),
    "gives_up": Habits(reconnects=False),
    "waits_for_ever": Habits(notices_silence=False),
    "never_fetches": Habits(fetches=False),
    "sends_again": Habits(asks_what_became_of_a_bolus=False),
    "does_not_look": Habits(looks_at_the_pump_first=False),
}
SILENCE_S = 12 * 60
SHORTEST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0


def client_of(device: str, habits: Habits) -> ClientUnderTest:
    """A client with these habits, for ``verdict.play``."""
    living = {"cgm": CgmClient, "pump": PumpClient}[device]

    async def live(bench: Bench, over: str) -> None:
        collector = (
            BleakCollector(bench.ready()["devices"][device]["ble"]["address"])
            if over == "ble"
            else LinkCollector(bench.memory[device].connect)
        )
        await living(Client(collector, device), habits).live()

    return live


class _Living:
    """Connects, again and again, and does its work while it is connected."""

    def __init__(self, client: Client, habits: Habits) -> None:
        self.client, self.habits = client, habits

    async def live(self) -> None:
        wait = SHORTEST_WAIT_S
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self.client.connect()
                await self.work()
            except LOST:
                pass
            await self.client.collector.disconnect()
            if not self.habits.reconnects:
                await asyncio.Event().wait()
            lasted = asyncio.get_running_loop().time() - began
            wait = SHORTEST_WAIT_S if lasted > 60 else min(2 * wait, LONGEST_WAIT_S)
            await asyncio.sleep(wait if self.habits.waits_before_reconnecting else 0.05)

    async def work(self) -> None:
        raise NotImplementedError

    async def while_connected(self, seconds: float) -> None:
        """Let time pass. Raises ``ConnectionError`` when the connection is lost meanwhile."""
        looks = 2 if self.habits.waits_before_reconnecting else 40
        for _ in range(looks):
            await asyncio.sleep(seconds / looks)
            if not self.client.collector.is_connected:
                raise ConnectionError


class CgmClient(_Living):
    """Collects readings."""

    def __init__(self, client: Client, habits: Habits) -> None:
        super().__init__(client, habits)
        self.readings: set[int] = set()
        self._taken = 0

    async def work(self) -> None:
        await self.fetch()
        silent_for = 0.0
        while True:
            before = len(self.client.told[cgms.MEASUREMENT.uuid])
            await self.while_connected(20)
            silent_for = 0.0 if len(self.client.told[cgms.MEASUREMENT.uuid]) > before else silent_for + 20
            known = max(self.readings, default=-5)
            self.take()
            if self.readings and max(self.readings) > known + 6:
                await self.fetch()
            if silent_for >= SILENCE_S and self.habits.notices_silence:
                return

    def take(self) -> None:
        """Add what has come to what it has."""
        values = self.client.told[cgms.MEASUREMENT.uuid]
        for value in values[self._taken :]:
            self.readings |= {cgms.MEASUREMENT.decode(r, protected=True).time_offset for r in split_records(value)}
        self._taken = len(values)

    async def fetch(self) -> None:
        """Every stored reading from the first that is missing on."""
        self.take()
        if not self.habits.fetches:
            return
        have = self.readings
        since = next((minute for minute in range(0, 100_000, 5) if minute not in have), 0)
        request = bytes([0x01, 0x03, 0x01]) + since.to_bytes(2, "little")
        await self.client.ask_octets(cgms.RECORD_ACCESS, request)
        self.take()


class PumpClient(_Living):
    """Gives 1 U after an hour, as soon as it can."""

    def __init__(self, client: Client, habits: Habits) -> None:
        super().__init__(client, habits)
        self.owed = [(3_700.0, 1.0)]
        self.uncertain = False

    async def work(self) -> None:
        if self.habits.looks_at_the_pump_first:
            await self.look()
        while True:
            while self.owed and asyncio.get_running_loop().time() >= self.owed[0][0]:
                await self.give(self.owed[0][1])
            await self.while_connected(10)
            if self.habits.looks_at_the_pump_first:
                await self.look()

    async def look(self) -> None:
        await self.client.read(ids.STATUS)
        await self.client.read(ids.ANNUNCIATION_STATUS)

    async def give(self, units: float) -> None:
        if self.uncertain and self.habits.asks_what_became_of_a_bolus:
            if await self.client.active_boluses():
                self.settle()
                return
            self.uncertain = False
        self.uncertain = True
        await self.client.bolus(units)
        self.settle()

    def settle(self) -> None:
        """That dose has been given."""
        self.uncertain = False
        del self.owed[0]
