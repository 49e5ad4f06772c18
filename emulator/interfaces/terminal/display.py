"""The live view of a running bench: bench time, pace, a line for each device, the faults.

On a terminal the lines are drawn anew a few times a second, each exactly one row, whatever the terminal's size is meanwhile. On
a pipe a device has one line, and gets another one only when something other than a number has changed in it.
"""

import asyncio
import re
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from isletbench.emulator.core.clock import pace_of, wall_seconds
from isletbench.emulator.interfaces.terminal.lines import fault_lines, line_of, time_line

if TYPE_CHECKING:
    from isletbench.emulator.bench.bench import Bench

EVERY_S = 0.25
"""The time between two drawings, s of the world's time."""
_NUMBERS = re.compile(r"[-+]?\d[\d.]*")


def view(bench: "Bench") -> list[str]:
    """All lines: bench time and pace, the devices, the faults."""
    status = bench.status()
    width = max(map(len, status["devices"]), default=0)
    devices = [f"{name:<{width}}  {line_of(device)}" for name, device in status["devices"].items()]
    return [time_line(status), *devices, *(f"fault {line}" for line in fault_lines(status))]


def fitted(lines: list[str], width: int, height: int) -> list[str]:
    """The lines as they fit a terminal: each shorter than a row, and what is too much said in the last one."""
    most = max(1, height - 1)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"... {len(lines) - most + 1} more"]
    return [line if cell_len(line) < width else set_cell_size(line, max(0, width - 4)) + "..." for line in lines]


def rows_taken(lines: list[str], width: int) -> int:
    """How many rows drawn lines take on a terminal that has this width now, and has wrapped them if it became narrower."""
    return sum(max(1, -(-cell_len(line) // max(1, width))) for line in lines)


class Display:
    """Shows a bench on a console while it is entered. Has to be used inside the bench's loop."""

    def __init__(self, bench: "Bench", console: Console) -> None:
        self._bench, self._console = bench, console
        self._drawn: list[str] = []
        self._drawn_at = 0.0
        self._said: dict[str, str] = {}
        self._silence: Callable[[], None] = lambda: None
        self._ticking: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self.draw()
        self._silence = self._bench.journal.listen(lambda _: self._draw_soon())
        if self._console.is_terminal:
            self._ticking = asyncio.create_task(self._tick())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._silence()
        if self._ticking is not None:
            self._ticking.cancel()
        self._erase()

    async def _tick(self) -> None:
        """Draw the bench's time as it passes; a paused bench needs nothing."""
        while True:
            await asyncio.sleep(EVERY_S * (pace_of(asyncio.get_running_loop()).factor or 1))
            self.draw()

    def _draw_soon(self) -> None:
        if wall_seconds() - self._drawn_at >= EVERY_S:
            self.draw()

    def draw(self) -> None:
        """Show what is so now."""
        self._drawn_at = wall_seconds()
        if self._console.is_terminal:
            lines = fitted(view(self._bench), self._console.width, self._console.height)
            self._erase()
            self._console.print(Text("\n".join(lines)), no_wrap=True, overflow="crop", crop=False)
            self._drawn = lines
        else:
            self._say_what_changed()

    def _erase(self) -> None:
        """Take what was drawn off the terminal, though its width may be another one since."""
        if self._drawn:
            up = rows_taken(self._drawn, self._console.width)
            self._console.control(Control((ControlType.CURSOR_UP, up), (ControlType.CURSOR_MOVE_TO_COLUMN, 0)))
            self._console.file.write("\x1b[0J")
            self._console.file.flush()
            self._drawn = []

    def _say_what_changed(self) -> None:
        for name, device in self._bench.status()["devices"].items():
            line = line_of(device)
            without_numbers = _NUMBERS.sub("#", line)
            if self._said.get(name) != without_numbers:
                self._said[name] = without_numbers
                self._console.print(Text(f"{name}: {line}"))
