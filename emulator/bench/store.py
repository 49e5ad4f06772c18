"""What a bench stores in its state file: at the end of each turn of a device what has changed, and at the start what was."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isletbench.emulator.bench.state_file import Bonds, StateError, StateFile
from isletbench.emulator.core.clock import wall_time
from isletbench.emulator.core.endpoint import Endpoint
from isletbench.emulator.core.persistence import Mark, Persistence, Stored
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.transports.carrier import Carrier


class StateStore:
    """A state file and the bench it belongs to.

    ``identity`` is what must be the same when a bench goes on: rig, devices, seed. Raises ``StateError``, ``OSError``.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        self.file = StateFile(path)
        before = self.file.bench
        self.resumed = bool(before)
        """Whether there was a bench before this one."""
        for key, value in identity.items():
            if self.resumed and before.get(key) != value:
                self.file.close()
                raise StateError(f"{path}: it belongs to another bench: its {key} is {before.get(key)!r}, expected {value!r}")
        if not self.resumed:
            self.file.set_bench(**identity)
        self._before = before

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.file.close()

    @property
    def start(self) -> str | None:
        """The date and time at which the first bench began, if there was one."""
        return self._before.get("start")

    def begin(self, start: str) -> None:
        """Store when this bench began, if it is the first."""
        if self.start is None:
            self.file.set_bench(start=start)

    def resumes_at(self, factor: float | None) -> Instant:
        """The instant at which this bench begins: time went on without a bench at the pace ``factor``; not in jump pace."""
        then, wall = int(self._before.get("now", 0)), self._before.get("wall")
        if factor is None or wall is None:
            return then
        return then + max(0, round((wall_time() - float(wall)) * 1_000 * factor))


class DeviceStore:
    """One device of a store: its machine, its bonds, and the keys that its carriers have."""

    def __init__(
        self, file: StateFile, kind: str, persistence: Persistence[Any], endpoint: Endpoint, carriers: Sequence[Carrier]
    ) -> None:
        self._file, self._kind, self._persistence = file, kind, persistence
        self._endpoint, self._carriers = endpoint, carriers
        self._mark = Mark()
        self._entries = 0  # of the ledger that are stored
        self._last: tuple[bytes, Bonds] | None = None  # what was stored last

    def restore(self, now: Instant) -> None:
        """Make a new device the one that was stored, after a time without power."""
        name, machine = self._endpoint.name, self._endpoint.machine
        bonds = self._file.bonds(name)
        self._endpoint.restore(bonds.cccds)
        for carrier in self._carriers:
            carrier.restore(bonds.keys.get(carrier.name, {}))
        memory = self._file.memory(name)
        if memory is not None:
            ledger = self._file.ledger(name, self._kind)
            stored = Stored(memory=memory, records=self._file.records(name), ledger=ledger)
            self._mark = self._persistence.restore(machine, stored, now)
            self._entries = len(ledger)

    def save(self, now: Instant) -> None:
        """Store what a turn has changed, all of it or nothing."""
        name, machine = self._endpoint.name, self._endpoint.machine
        snapshot = self._persistence.snapshot(machine, self._mark)
        bonds, entries = self._bonds(), machine.ledger.entries
        if (snapshot.memory, bonds) == self._last and snapshot.mark == self._mark and len(entries) == self._entries:
            return
        with self._file.turn(now, wall_time()) as turn:
            turn.device(name, snapshot.memory, bonds)
            turn.records(name, snapshot.records, snapshot.oldest, complete=snapshot.complete)
            turn.ledger(name, self._entries, entries[self._entries :])
        self._mark, self._entries, self._last = snapshot.mark, len(entries), (snapshot.memory, bonds)

    def _bonds(self) -> Bonds:
        cccds = self._endpoint.snapshot()
        # A bond that this turn has forgotten is still known to the carrier, which deletes it after the turn.
        keys = {c.name: {who: key for who, key in c.snapshot().items() if who in cccds} for c in self._carriers}
        return Bonds(cccds, keys)
