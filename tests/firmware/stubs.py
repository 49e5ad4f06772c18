"""Firmware as a subject: a stub that runs as a process, as a program of this machine or under QEMU."""

import atexit
import select
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.firmware.subjects import Marks

PATIENCE_S = 20.0
"""How long a program may say nothing before it is taken for dead, on a machine with other things to do."""
TICK = 8
"""Octets of a number on the clock channel."""
POWER_UP = bytes(TICK)
"""What the clock channel says when a stub is ready."""
QEMU = "qemu-system-arm"
TELL_THE_TIME = "loader,addr=0x20000000,data=0x4B434C43,data-len=4"
"""The word that has ``firmware_stubs/ports/qemu`` take its time from the clock channel."""
PROMPT = b"\n(qemu) "


class FirmwareError(RuntimeError):
    """Firmware that cannot be built, or does not run as it should."""


class Machine:
    """A process, and the wires to it: Unix sockets by name that ``command`` is told of. Raises ``FirmwareError``."""

    def __init__(self, wires: Sequence[str], command: Callable[[Mapping[str, Path]], Sequence[str | Path]]) -> None:
        with tempfile.TemporaryDirectory(prefix="isletbench-") as place:
            paths = {wire: Path(place) / wire for wire in wires}
            listeners = [_listener(path) for path in paths.values()]
            self.process = subprocess.Popen(
                command(paths), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            _RUNNING.add(self)
            self._wires: dict[str, socket.socket] = {}
            for wire, listener in zip(wires, listeners, strict=True):
                with listener:
                    self._wires[wire] = self._connected(listener)
        self._name_of = {connection.fileno(): wire for wire, connection in self._wires.items()}
        self.heard = {wire: bytearray() for wire in wires}

    def _connected(self, listener: socket.socket) -> socket.socket:
        for _ in range(round(PATIENCE_S / 0.2)):
            try:
                connection = listener.accept()[0]
            except TimeoutError:
                if self.process.poll() is not None:
                    break
            else:
                connection.setblocking(False)
                return connection
        raise FirmwareError(f"{self.process.args!r} does not connect: {self.end()}")

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def send(self, wire: str, octets: bytes) -> None:
        """All of them, while what comes back is read: a device that is not listened to may stop listening."""
        connection = self._wires[wire]
        while octets:
            self._listen(connection)
            try:
                octets = octets[connection.send(octets) :]
            except BlockingIOError:
                continue
            except OSError:
                self._gone()

    def wait(self, wire: str, end: bytes, what: str, *, patience: float = PATIENCE_S) -> bytes:
        """What has come over a wire, once it ends like this."""
        deadline = time.monotonic() + patience
        while not self.heard[wire].endswith(end):
            if time.monotonic() > deadline:
                known = "; ".join(f"{name}: {octets[-200:].hex(' ')}" for name, octets in self.heard.items())
                raise FirmwareError(f"{self.process.args!r}: waited {patience:g} s for {what}; heard {known}")
            self._listen(within=patience)
        heard = bytes(self.heard[wire])
        self.heard[wire].clear()
        return heard

    def _listen(self, writing: socket.socket | None = None, *, within: float = 1.0) -> None:
        ready, _, _ = select.select(list(self._name_of), [writing] if writing else [], [], min(within, 1.0))
        for wire in (self._name_of[descriptor] for descriptor in ready):
            try:
                octets = self._wires[wire].recv(65536)
            except OSError:
                octets = b""
            if not octets:
                self._gone()
            self.heard[wire] += octets

    def _gone(self) -> None:
        raise FirmwareError(f"{self.process.args!r} has ended: {self.end()}")

    def end(self) -> str:
        """Let it end; what it complained of, and how it ended."""
        _RUNNING.discard(self)
        for connection in self._wires.values():
            connection.close()
        self.process.terminate()
        try:
            _, told = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, told = self.process.communicate()
        return f"{told.decode(errors='replace').strip()} (exit {self.process.returncode})"


_RUNNING: set[Machine] = set()
"""Nothing is left running, whatever has failed."""


@atexit.register
def _switch_off() -> None:
    for machine in tuple(_RUNNING):
        machine.end()


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(1)
    listener.settimeout(0.2)
    return listener


class Stub:
    """A stub that has just been powered up on a machine: a ``Subject``. ``done`` takes the machine back."""

    def __init__(self, machine: Machine, done: Callable[[Machine], object]) -> None:
        self.now = 0
        self._machine, self._done = machine, done
        self._marks = Marks()
        machine.wait("clock", POWER_UP, "power-up")

    def exchange(self, octets: bytes) -> bytes:
        mark, answer = self._marks.next()
        self._machine.send("link", octets + mark)
        return self._machine.wait("link", answer, f"the answer to {octets.hex(' ')}")[: -len(answer)]

    def advance(self, now: int, *, mg_dl: int = 100, occluded: bool = False) -> bytes:
        self.now = now
        number = (occluded << 63 | mg_dl << 48 | now).to_bytes(TICK, "little")
        self._machine.send("clock", number)
        self._machine.wait("clock", number, f"{now} ms")
        return self.exchange(b"")  # what has been sent over the other wire is here when this is answered

    def close(self) -> None:
        self._done(self._machine)


def native(program: Path) -> Stub:
    """A stub of the posix port."""
    return Stub(
        Machine(("link", "clock"), lambda wires: [program, "--unix", wires["link"], "--clock", wires["clock"]]), Machine.end
    )


def qemu(image: Path) -> Stub:
    """A stub of the QEMU port, on a board that is new or has been reset."""
    idle = _IDLE[image]
    while idle:
        used = idle.pop()
        if used.runs:
            _reset(used)
            return Stub(used, idle.append)
    return Stub(board(image), idle.append)


def board(image: Path, *, told: bool = True) -> Machine:
    """A new QEMU with this program, which is ``told`` the time or has its own; its monitor is a wire, too."""
    new = Machine(
        ("link", "clock", "monitor"),
        lambda wires: [
            *(QEMU, "-M", "netduinoplus2", "-nodefaults", "-display", "none", "-kernel", image),
            *(("-device", TELL_THE_TIME) if told else ()),
            *("-serial", f"unix:{wires['link']}", "-serial", f"unix:{wires['clock']}"),
            *("-monitor", f"unix:{wires['monitor']}"),
        ],
    )
    new.wait("monitor", PROMPT, "QEMU's monitor")
    return new


_IDLE: dict[Path, list[Machine]] = defaultdict(list)
"""Boards that somebody may press the reset button of: sooner done than a QEMU started."""


def _reset(board: Machine) -> None:
    board.send("monitor", b"system_reset\n")
    board.wait("monitor", PROMPT, "a reset")
