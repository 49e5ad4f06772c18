"""openaps, unmodified, finds receiver and stick by their USB ids, reads both and commands the pump, as on an OpenAPS rig."""

import asyncio
import json
import os
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from isletbench import Bench, Ports, run
from isletbench.emulator.core.quantities import units
from isletbench.emulator.interfaces.cli.usb_tree import UsbPort, write_tree
from isletbench.emulator.rigs.rig import load_rig
from tests.harness.python27 import PYTHON, needs
from tests.interfaces.cli.test_usb_tree import cannot_have_a_namespace

pytestmark = [
    *needs("openaps", "decocare", "dexcom_reader"),
    pytest.mark.skipif((why := cannot_have_a_namespace()) is not None, reason=why or ""),
    pytest.mark.skipif(shutil.which("git") is None, reason="openaps needs git"),
]
DEVICES = {
    "openaps.ini": '[device "pump"]\nvendor = openaps.vendors.medtronic\nextra = pump.ini\n\n'
    '[device "cgm"]\nvendor = openaps.vendors.dexcom\nextra = cgm.ini\n',
    "pump.ini": '[device "pump"]\nserial = 208850\n',
    "cgm.ini": '[device "cgm"]\n',
}
LOGGED = "import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('/dev/log')\nwhile True: s.recv(65536)"
"""openaps ends where nobody takes what it logs, as in a container."""
WITH_LOG = f"""
[ -S /dev/log ] || {{ python3 -c "{LOGGED}" & sleep 1; }}
"$@"; code=$?
[ -n "$!" ] && kill $!
exit $code
"""


def openaps_in(directory: Path) -> None:
    """Make the directory an openaps environment."""
    for name, text in DEVICES.items():
        (directory / name).write_text(text, encoding="ascii")
    (directory / "rate.json").write_text(json.dumps({"temp": "absolute", "rate": 1.3, "duration": 30}), encoding="ascii")
    (directory / "bolus.json").write_text(json.dumps({"units": 0.4}), encoding="ascii")
    author = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "devices"]):
        subprocess.run(["git", *words], cwd=directory, check=True)  # noqa: S607  # whichever git there is


def test_what_openaps_reads_and_commands_is_what_the_devices_have(tmp_path: Path) -> None:
    openaps_in(tmp_path)
    path = f"{Path(str(PYTHON)).parent}:{os.environ['PATH']}"

    async def main() -> None:
        async with Bench(load_rig("openaps_classic"), ports=Ports.REAL) as bench:
            devices = bench.ready()["devices"]
            ports = [UsbPort(devices["cgm"]["serial"], "22a3:0047", "x"), UsbPort(devices["pump"]["serial"], "0a21:8001", "x")]
            script = write_tree(tmp_path / "usb", ports)

            async def use(*words: str) -> Any:
                command = [str(script), "sh", "-c", WITH_LOG, "sh", "openaps", "use", *words]
                program = await asyncio.create_subprocess_exec(
                    *command,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    cwd=tmp_path,
                    env={**os.environ, "PATH": path},
                )
                said, errors = await asyncio.wait_for(program.communicate(), 200)
                assert program.returncode == 0, errors.decode()
                return json.loads(said)

            assert await use("cgm", "scan") == "/dev/ttyACM0"
            assert await use("cgm", "ReadTransmitterId") == "6K111"
            assert await use("pump", "model") == "722"
            assert abs(datetime.fromisoformat(await use("pump", "read_clock")) - bench.start) < timedelta(minutes=5)
            assert await use("pump", "reservoir") == pytest.approx(180 - 3, abs=0.2)
            assert (await use("pump", "set_temp_basal", "rate.json"))["recieved"] is True
            assert await use("pump", "read_temp_basal") == {"temp": "absolute", "rate": 1.3, "duration": 30}
            await use("pump", "bolus", "bolus.json")
            await asyncio.sleep(20)
            assert (await use("pump", "status"))["suspended"] is False
            await use("pump", "suspend_pump")
            assert (await use("pump", "status"))["suspended"] is True
            await use("pump", "set_clock", "--to", "2030-05-05T12:00:00")
            assert (await use("pump", "read_clock")).startswith("2030-05-05T12:0")
            machine: Any = bench.hosts["pump"].endpoint.machine
            assert machine.parts.totals.today[0] == units("0.4"), "a bolus that is sent twice is delivered once"

    run(main())
