"""One live line a device on a terminal, while a bench runs."""

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from isletbench.emulator.endpoints.registry import KINDS, PARTICIPANTS

if TYPE_CHECKING:
    from isletbench.emulator.bench.bench import Bench


def line_of(device: dict[str, Any]) -> str:
    """One line that says how a device is, from what ``Bench.status`` tells of it."""
    kind = device["kind"]
    clients = f" | clients: {', '.join(device['clients'])}" if device["clients"] else " | nobody connected"
    return f"{PARTICIPANTS[kind].status_line(device)}{clients if kind in KINDS else ''}"


class Display:
    """Draws the lines anew when something happens. On anything but a terminal it draws nothing."""

    def __init__(self, bench: "Bench", console: Console) -> None:
        self._bench = bench
        self._live = Live(self._table(), console=console, refresh_per_second=4, transient=True)
        self._terminal = console.is_terminal
        self._silence: Callable[[], None] = lambda: None

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, device in self._bench.status()["devices"].items():
            table.add_row(f"[bold]{name}[/]", line_of(device))
        return table

    def __enter__(self) -> Self:
        if self._terminal:
            self._live.start()
            self._silence = self._bench.journal.listen(lambda _: self._live.update(self._table()))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._silence()
        self._live.stop()
