"""Our rigs in labgrid: the environment it is given, and, where labgrid is installed, a rig brought up and talked to by it."""

import importlib.util
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
from isletbench.emulator.rigs.bring_up.labgrid import environment
from isletbench.emulator.rigs.rig import RigError, parse
from tests.rigs.pages import PAGE

HAS_LABGRID = importlib.util.find_spec("labgrid") is not None
CGM = '[devices.cgm]\nkind = "cgm"\nglucose = { mg_dl = 120 }\n'
PUMP = '[devices.pump]\nkind = "pump"\nbasal = [{ at = 00:00:00, rate = 1.0 }]\n'


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISLETBENCH_DIR", str(tmp_path / "run"))


def resource(serial: str, *, client: str = "") -> dict[str, Any]:
    """What labgrid is told of the port of a CGM."""
    text = f'schema = 1\nname = "made"\n{CGM}serial = "{serial}"\n' + (f'client = "{client}"\n' if client else "")
    (told,) = yaml.safe_load(environment("made", parse(text, "made.toml")))["targets"]["main"]["resources"]
    ((kind, keys),) = told.items()
    return {"resource": kind, **keys}


def test_every_port_is_a_resource_of_labgrids(tmp_path: Path) -> None:
    raw = {"resource": "RawSerialPort", "name": "cgm", "speed": 115_200}
    assert resource("pty:") == raw | {"port": str(tmp_path / "run" / "cgm")}
    assert resource("pty:/tmp/port") == raw | {"port": "/tmp/port"}  # noqa: S108  # nobody opens it
    assert resource("serial:/dev/ttyUSB1,9600", client="/dev/ttyUSB0") == raw | {"port": "/dev/ttyUSB0", "speed": 9_600}
    network = {"resource": "NetworkSerialPort", "name": "cgm", "host": "127.0.0.1", "port": 4_000, "speed": 115_200}
    assert resource("tcp:127.0.0.1:4000") == network | {"protocol": "raw"}
    assert resource("rfc2217:127.0.0.1:4000") == network | {"protocol": "rfc2217"}


def test_firmware_and_virtual_devices_have_the_same_drivers() -> None:
    native, virtual = (yaml.safe_load(environment(name, load_any(name))) for name in ("native", "stubs"))
    assert native["imports"] == ["isletbench.hil_rigs.clients.labgrid_drivers"]
    drivers = native["targets"]["main"]["drivers"]
    assert drivers[:2] == virtual["targets"]["main"]["drivers"][:2]
    assert drivers[:2] == [{"SerialLinkDriver": {"name": name, "bindings": {"port": name}}} for name in ("cgm", "pump")]
    assert drivers[2] == {"RigStrategy": {"name": "rig", "rig": "native"}}


def test_what_labgrid_cannot_know_is_refused() -> None:
    with pytest.raises(RigError, match=r"devices\.cgm\.serial: 'tcp:127\.0\.0\.1:0': expected a port number"):
        resource("tcp:127.0.0.1:0")
    with pytest.raises(RigError, match="dongle: devices: expected one with a serial port"):
        environment("dongle", load_any("dongle"))


@pytest.mark.skipif(not HAS_LABGRID, reason="labgrid is not installed: pip install '.[labgrid]'")
def test_labgrid_brings_a_rig_up_and_talks_to_its_devices(tmp_path: Path) -> None:
    """In a process of its own, with labgrid's own fixtures, as its users have it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "lab.toml").write_text(
        f'schema = 1\nname = "lab"\n{CGM}serial = "pty:"\n{PUMP}serial = "rfc2217:127.0.0.1:{port}"\n'
    )
    written = environment(str(tmp_path / "lab.toml"), load_any(str(tmp_path / "lab.toml")))
    (tmp_path / "env.yaml").write_text(written)
    (tmp_path / "test_lab.py").write_text(
        "from isletbench.emulator.collectors.collector import Key\n\n"
        "CGM_FEATURE, PUMP_STATUS = Key(0x181F, 0x2AA8), Key(0x183A, 0x2B21)\n\n\n"
        "def test_lab(target):\n"
        "    strategy = target.get_driver('RigStrategy')\n"
        "    strategy.transition('flashed')\n"
        "    strategy.transition('running')\n"
        "    assert set(strategy.ready['devices']) == {'cgm', 'pump'}\n"
        "    cgm = target.get_driver('SerialLinkDriver', name='cgm')\n"
        "    pump = target.get_driver('SerialLinkDriver', name='pump')\n"
        "    assert cgm.name_of_device() == 'cgm'\n"
        "    assert len(cgm.read(CGM_FEATURE)) == 6\n"
        "    assert PUMP_STATUS in pump.characteristics()\n"
        "    assert pump.read(PUMP_STATUS)[:2] == bytes([0x55, 0x96])\n"
        "    strategy.transition('off')\n"
        "    assert strategy.ready == {}\n"
    )
    (_, example) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "test_example.py").write_text(example)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-c", "/dev/null"]
    options = ["-o", "asyncio_default_fixture_loop_scope=function", "--lg-env", str(tmp_path / "env.yaml"), str(tmp_path)]
    ended = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout
    assert "2 passed" in ended.stdout
