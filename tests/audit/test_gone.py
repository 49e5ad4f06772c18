"""A device that goes away during its audit: what is not known of it is not said."""

import asyncio
from typing import Any

import pytest

from isletbench import Bench, Pace, Ports, run
from isletbench.emulator.audit.carriers import SerialCarrier
from isletbench.emulator.audit.conduct import GONE, RETURNS_S, Audit, audit
from isletbench.emulator.audit.outcomes import Outcome
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.rigs.rig import validated
from tests.harness import audits
from tests.harness.audits import DEVICES, EVERYTHING, PLAIN, rig_of

ROWS = ("CGMS-1", "CGMS-9", "CGMS-14", "CGMS-32", "CGMS-40")


class Unplugged(LinkCollector):
    """The connection to a device that goes away for a while at its fourth read."""

    def __init__(self, open_port: Any, away_s: float) -> None:
        super().__init__(open_port)
        self._away_s, self._reads, self._back = away_s, 0, 0.0

    async def connect(self) -> None:
        if asyncio.get_running_loop().time() < self._back:
            raise ConnectionRefusedError(111, "Connection refused")
        await super().connect()

    async def read(self, key: Key) -> bytes:
        self._reads += 1
        if self._reads == 4:
            self._back = asyncio.get_running_loop().time() + self._away_s
            raise ConnectionError("the device has gone")
        return await super().read(key)


def audited(away_s: float) -> Audit:
    async def main() -> Audit:
        async with Bench(validated(rig_of("cgms"), "audited"), ports=Ports.MEMORY) as bench:
            await audits.prepare(bench, DEVICES["cgms"], PLAIN)
            running = asyncio.ensure_future(bench.run(None))
            link = Unplugged(bench.memory[DEVICES["cgms"]].connect, away_s)
            found = await audit(link, SerialCarrier(link), "cgms", permissions=EVERYTHING, rows=ROWS)
            running.cancel()
            return found

    return run(main(), Pace(None))


def test_rows_behind_a_device_that_is_gone_are_not_examined() -> None:
    outcomes = [(one.row.id, one.outcome, one.why) for one in audited(1e9).findings]
    lost = next(number for number, one in enumerate(outcomes) if one[1] is Outcome.FAILED)
    assert {one[1] for one in outcomes[:lost]} <= {Outcome.PASSED, Outcome.NOT_TESTABLE}
    assert outcomes[lost][2] == "the connection is lost: the device has gone"
    gone = f"the device cannot be connected for {RETURNS_S:g} s: Connection refused"
    assert outcomes[lost + 1][1:] == (Outcome.FAILED, gone)
    assert outcomes[lost + 2 :]
    assert {one[1:] for one in outcomes[lost + 2 :]} == {(Outcome.NOT_EXAMINED, GONE)}


@pytest.mark.parametrize("away_s", [5.0, RETURNS_S - 2])
def test_a_device_that_has_started_anew_is_examined_further(away_s: float) -> None:
    outcomes = [one.outcome for one in audited(away_s).findings]
    assert outcomes.count(Outcome.FAILED) == 1
    assert Outcome.NOT_EXAMINED not in outcomes
