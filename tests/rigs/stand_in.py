"""Programs for rigs of firmware that a test makes up: a device on a pseudo-terminal.

* ``device LINK``: a CGM as a program of the host, whose battery is empty at SIGUSR1
* ``deaf LINK``: says that it is ready, never answers, and does not care for SIGTERM
"""

import asyncio
import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from isletbench.emulator.bench.host import Host
from isletbench.emulator.cgm.profile import PROFILES
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.patient.sources import constant
from isletbench.emulator.transports.ports.pty import PtyPort
from isletbench.emulator.transports.serial_link import SerialLink

EPOCH = datetime(2026, 1, 1, 8)  # noqa: DTZ001  # a device's calendar has no zone


def ready(link: str) -> None:
    print(json.dumps({"ready": True, "serial": link}), flush=True)  # noqa: T201  # that is how it is told


async def device(link: str) -> None:
    endpoint = cgm_endpoint("cgm", Sensor(PROFILES["generic"], constant(100.0), epoch=EPOCH, seed=1), "IB-CGM")
    host = Host(endpoint, [SerialLink("cgm.serial", PtyPort(Path(link)), "cgm")], Clock(), Journal())
    ended: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    for number, why in {signal.SIGTERM: None, signal.SIGUSR1: "the battery is empty"}.items():
        asyncio.get_running_loop().add_signal_handler(number, ended.set_result, why)
    await host.start()
    Path("device.pid").write_text(str(os.getpid()), encoding="utf-8")
    ready(link)
    why = await ended
    await host.stop()
    Path("device.pid").unlink()
    sys.exit(why)


def deaf(link: str) -> None:
    master, slave = os.openpty()
    Path(link).symlink_to(os.ttyname(slave))
    ready(link)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while os.read(master, 100):
        pass


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["device", link]:
            asyncio.run(device(link))
        case ["deaf", link]:
            deaf(link)
