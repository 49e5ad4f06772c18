"""Lines that cannot be written wait in memory, up to a bound; beyond it they are lost, counted, and said."""

import errno

import pytest

from isletbench.emulator.journal import sinks
from isletbench.emulator.journal.sinks import RETRY_S, WaitingSink


class Disk:
    def __init__(self) -> None:
        self.full = False
        self.tries = 0
        self.lines: list[str] = []
        self._taken: list[str] = []

    def write(self, text: str, /) -> None:
        self._taken.append(text)

    def flush(self) -> None:
        self.tries += 1
        if self.full:
            raise OSError(errno.ENOSPC, "no space")
        self.lines += self._taken
        self._taken.clear()


class World:
    def __init__(self) -> None:
        self.disk, self.now = Disk(), 0.0
        self.said: list[object] = []
        self.sink = WaitingSink(self.disk, lambda: self.now, self.said.append, self.said.append)

    def turn(self, text: str) -> None:
        self.sink.write(text)
        self.sink.flush()


def test_what_waits_is_written_in_order_when_there_is_room_and_the_disk_is_not_asked_all_the_time() -> None:
    world = World()
    world.turn("1\n")
    world.disk.full = True
    for number in range(2, 100):
        world.turn(f"{number}\n")
    assert world.disk.tries == 2
    world.disk.full = False
    world.turn("100\n")
    assert world.disk.lines == ["1\n"], "not yet: it was asked a moment ago"
    world.now += RETRY_S
    world.turn("101\n")
    assert "".join(world.disk.lines).split() == [str(number) for number in range(1, 102)]
    assert isinstance(world.said[0], OSError)
    assert world.said[1:] == [0]


def test_beyond_its_bound_it_loses_the_newest_lines_and_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "MOST_KEPT", 100)
    world = World()
    world.disk.full = True
    world.turn("first\n")
    for _ in range(20):
        world.turn("0123456789\n")
    world.disk.full = False
    world.now += RETRY_S
    world.turn("last\n")
    assert world.said[1:] == [12]
    assert len(world.disk.lines) == 1 + 9
