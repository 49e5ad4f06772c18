"""A bench for tests that are not async: it runs in a thread of its own, and every call waits for it."""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from isletbench.emulator.interfaces.pytest.devices import DeviceHandle

if TYPE_CHECKING:
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.collectors.serial_client import SerialClient
    from isletbench.emulator.core.clock import Pace
    from isletbench.emulator.journal.entries import Entry
    from isletbench.emulator.rigs.rig import Rig

T = TypeVar("T")
STARTS_S = 60.0
"""How long a bench may take to open its ports, of the world's time."""
_DIRECTORY = Lock()


@contextmanager
def own_directory(place: Path) -> Iterator[None]:
    """Let benches that start meanwhile have their ports here, so that those of other test processes, and of a bench that is
    up, have other ones."""
    with _DIRECTORY:
        before = os.environ.get("ISLETBENCH_DIR")
        os.environ["ISLETBENCH_DIR"] = str(place)
        try:
            yield
        finally:
            if before is None:
                del os.environ["ISLETBENCH_DIR"]
            else:
                os.environ["ISLETBENCH_DIR"] = before


class BlockingBench:
    """A running bench that any thread may call. Its serial ports are real: any program can open them.

    Raises what ``Bench`` raises when it starts.
    """

    def __init__(self, rig: "Rig", pace: "Pace", *, seed: int | None, journal: "list[Entry]", directory: Path) -> None:
        self._rig, self._pace, self._seed, self._journal, self._directory = rig, pace, seed, journal, directory
        self._bench: Bench | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._over: Future[None] = Future()

    def start(self) -> None:
        """Start it; returns when every port is open."""
        ready: Future[None] = Future()
        with own_directory(self._directory):
            Thread(target=self._run, args=(ready,), name="isletbench", daemon=True).start()
            ready.result(STARTS_S)

    def stop(self) -> None:
        """End it; returns when every port is closed. Raises what broke a device, if one broke."""
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None and not self._over.done():
            loop.call_soon_threadsafe(stop.set)
        self._over.result()

    @property
    def failure(self) -> BaseException | None:
        """What broke a device; None while all is well."""
        return self._over.exception() if self._over.done() else None

    def _run(self, ready: "Future[None]") -> None:
        from isletbench.emulator.core.clock import run

        try:
            run(self._main(ready), self._pace)
        except BaseException as error:  # whoever waits for it is told
            (self._over if ready.done() else ready).set_exception(error)
        finally:
            if not self._over.done():
                self._over.set_result(None)

    async def _main(self, ready: "Future[None]") -> None:
        from isletbench.emulator.bench.assembly import Ports
        from isletbench.emulator.bench.bench import Bench
        from isletbench.emulator.journal.writer import recorded

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with Bench(self._rig, ports=Ports.REAL, seed=self._seed, journal=recorded(self._journal)) as bench:
            self._bench = bench
            ready.set_result(None)
            await bench.run(None, self._stop)

    def call(self, do: "Callable[[Bench], T]") -> T:
        """What this returns for the bench, called on the bench's own loop. Raises what it raises."""
        bench, loop = self._bench, self._loop
        assert bench is not None
        assert loop is not None

        async def called() -> T:
            return do(bench)

        return asyncio.run_coroutine_threadsafe(called(), loop).result()

    @property
    def rig(self) -> "Rig":
        """The rig that runs."""
        return self._rig

    @property
    def now(self) -> int:
        """Bench time, ms since the bench began."""
        return self.call(lambda bench: bench.clock.now())

    @property
    def serial_ports(self) -> dict[str, str]:
        """The paths or URLs of the devices' serial ports, by name."""
        return {name: place["serial"] for name, place in self.ready()["devices"].items() if place["serial"]}

    def ready(self) -> dict[str, Any]:
        """Where clients find every device."""
        return self.call(lambda bench: bench.ready())

    def status(self) -> dict[str, Any]:
        """What every device is doing."""
        return self.call(lambda bench: bench.status())

    def device(self, name: str) -> "BlockingDevice":
        """A device. Raises ``ValueError`` for a name that the rig does not have."""
        if name not in self._rig.devices:
            raise ValueError(f"device {name!r}: expected one of {', '.join(self._rig.devices)}")
        return BlockingDevice(self, name)

    def passes(self, span: str) -> None:
        """Let this span of bench time pass, at 1000x: ``90s``, ``5m``, ``1.5h``. Raises ``ValueError``."""
        from isletbench.emulator.core.quantities import parse_span

        bench, loop = self._bench, self._loop
        assert bench is not None
        assert loop is not None
        asyncio.run_coroutine_threadsafe(bench.steering.step(parse_span(span)), loop).result()

    def runs_at(self, pace: str) -> None:
        """Change the pace: ``real``, ``60x``, ``paused``. Raises ``ValueError``."""
        from isletbench.emulator.core.clock import Pace

        self.call(lambda bench: bench.steering.change_pace(Pace.parse(pace)))


class BlockingDevice:
    """A device of a bench in a thread, for a test that is not async. Raises ``ValueError`` for an impossible action."""

    def __init__(self, bench: BlockingBench, name: str) -> None:
        self._bench = bench
        self.name = name

    def _call(self, do: Callable[[DeviceHandle], T]) -> T:
        return self._bench.call(lambda bench: do(DeviceHandle(bench, self.name)))

    @property
    def place(self) -> dict[str, Any]:
        """The addresses that clients open: ``serial`` and ``ble``."""
        return self._call(lambda device: device.place)

    @property
    def state(self) -> dict[str, Any]:
        """The state of the device, as in ``status()``."""
        return self._call(lambda device: device.state)

    def do(self, action: str, **arguments: Any) -> None:
        """Perform an action on the device."""
        self._call(lambda device: device.do(action, **arguments))

    def inject(self, fault: str, **settings: Any) -> str:
        """Inject a fault into the device; return the name of the fault, for ``clear``."""
        return self._call(lambda device: device.inject(fault, **settings))

    def clear(self, fault: str) -> None:
        """Clear a fault."""
        self._call(lambda device: device.clear(fault))

    @contextmanager
    def connected(self) -> "Iterator[SerialClient]":
        """Connect a pyserial client to the device's port."""
        from isletbench.emulator.collectors.serial_client import SerialClient

        with SerialClient(self.place["serial"]) as link:
            yield link
