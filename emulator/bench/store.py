"""What a bench stores in its state file: at the end of each turn of a device what has changed, and at the start what was."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isletbench.emulator.bench.state_file import Bonds, StateError, StateFile
from isletbench.emulator.core.clock import wall_seconds, wall_time
from isletbench.emulator.core.endpoint import Endpoint
from isletbench.emulator.core.persistence import Mark, Persistence, Stored
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.transports.carrier import Carrier

RETRY_S = 1.0
"""How long a bench that cannot write its state waits before it tries again, s of wall time."""


class StateStore:
    """A state file and the bench it belongs to.

    ``identity`` is what must be the same when a bench goes on: rig, devices, seed; ``start`` is when the first bench begins, if
    there was none. ``outlives_failures`` says whether devices go on while the file cannot be written: what has changed is then
    stored as soon as it can be. ``says`` is called with a sentence when that begins, and with None when it is over.
    Raises ``StateError``, ``OSError``; a file that is refused is not touched.
    """

    def __init__(
        self,
        path: Path,
        identity: dict[str, Any],
        start: str,
        *,
        outlives_failures: bool = False,
        says: Callable[[str | None], None] = lambda sentence: None,
    ) -> None:
        new = {**identity, "start": start, "now": 0, "wall": wall_time(), "stored": []}
        self.file = StateFile(path, new)
        before = self.file.bench
        for key, value in identity.items():
            if not _same(before.get(key), value):
                self.file.close()
                raise StateError(f"{path}: it belongs to another bench: its {key} is {before.get(key)!r}, expected {value!r}")
        self.resumed = bool(before["stored"])
        """Whether there was a bench before this one."""
        self.start: str = before["start"]
        """The date and time at which the first bench began."""
        self.devices: list[DeviceStore] = []
        self._before = before
        self._path = path
        self._outlives_failures, self._says = outlives_failures, says
        self._failed_at: float | None = None
        """Wall time at which the file could not be written, while it cannot."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is None and (self._failed_at is not None or not self.file.is_there):
                self._outlives_failures, self._failed_at = False, 0.0
                self.write(int(self.file.bench["now"]))
        finally:
            self.file.close()

    def resumes_at(self, factor: float | None) -> Instant:
        """The instant at which this bench begins: time went on without a bench at the pace ``factor``; not in jump pace."""
        then = int(self._before["now"])
        if factor is None or not self.resumed:
            return then
        return then + max(0, round((wall_time() - float(self._before["wall"])) * 1_000 * factor))

    def device(
        self, kind: str, persistence: Persistence[Any], endpoint: Endpoint, carriers: Sequence[Carrier], now: Instant
    ) -> Callable[[Instant], None]:
        """Make a new device the one that was stored; what is to be called at the end of each of its turns.

        Raises ``StateError`` for a device that cannot be restored.
        """
        device = DeviceStore(self.file, kind, persistence, endpoint, carriers)
        try:
            device.restore(now)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason = " ".join(str(error).split())
            raise StateError(f"{self._path}: {endpoint.name}: expected a {kind} as it was stored: {reason}") from None
        self.devices.append(device)
        return lambda at: self.write(at, device)

    def write(self, now: Instant, *devices: "DeviceStore") -> None:
        """Store what has changed of these devices, or of all. Raises ``OSError`` unless the bench outlives that."""
        if self._failed_at is not None and wall_seconds() < self._failed_at + RETRY_S:
            return
        try:
            deleted = not self.file.is_there
            if deleted:
                self.file.write_anew()
            for device in self.devices if self._failed_at is not None or not devices else devices:
                device.save(now)
        except OSError as error:
            if not self._outlives_failures:
                raise
            if self._failed_at is None:
                reason = error.strerror or str(error)
                self._says(f"{reason}: {self._path}: devices go on, and what happens now is lost with this process")
            self._failed_at = wall_seconds()
            return
        if deleted:
            self._says(f"the state file was deleted while the bench runs: {self._path}: it is written again")
        if deleted or self._failed_at is not None:
            self._failed_at = None
            self._says(None)


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
        """Store what a turn has changed, all of it or nothing. Raises ``OSError``."""
        name, machine = self._endpoint.name, self._endpoint.machine
        snapshot = self._persistence.snapshot(machine, self._mark)
        bonds, entries = self._bonds(), machine.ledger.entries
        if (snapshot.memory, bonds) == self._last and snapshot.mark == self._mark and len(entries) == self._entries:
            return
        with self._file.turn(now, wall_time()) as turn:
            turn.records(name, snapshot.records, snapshot.oldest, complete=snapshot.complete)
            turn.ledger(name, self._entries, entries[self._entries :])
            turn.device(name, snapshot.memory, bonds)
        self._mark, self._entries, self._last = snapshot.mark, len(entries), (snapshot.memory, bonds)

    def _bonds(self) -> Bonds:
        cccds = self._endpoint.snapshot()
        # A bond that this turn has forgotten is still known to the carrier, which deletes it after the turn.
        keys = {c.name: {who: key for who, key in c.snapshot().items() if who in cccds} for c in self._carriers}
        return Bonds(cccds, keys)


def _same(before: Any, now: Any) -> bool:
    """Whether these are the same, but for what an older version did not know and what is off in this bench."""
    if not isinstance(before, dict) or not isinstance(now, dict):
        return bool(before == now)
    shared = before.keys() & now.keys()
    alone = (value for one in (before, now) for key, value in one.items() if key not in shared)
    return all(_same(before[key], now[key]) for key in shared) and not any(alone)
