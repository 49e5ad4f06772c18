"""The readings that a client stores, and what it reports of them."""

from typing import Any

from isletbench.emulator.core.clock import Pace, run
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import Parts
from isletbench.hil_rigs.clients.controller.readings import ReadingStore
from isletbench.hil_rigs.clients.controller.session_time import SLACK_S, SessionTime
from isletbench.protocols import cgms


class Ahead(SessionTime):
    """The records of a sensor whose clock is ahead."""

    by = 20.0

    def of(self, time_offset: int) -> float:
        return now() + self.by

    def received(self, time_offset: int, now: float) -> bool:
        return True


def test_a_reading_is_never_of_the_future() -> None:
    reported: list[dict[str, Any]] = []

    async def main() -> None:
        store = ReadingStore(reported.append, Parts())
        store.time = Ahead()
        reading = store.add(cgms.Measurement(glucose=110.0, time_offset=5))
        assert reading is not None
        assert reading.measured == now()
        store.time.by = SLACK_S + 1
        assert store.add(cgms.Measurement(glucose=111.0, time_offset=10)) is None

    run(main(), Pace(None))
    assert [belief["age"] for belief in reported] == [0]
