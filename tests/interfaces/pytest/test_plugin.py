"""isletbench in somebody's own tests: the pytest fixture, and the README's example as printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core import running
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.rigs.rig import RigError, load_rig
from isletbench.protocols import cgms

README = Path(__file__).parents[3] / "README.md"


async def test_the_fixture_puts_the_default_rig_within_bleaks_reach(bench: Bench) -> None:
    device = await BleakScanner.find_device_by_name("IB-CGM", timeout=5)
    assert device is not None
    async with BleakClient(device) as client:
        value = bytes(await client.read_gatt_char("00002aa8-0000-1000-8000-00805f9b34fb"))
    assert cgms.FEATURE.decode(value, protected=True).origin[0] is cgms.SampleType.INTERSTITIAL_FLUID
    assert set(bench.memory) == {"cgm", "pump"}


def test_a_rig_of_ones_own_is_named_by_a_marker(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'schema = 1\nname = "mine"\n[devices.sugar]\nkind = "cgm"\nserial = "pty:"\nble = { name = "Sugar" }\n'
        "glucose = { mg_dl = 111 }\n"
    )
    (tmp_path / "test_mine.py").write_text(
        "import pytest\n"
        "from bleak import BleakScanner\n\n"
        f"pytestmark = [pytest.mark.asyncio, pytest.mark.rig({str(tmp_path / 'mine.toml')!r})]\n\n"
        "async def test_it(bench):\n"
        "    assert await BleakScanner.find_device_by_name('Sugar', timeout=5)\n"
        "    assert bench.status()['devices']['sugar']['glucose_mg_dl'] == 111\n"
    )
    ended = run_pytest(tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert "1 passed" in ended.stdout


def test_the_readmes_example_passes_as_printed(tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    (example,) = [text for text in examples if "print(run(main()" in text]
    (tmp_path / "example.py").write_text(example)
    command = [sys.executable, str(tmp_path / "example.py")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert cgms.FEATURE.decode(bytes.fromhex(ended.stdout), protected=True)


def run_pytest(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    ours = ("-p", "pytest_asyncio.plugin", "-p", "isletbench.emulator.interfaces.pytest.plugin", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", *ours, *options, str(directory)]
    # the plugins of others take seconds to load
    environment = {**os.environ, "ISLETBENCH_DIR": str(directory / "run"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False)


PAGE = Path(__file__).parents[3] / "docs" / "pytest.md"


def test_the_examples_of_the_page_on_pytest_pass_as_printed(tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(examples) >= 2
    for number, example in enumerate(examples):
        (tmp_path / f"test_example_{number}.py").write_text(example)
    ended = run_pytest(
        tmp_path, "-o", "asyncio_mode=strict", "-o", "asyncio_default_fixture_loop_scope=function", "-W", "error"
    )
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"[5-9] passed", ended.stdout), ended.stdout


def test_a_failed_test_shows_the_end_of_the_journal_and_a_wrong_marker_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\npytestmark = pytest.mark.asyncio\n\n"
        "@pytest.mark.fault('no_response', device='cgm', name='silence')\nasync def test_fails(bench):\n    assert 0\n\n"
        "@pytest.mark.fault('no_response', device='toaster')\nasync def test_wrong(bench):\n    pass\n"
    )
    ended = run_pytest(tmp_path, "-p", "no:randomly")
    assert ended.returncode == 1
    assert "entries of the bench's journal" in ended.stdout
    assert '"fault":"silence","what":"armed"' in ended.stdout
    assert "device 'toaster': expected one of cgm, pump" in ended.stdout
    assert "another exception" not in ended.stdout, "one sentence"
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n@pytest.mark.pace('fast')\n@pytest.mark.asyncio\nasync def test_it(bench):\n    pass\n"
    )
    assert "pace 'fast': expected real, jump" in run_pytest(tmp_path).stdout


def test_a_client_that_does_not_do_as_a_scenario_demands_fails_its_test(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n"
        "@pytest.mark.pace('jump')\n@pytest.mark.scenario('CGM-02')\n@pytest.mark.asyncio\n"
        "async def test_nobody(bench, scenario):\n    await bench.run(scenario.lasts)\n"
    )
    ended = run_pytest(tmp_path)
    assert ended.returncode == 1
    assert "CGM-02: Signal loss" in ended.stdout
    assert "reconnects: nobody ever connected to cgm" in ended.stdout
    assert '> {"' in ended.stdout
    assert "again: pytest test_it.py::test_nobody" in ended.stdout


def test_ports_that_nobody_can_open_are_not_handed_out(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import pytest\n\n@pytest.mark.asyncio\nasync def test_it(serial_ports):\n    pass\n")
    assert "@pytest.mark.rig(NAME, ports='real')" in run_pytest(tmp_path).stdout


def test_jump_pace_and_ports_for_others_exclude_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISLETBENCH_DIR", str(tmp_path))

    async def main(ports: Ports, hci: list[str]) -> None:
        async with Bench(load_rig(), ports=ports, hci=hci):
            pytest.fail("it started")

    for ports, hci in ((Ports.REAL, []), (Ports.MEMORY, ["tcp:127.0.0.1:0"])):
        with pytest.raises(RigError, match="time does not wait"):
            run(main(ports, hci), Pace.parse("jump"))


def test_a_directory_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISLETBENCH_DIR", str(tmp_path))
    monkeypatch.setattr("os.getuid", lambda: 123_456)
    with pytest.raises(PermissionError, match="belongs to another user"):
        running.directory()


def test_traces_of_dead_benches_are_swept_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISLETBENCH_DIR", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f"bench-{dead.pid}.json").write_text(
        f'{{"pid": {dead.pid}, "control": "http://127.0.0.1:1", "token": "t", "hci": []}}'
    )
    (tmp_path / "bench-1.json").write_text("not JSON")
    assert running.benches() == []
    assert list(tmp_path.iterdir()) == []
