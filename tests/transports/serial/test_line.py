"""A serial line as it is: slow, noisy, cut and glued, on the bench's clock; and a link that survives all of it."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import RigError, parse
from isletbench.emulator.transports.ports.line import Line, LineConditions
from isletbench.emulator.transports.ports.memory import MemoryPort
from isletbench.protocols import ids
from tests.transports.serial.recorder import Events

JUMP = Pace(None)
TEXT = bytes(range(256)) * 4


class Heard(Events):
    """What a device hears, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[tuple[float, bytes]] = []

    def received(self, octets: bytes) -> None:
        super().received(octets)
        self.at.append((asyncio.get_running_loop().time(), octets))


class Cable:
    """A line with both its ends."""

    def __init__(self, **conditions: Any) -> None:
        self.device, self.client = Heard(), Heard()
        self.port = MemoryPort("line")
        self.line = Line(self.port, LineConditions(**conditions), seed=1)

    async def open(self) -> None:
        await self.line.start(self.device)
        self.end = self.port.connect(self.client.received)


def jumping(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run(main(), JUMP)


def both(**conditions: Any) -> tuple[Heard, Heard]:
    """What each end hears when the other says ``TEXT``, a minute later."""
    made: list[Cable] = []

    async def main() -> None:
        cable = Cable(**conditions)
        made.append(cable)
        await cable.open()
        cable.end.write(TEXT)
        cable.line.write(TEXT)
        await asyncio.sleep(60)
        await cable.line.stop()

    jumping(main)
    return made[0].device, made[0].client


def test_a_line_as_there_is_none_brings_everything_at_once() -> None:
    for heard in both():
        assert heard.at == [(0.0, TEXT)]


@pytest.mark.parametrize("baud", [1_200, 9_600, 115_200])
def test_octets_arrive_at_the_speed_of_the_line(baud: int) -> None:
    for heard in both(baud=baud):
        assert heard.octets == TEXT
        lasted = heard.at[-1][0]
        assert lasted == pytest.approx(len(TEXT) * 10 / baud, rel=0.001, abs=0.001)
        so_far = 0
        for at, octets in heard.at:
            so_far += len(octets)
            assert at >= so_far * 10 / baud - 1e-6, "none is early"
            assert len(octets) <= 16


def test_what_is_sent_while_the_line_is_busy_waits_its_turn() -> None:
    async def main() -> None:
        cable = Cable(baud=9_600)
        await cable.open()
        for _ in range(4):
            cable.line.write(b"x" * 240)
        await asyncio.sleep(0.51)
        assert 470 <= len(cable.client.octets) <= 490
        await asyncio.sleep(1)
        assert len(cable.client.octets) == 960
        await cable.line.stop()

    jumping(main)


def test_pieces_pauses_and_glue() -> None:
    split, _ = both(split=100)
    assert [len(octets) for _, octets in split.at] == [100] * 10 + [24]
    paused, _ = both(split=512, pause_ms=700)
    assert [at for at, _ in paused.at] == [0.0, pytest.approx(0.7, abs=0.001)]

    async def main() -> None:
        cable = Cable(glue_ms=50)
        await cable.open()
        for n in range(3):
            cable.end.write(bytes([n]))
            await asyncio.sleep(0.01)
        await asyncio.sleep(1)
        assert cable.device.octets == b"\x00\x01\x02"
        assert len(cable.device.at) == 1
        await cable.line.stop()

    jumping(main)


def test_noise_turns_one_bit_and_loss_takes_octets() -> None:
    noisy, _ = both(noise=0.1)
    wrong = [(a, b) for a, b in zip(noisy.octets, TEXT, strict=True) if a != b]
    assert 0.05 < len(wrong) / len(TEXT) < 0.15
    assert all((a ^ b).bit_count() == 1 for a, b in wrong)
    lossy, _ = both(loss=0.1)
    assert 0.85 < len(lossy.octets) / len(TEXT) < 0.95


def test_each_chance_has_a_stream_of_its_own() -> None:
    alone, _ = both(noise=0.05)
    again, _ = both(noise=0.05)
    assert alone.octets == again.octets
    cut, _ = both(noise=0.05, split=7, pause_ms=1)
    assert cut.octets == alone.octets, "cutting does not reshuffle the noise"


def test_a_client_hears_itself_and_what_was_left_over() -> None:
    async def main() -> None:
        cable = Cable(echo=True, stale=b"left over")
        await cable.open()
        cable.end.write(b"hello")
        await asyncio.sleep(1)
        assert cable.client.octets == b"left overhello"
        assert cable.device.octets == b"hello"
        await cable.line.stop()

    jumping(main)


def test_breaks_are_heard_as_a_stray_octet() -> None:
    async def main() -> None:
        cable = Cable(breaks_per_hour=60)
        await cable.open()
        await asyncio.sleep(3_600)
        assert set(cable.device.octets) == {0}
        assert 40 < len(cable.device.octets) < 80
        cable.line.change(breaks_per_hour=0)
        count = len(cable.device.octets)
        await asyncio.sleep(3_600)
        assert len(cable.device.octets) == count
        await cable.line.stop()

    jumping(main)


def test_another_speed_than_the_lines_is_garbage_until_it_is_set() -> None:
    async def main() -> None:
        cable = Cable(wants_baud=9_600)
        cable.port.baud = 19_200  # type: ignore[attr-defined]  # as a port that can tell has it
        await cable.open()
        cable.end.write(TEXT)
        await asyncio.sleep(1)
        assert len(cable.device.octets) == len(TEXT)
        assert cable.device.octets != TEXT
        cable.device.octets.clear()
        cable.port.baud = 9_600  # type: ignore[attr-defined]
        cable.end.write(TEXT)
        await asyncio.sleep(1)
        assert cable.device.octets == TEXT
        await cable.line.stop()

    jumping(main)


def test_what_was_on_its_way_when_the_client_left_does_not_reach_the_next() -> None:
    async def main() -> None:
        cable = Cable(baud=1_200)
        await cable.open()
        cable.line.write(TEXT)
        await asyncio.sleep(0.1)
        cable.end.close()
        later = Heard()
        cable.port.connect(later.received)
        await asyncio.sleep(60)
        assert later.octets == b""
        await cable.line.stop()

    jumping(main)


@pytest.mark.parametrize(
    "wrong", [{"baud": 10}, {"noise": 1.5}, {"split": 0}, {"pause_ms": -1}, {"breaks_per_hour": 4_000}, {"wants_baud": 1}]
)
def test_conditions_that_cannot_be_name_their_range(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"{name}: expected .* to .*, got"):
        LineConditions(**wrong)
    line = Line(MemoryPort("line"))
    with pytest.raises(ValueError, match=name):
        line.change(**wrong)
    with pytest.raises(ValueError, match="wings: expected one of baud"):
        line.change(wings=2)
    assert line.conditions == LineConditions()


# The link on such a line


RIG = """
schema = 1
name = "line"
[devices.pump]
kind = "pump"
serial = "pty:"
basal = [{{ at = 00:00:00, rate = 1.0 }}]
line = {{ {line} }}
"""


@asynccontextmanager
async def pump_on(line: str, sink: io.StringIO | None = None) -> AsyncIterator[Bench]:
    async with Bench(parse(RIG.format(line=line), "line"), ports=Ports.MEMORY, journal=Journal(sink)) as bench:
        yield bench


async def features(bench: Bench) -> bytes:
    """Read as a patient client does: it connects again when a frame was damaged."""
    for _ in range(60):
        collector = LinkCollector(bench.memory["pump"].connect)
        try:
            await collector.connect()
            return await collector.read(Key(ids.SERVICE, ids.FEATURES.uuid))
        except (TimeoutError, ConnectionError, OSError):
            await asyncio.sleep(0.5)
        finally:
            await collector.disconnect()
    pytest.fail("it never got through")


CONDITIONS = [
    "baud = 9600",
    "noise = 0.002",
    "loss = 0.002",
    "split = 1",
    "split = 3, pause_ms = 20",
    "glue_ms = 200",
    'stale = "garbage\\u0000of before"',
    "breaks_per_hour = 3600",
    "baud = 19200, noise = 0.001, loss = 0.001, split = 5, pause_ms = 5, breaks_per_hour = 1200",
]


@pytest.mark.parametrize("line", CONDITIONS)
def test_a_client_gets_through_and_the_same_seed_gives_the_same_journal(line: str) -> None:
    journals = []
    for _ in range(2):
        sink = io.StringIO()

        async def main(sink: io.StringIO = sink) -> None:
            async with pump_on(line, sink) as bench:
                for _ in range(10):
                    assert len(await features(bench)) == 8
                    await asyncio.sleep(30)

        run(main(), JUMP)
        journals.append(sink.getvalue())
    assert journals[0] == journals[1]


@settings(max_examples=25, deadline=None)
@given(
    noise=st.sampled_from([0.0, 0.01, 0.2]),
    loss=st.sampled_from([0.0, 0.01, 0.2]),
    split=st.none() | st.integers(1, 9),
    pause=st.sampled_from([0, 10, 300]),
    glue=st.sampled_from([0, 30]),
    echo=st.booleans(),
)
def test_however_bad_the_line_was_a_good_one_is_good_again(
    *, noise: float, loss: float, split: int | None, pause: int, glue: int, echo: bool
) -> None:
    async def main() -> None:
        async with pump_on("") as bench:
            line = bench.lines["pump"]
            line.change(noise=noise, loss=loss, split=split, pause_ms=pause, glue_ms=glue, echo=echo)
            collector = LinkCollector(bench.memory["pump"].connect)
            try:
                await collector.connect()
                for _ in range(5):
                    await collector.read(Key(ids.SERVICE, ids.STATUS.uuid))
            except (TimeoutError, ConnectionError, OSError):
                pass  # it may well fail, but not hang and not break the device
            finally:
                await collector.disconnect()
            line.change(noise=0.0, loss=0.0, split=None, pause_ms=0, glue_ms=0, echo=False)
            await asyncio.sleep(60)
            assert len(await features(bench)) == 8
            assert not bench.hosts["pump"].failed.done()

    run(main(), JUMP)


def test_a_rig_says_what_is_wrong_with_its_line() -> None:
    with pytest.raises(RigError, match=r"devices\.pump\.line.*noise: expected 0 to 1, got 2"):
        parse(RIG.format(line="noise = 2"), "line.toml")
