"""Clients to judge the judge by: a careful one for each device, and careless ones that each do one thing wrong."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from emulator.bench import Bench
from emulator.client.bleak_collector import BleakCollector
from emulator.client.link_collector import LinkCollector
from emulator.verdict import Client as ClientUnderTest
from protocols import cgms, ids
from protocols.att import AttError
from protocols.e2e import split_records
from protocols.errors import WireError
from protocols.ids import TherapyControlState
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
    leaves_a_stopped_pump_alone: bool = True
    """Else it starts it."""
    believes_in_its_boluses: bool = True
    """Else a connection lost during one means that the rest has to be given again."""
    remembers_what_is_not_answered: bool = True
    """Else it asks again, at once."""
    pairs_anew: bool = True
    """Gives up keys that do not work any more."""
    knows_its_own: bool = True
    """Else it talks to whoever is there."""


CAREFUL = Habits()
CARELESS = {
    "hammers": Habits(waits_before_reconnecting=False),
    "gives_up": Habits(reconnects=False),
    "waits_for_ever": Habits(notices_silence=False),
    "never_fetches": Habits(fetches=False),
    "sends_again": Habits(asks_what_became_of_a_bolus=False),
    "does_not_look": Habits(looks_at_the_pump_first=False),
    "overrides_its_user": Habits(leaves_a_stopped_pump_alone=False),
    "gives_the_rest": Habits(believes_in_its_boluses=False),
    "asks_for_ever": Habits(remembers_what_is_not_answered=False),
    "keeps_its_keys": Habits(pairs_anew=False),
    "takes_whoever_is_there": Habits(knows_its_own=False),
}
SILENCE_S = 12 * 60
SHORTEST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0


def client_of(device: str, habits: Habits) -> ClientUnderTest:
    """A client with these habits, for ``verdict.play``."""
    living = {"cgm": CgmClient, "pump": PumpClient}[device]

    async def live(bench: Bench, over: str) -> None:
        chosen = device if habits.knows_its_own else list(bench.hosts)[-1]
        collector = (
            BleakCollector(bench.ready()["devices"][chosen]["ble"]["address"])
            if over == "ble"
            else LinkCollector(bench.memory[chosen].connect)
        )
        await living(Client(collector, device), habits).live()

    return live


class _Living:
    """Connects, again and again, and does its work while it is connected."""

    def __init__(self, client: Client, habits: Habits) -> None:
        self.client, self.habits = client, habits

    async def live(self) -> None:
        wait, failed = SHORTEST_WAIT_S, 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self.client.connect()
                failed = 0
                await self.work()
            except LOST:
                failed += 1
            if failed == 3 and self.habits.pairs_anew:
                await self.forget()
            await self.client.collector.disconnect()
            if not self.habits.reconnects:
                await asyncio.Event().wait()
            lasted = asyncio.get_running_loop().time() - began
            wait = SHORTEST_WAIT_S if lasted > 60 else min(2 * wait, LONGEST_WAIT_S)
            await asyncio.sleep(wait if self.habits.waits_before_reconnecting else 0.05)

    async def work(self) -> None:
        raise NotImplementedError

    async def forget(self) -> None:
        """Throw the keys away, where there are any: perhaps the device has done so."""
        if isinstance(self.client.collector, BleakCollector):
            await self.client.collector.forget()

    async def while_connected(self, seconds: float) -> None:
        """Let time pass. Raises ``ConnectionError`` when the connection is lost meanwhile."""
        looks = 2 if self.habits.waits_before_reconnecting else 10
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
            self.take()
            if self.missing is not None:
                await self.fetch()
            if silent_for >= SILENCE_S and self.habits.notices_silence:
                return

    @property
    def missing(self) -> int | None:
        """The first reading that it ought to have and has not."""
        return next((minute for minute in range(0, max(self.readings, default=0), 5) if minute not in self.readings), None)

    def take(self) -> None:
        """Add what has come to what it has; what is damaged is dropped."""
        values = self.client.told[cgms.MEASUREMENT.uuid]
        for value in values[self._taken :]:
            with suppress(WireError):
                self.readings |= {cgms.MEASUREMENT.decode(r, protected=True).time_offset for r in split_records(value)}
        self._taken = len(values)

    async def fetch(self) -> None:
        """Every stored reading from the first that is missing on; what the device has not got, it will not get."""
        self.take()
        if not self.habits.fetches:
            return
        since = max(self.readings, default=-5) + 5 if self.missing is None else self.missing
        request = bytes([0x01, 0x03, 0x01]) + since.to_bytes(2, "little")
        answer = await self.client.ask_octets(cgms.RECORD_ACCESS, request)
        self.take()
        if self.missing == since and answer[3:4] != b"\x01":
            self.readings.add(since)


class PumpClient(_Living):
    """Gives 1 U after an hour, as soon as it can."""

    def __init__(self, client: Client, habits: Habits) -> None:
        super().__init__(client, habits)
        self.owed = [(3_700.0, 1.0)]
        self.given: list[tuple[float, float]] = []
        self.uncertain = False
        self.may_deliver = True
        self.asks_next = 1_200.0

    async def work(self) -> None:
        now = asyncio.get_running_loop().time
        if self.given and now() - self.given[-1][0] < 3_600 and not self.habits.believes_in_its_boluses:
            self.owed.append(self.given.pop())
        if self.habits.looks_at_the_pump_first:
            await self.look()
        while True:
            while self.may_deliver and self.owed and now() >= self.owed[0][0]:
                await self.give(self.owed[0][1])
            if now() >= self.asks_next:
                await self.ask_totals()
            await self.while_connected(60)
            if self.habits.looks_at_the_pump_first:
                await self.look()

    async def look(self) -> None:
        status: ids.Status = await self.client.read(ids.STATUS)
        await self.client.read(ids.ANNUNCIATION_STATUS)
        self.may_deliver = status.therapy_control_state is TherapyControlState.RUN
        if not self.may_deliver and not self.habits.leaves_a_stopped_pump_alone:
            await self.client.ask(ids.COMMAND_POINT, ids.SetTherapyControlState(TherapyControlState.RUN))
            self.may_deliver = True

    async def ask_totals(self) -> None:
        """What has been delivered altogether, every half an hour; not for a long while when nothing is answered."""
        self.asks_next += 24 * 3_600 if self.habits.remembers_what_is_not_answered else 0
        await self.client.ask(ids.STATUS_READER_POINT, ids.GetDeliveredInsulin())
        self.asks_next = asyncio.get_running_loop().time() + 1_800

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
        self.given.append((asyncio.get_running_loop().time(), self.owed.pop(0)[1]))
