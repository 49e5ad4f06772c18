"""Nothing is built for a journal that nobody reads: what is made is counted, not how long it takes."""

from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal import writer
from isletbench.emulator.journal.writer import Journal, recorded
from isletbench.emulator.rigs.rig import load_rig
from isletbench.protocols import ids

KINDS = ("RequestEntry", "OutgoingEntry", "NoteEntry", "LedgerEntry", "FrameEntry", "BenchEntry", "FaultEntry")


async def _exchange(journal: Journal) -> None:
    async with Bench(load_rig(), ports=Ports.MEMORY, seed=1, journal=journal) as bench:
        collector = LinkCollector(bench.memory["pump"].connect)
        await collector.connect()
        await collector.read(Key(ids.SERVICE, ids.STATUS.uuid))
        bench.steering.do("pump", "pause", {})
        await bench.run(600_000)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what the writer makes from now on: entries, and dictionaries of them."""
    found: list[str] = []

    def counted(name: str) -> Any:
        make = getattr(writer, name)

        def making(*values: Any) -> Any:
            found.append(name)
            return make(*values)

        return making

    for name in (*KINDS, "to_dict"):
        monkeypatch.setattr(writer, name, counted(name))
    return found


def test_an_exchange_that_nobody_watches_makes_no_entry_and_no_dictionary(made: list[str]) -> None:
    run(_exchange(Journal()), Pace(None))
    assert made == []


def test_an_exchange_with_a_listener_makes_entries_and_no_dictionary(made: list[str]) -> None:
    entries: list[Any] = []
    run(_exchange(recorded(entries)), Pace(None))
    assert {"RequestEntry", "OutgoingEntry", "LedgerEntry", "FrameEntry", "BenchEntry"} <= set(made)
    assert "to_dict" not in made
    assert len(entries) > 20
