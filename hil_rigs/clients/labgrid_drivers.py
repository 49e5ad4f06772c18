"""Our rigs in labgrid: a driver that speaks the serial link on any of its serial ports, and a strategy with a rig's steps.

``isletbench rigs RIG --labgrid FILE`` writes an environment that imports this module:

    strategy = target.get_driver("RigStrategy")
    strategy.transition("running")
    pump = target.get_driver("SerialLinkDriver", name="pump")
    pump.read(Key(0x183A, 0x2B21))
"""

import atexit
import enum
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import attr
from labgrid.driver.common import Driver
from labgrid.factory import target_factory
from labgrid.resource import SerialPort
from labgrid.step import step
from labgrid.strategy.common import Strategy, StrategyError, never_retry
from labgrid.util.proxy import proxymanager

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.protocols.att import Property

LEAVES_WITHIN_S = 10.0


@target_factory.reg_driver
@attr.s(eq=False)
class SerialLinkDriver(Driver):
    """The client's end of a device's serial link; while it is active, the connection stands.

    Raises as ``SerialClient`` does.
    """

    bindings = {"port": {"SerialPort", "NetworkSerialPort"}}  # noqa: RUF012  # labgrid's way to declare them

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._client: SerialClient | None = None

    def on_activate(self) -> None:
        """Open the port and greet the device."""
        self._client = SerialClient(self._url(), baudrate=self.port.speed)

    def on_deactivate(self) -> None:
        """Close the port."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _url(self) -> str:
        if isinstance(self.port, SerialPort):
            return str(self.port.port)
        host, port = proxymanager.get_host_and_port(self.port)
        return f"{'rfc2217' if self.port.protocol == 'rfc2217' else 'socket'}://{host}:{port}"

    @property
    def _link(self) -> SerialClient:
        assert self._client is not None
        return self._client

    @Driver.check_active
    def name_of_device(self) -> str:
        """What the device calls itself."""
        return self._link.name

    @Driver.check_active
    def characteristics(self) -> Mapping[Key, Property]:
        """What the device offers."""
        return self._link.characteristics

    @Driver.check_active
    @step(args=["key"])
    def read(self, key: Key) -> bytes:
        """The value of a characteristic."""
        return self._link.read(key)

    @Driver.check_active
    @step(args=["key", "value"])
    def write(self, key: Key, value: bytes) -> None:
        """Write a value; returns once the device has taken it."""
        self._link.write(key, value)

    @Driver.check_active
    @step(args=["key"])
    def subscribe(self, key: Key) -> None:
        """Be told of every value of this characteristic: ``wait`` hands them out."""
        self._link.subscribe(key)

    @Driver.check_active
    @step(args=["timeout"])
    def wait(self, timeout: float, key: Key | None = None) -> tuple[Key, bytes] | None:
        """The next value the device told; None when none came in time (s)."""
        return self._link.wait(timeout, key)


class Status(enum.Enum):
    """The steps of a rig."""

    off = 0
    flashed = 1
    running = 2


def _status(given: Status | str) -> Status:
    return given if isinstance(given, Status) else Status[given]


@target_factory.reg_driver
@attr.s(eq=False)
class RigStrategy(Strategy):
    """Brings the rig of a name, or in a file, to a step: ``off``, ``flashed`` or ``running``."""

    rig: str = attr.ib(validator=attr.validators.instance_of(str))
    status: Status = attr.ib(default=Status.off, converter=_status)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.ready: dict[str, Any] = {}
        """The ready line of the rig while it runs."""
        self._up: subprocess.Popen[str] | None = None
        atexit.register(self._stop)  # labgrid deactivates drivers at its end, but no strategies

    @never_retry
    @step(args=["status"])
    def transition(self, status: Status | str, *, step: Any) -> None:
        """Go to ``status``. Raises ``StrategyError`` with what the rig said."""
        wanted = _status(status)
        if wanted is self.status:
            step.skip("nothing to do")
            return
        if self.status is Status.running:
            self._stop()
        if wanted is Status.flashed and self.status is Status.off:
            self._flash()
        if wanted is Status.running:
            self._start()
        self.status = wanted

    def _flash(self) -> None:
        told = json.loads(self._isletbench("rigs", self.rig, "--json"))
        if told["runs"] != "virtual":
            self._isletbench("rigs", self.rig, "--flash")

    def _start(self) -> None:
        command = [sys.executable, "-m", "isletbench", "up", self.rig, "--json"]
        self._up = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
        assert self._up.stdout is not None
        assert self._up.stderr is not None
        line = self._up.stdout.readline()
        if not line:
            said = self._up.stderr.read().strip()
            self._stop()
            raise StrategyError(said)
        self.ready = json.loads(line)

    def _stop(self) -> None:
        for driver in list(self.target.drivers):
            if isinstance(driver, SerialLinkDriver):
                self.target.deactivate(driver)
        up, self._up, self.ready = self._up, None, {}
        if up is not None:
            with up:
                up.terminate()
                try:
                    up.communicate(timeout=LEAVES_WITHIN_S)
                except subprocess.TimeoutExpired:
                    up.kill()

    def _isletbench(self, *words: str) -> str:
        command = [sys.executable, "-m", "isletbench", *words]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # ourselves
        if ended.returncode:
            raise StrategyError(ended.stderr.strip())
        return ended.stdout
