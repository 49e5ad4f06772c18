"""What a bench keeps in its state file: at the end of each turn of a device what has become of it, at the start what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isletbench.emulator.bench.state_file import Bonds, StateError, StateFile
from isletbench.emulator.core.clock import wall_time
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt import GattDevice
from isletbench.emulator.pump import hands, saved
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.transports.carrier import Carrier
from isletbench.protocols.att import Cccd


@dataclass(slots=True)
class Kept:
    """How much of a device is in the file already."""

    number: int = 0
    """Records of the history before this one are."""
    edits: int = 0
    entries: int = 0
    """So many entries of the ledger are."""
    bonds: Bonds | None = None


class Keeper:
    """A state file and the bench it belongs to.

    ``identity`` is what must be the same when a bench goes on: rig, devices, seed. Raises ``StateError``, ``OSError``.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        self._file = StateFile(path)
        self._kept: dict[str, Kept] = {}
        before = self._file.bench
        self.resumed = bool(before)
        """Whether there was a bench before this one."""
        for key, value in identity.items():
            if self.resumed and before.get(key) != value:
                self._file.close()
                raise StateError(f"{path}: it belongs to another bench: its {key} is {before.get(key)!r}, expected {value!r}")
        if not self.resumed:
            self._file.say(**identity)
        self._before = before

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    @property
    def start(self) -> str | None:
        """The date and time at which the first bench began, if there was one."""
        return self._before.get("start")

    def begin(self, start: str) -> None:
        """Keep when this bench began, if it is the first."""
        if self.start is None:
            self._file.say(start=start)

    def went_on(self, factor: float | None) -> Instant:
        """Where bench time stands now: it went on while there was no bench, at the pace of this one; not in jump pace."""
        then, wall = int(self._before.get("now", 0)), self._before.get("wall")
        if factor is None or wall is None:
            return then
        return then + max(0, round((wall_time() - float(wall)) * 1_000 * factor))

    def restore(self, device: GattDevice, carriers: Sequence[Carrier], now: Instant) -> None:
        """Make a new device the one that was kept, after a cut of its power."""
        bonds = self._file.bonds(device.name)
        device.bonds.update({who: {handle: Cccd(value) for handle, value in of.items()} for who, of in bonds.cccds.items()})
        for carrier in carriers:
            carrier.take_keys(bonds.keys.get(carrier.name, {}))
        kept = self._kept[device.name] = Kept()
        memory = self._file.memory(device.name)
        if memory is None or not isinstance(pump := device.machine, Pump):
            return
        rows = [saved.Row(*row) for row in self._file.history(device.name)]
        saved.restore(pump, memory, rows, self._file.ledger(device.name, "pump"))
        kept.number, kept.edits = pump.history.next_number, pump.history.entries.edits
        kept.entries = len(pump.ledger.entries)
        hands.lose_power(pump, now, since=pump.now)

    def keep(self, device: GattDevice, carriers: Sequence[Carrier], now: Instant) -> None:
        """Write down what a turn has changed, all of it or nothing."""
        kept = self._kept[device.name]
        cccds = {who: {handle: int(value) for handle, value in of.items()} for who, of in device.bonds.items()}
        # A bond that this turn has forgotten is still known to the carrier, which hears of it afterwards.
        keys = {c.name: {who: key for who, key in c.kept_keys().items() if who in device.bonds} for c in carriers}
        bonds = Bonds(cccds, keys)
        pump = device.machine
        if not isinstance(pump, Pump):
            if bonds != kept.bonds:
                with self._file.turn(now, wall_time()) as turn:
                    turn.device(device.name, None, bonds)
            kept.bonds = bonds
            return
        edits, entries = pump.history.entries.edits, pump.history.entries
        anew = edits != kept.edits
        with self._file.turn(now, wall_time()) as turn:
            turn.device(device.name, saved.dump(pump), bonds)
            fresh = saved.rows(pump, 0 if anew else kept.number)
            oldest = next((entry.number for entry in entries), 0)
            turn.history(device.name, [(row.number, row.readable_at, row.octets) for row in fresh], oldest, anew=anew)
            turn.ledger(device.name, kept.entries, pump.ledger.entries[kept.entries :])
        kept.number, kept.edits, kept.entries = pump.history.next_number, edits, len(pump.ledger.entries)
