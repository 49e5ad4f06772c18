"""A careful client of a receiver: it reads what it has not read yet, and knows each reading by its number."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.receiver.requests import Receiver
from isletbench.protocols.dexcom.records import DISPLAY_ONLY, NO_TIME, VALUE, NoGlucose, Partition, SessionState

TURN_S = 60.0
"""How often it looks for new readings."""
LOST_S = 20 * 60.0
"""After so long without a reading with a number the user is told."""
LONGEST_MIN = 65_535
"""No sensor is worn for longer: a reading of a later time offset is of no time at all."""
SILENT_TURNS = 5
"""After so many turns without an answer the user is told."""


class Client:
    """The client. ``report`` takes its beliefs."""

    def __init__(self, receiver: Receiver, report: Callable[[Mapping[str, Any]], None]) -> None:
        self.receiver = receiver
        self._report = report
        self.on_failure: Callable[[BaseException], None] = lambda error: None
        """Called with the error of every turn without an answer."""
        self._next: dict[Partition, int] = {}
        """The index of the first record that was not read yet."""
        self._page: dict[Partition, int] = {}
        """The number of the page on which that was."""
        self._started: int | None = None
        """When the sensor was started, by the receiver's own clock."""
        self._newest = now()
        """When the newest reading with a number was measured, s by the loop's clock."""
        self._silent = 0
        self._alerts: set[str] = set()

    async def run(self) -> None:
        """Run until cancelled."""
        self._report({"belief": "reports", "kinds": ["reading", "alert"]})
        while True:
            try:
                await self.turn()
                self._silent = 0
            except OSError as error:
                self.on_failure(error)
                self._silent += 1
                self.give_up()
            self.alert("unreachable", on=self._silent >= SILENT_TURNS)
            self.alert("signal_loss", on=now() - self._newest > LOST_S)
            await asyncio.sleep(TURN_S)

    def give_up(self) -> None:
        """Nothing was answered: close the port, and open it anew at the next turn."""
        self.receiver.close()

    async def turn(self) -> None:
        """Read what is new. Raises ``NoAnswer``, ``OSError``."""
        for record in await self._new(Partition.INSERTION_TIME):
            if record.state is SessionState.STARTED:
                self._started = record.system if record.inserted == NO_TIME else record.inserted
        shown = await self.receiver.time()
        for record in await self._new(Partition.EGV_DATA):
            self._store(record, shown - _measured(record))

    async def _new(self, partition: Partition) -> list[Any]:
        """The records of a partition that were not read yet, oldest first."""
        pages = await self.receiver.pages(partition)
        found: list[Any] = []
        for number in [one for one in pages if one >= self.page_from(partition, pages)]:
            for numbered in await self.receiver.page(partition, number):
                if self.is_new(partition, numbered.index):
                    self._next[partition] = numbered.index + 1
                    found.append(numbered.record)
            self._page[partition] = number
        return found

    def page_from(self, partition: Partition, pages: range) -> int:
        """The page from which on it reads: where it has stopped."""
        return self._page.get(partition, 0)

    def is_new(self, partition: Partition, index: int) -> bool:
        """Whether a record was not read yet."""
        return index >= self._next.get(partition, 0)

    def _store(self, record: Any, age: int) -> None:
        """Store a reading that was measured so long ago, s."""
        value = record.glucose & VALUE
        if self._started is None or record.glucose & DISPLAY_ONLY:
            return
        mg_dl = None if value in set(NoGlucose) else float(value)
        offset = round((_measured(record) - self._started) / 60)
        if offset > LONGEST_MIN:
            return
        self._report({"belief": "reading", "time_offset": max(0, offset), "mg_dl": mg_dl, "age": float(max(0, age))})
        if mg_dl is not None:
            self._newest = max(self._newest, now() - age)

    def alert(self, about: str, *, on: bool) -> None:
        """Notify the user, or stop to."""
        if on is not (about in self._alerts):
            self._alerts ^= {about}
            self._report({"belief": "alert", "about": about, "active": on})


def _measured(record: Any) -> int:
    """When a reading was measured, by the receiver's own clock."""
    return int(getattr(record, "read_at", record.system))
