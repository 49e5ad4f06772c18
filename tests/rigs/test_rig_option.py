"""`pytest --rig NAME`: the same tests on firmware and on adapters; what a rig has not skips with the reason."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from isletbench.emulator.interfaces.cli.doctor.findings import State
from isletbench.emulator.interfaces.cli.doctor.machine import Machine
from isletbench.emulator.interfaces.cli.doctor.rig_facts import examine
from isletbench.emulator.interfaces.cli.doctor.rig_findings import findings_of
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, load_any
from isletbench.emulator.rigs.rig import read
from tests.firmware.lineup import NATIVE, lacks, program
from tests.rigs.test_steps import DEVICE, TOUCH, rig
from tests.transports.serial.cables import crossed_ptys

ROOT = Path(__file__).parents[2]
ANY_RIG = str(Path(__file__).with_name("test_any_rig.py"))

OURS = """
import pytest


async def test_state(cgm):
    assert cgm.state["kind"] == "cgm"


async def test_bench(bench):
    assert bench.hosts


async def test_fault(cgm):
    cgm.inject("no_response")


@pytest.mark.fault("no_response", device="cgm")
async def test_marked(cgm):
    pass


@pytest.mark.pace("jump")
async def test_jump(cgm):
    pass


async def test_pump(pump):
    pass
"""


async def run_pytest(place: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of a test run of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ISLETBENCH_DIR": str(place / "run"), "COLUMNS": "200"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # those of others take seconds to load
    plugins = ["-p", "pytest_asyncio.plugin", "-p", "isletbench.emulator.interfaces.pytest.plugin", "-p", "no:cacheprovider"]
    options = [*plugins, "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"]
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "pytest", "-q", "-rs", "-c", "/dev/null", "--rootdir", str(place), *options, *words],
        cwd=place,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


def counts(said: str) -> dict[str, int]:
    """How many tests passed, failed and were skipped."""
    return {what: int(number) for number, what in re.findall(r"(\d+) (passed|failed|skipped|error)", said.splitlines()[-1])}


LACKING = lacks(NATIVE)


@pytest.mark.skipif(LACKING is not None, reason=str(LACKING))
async def test_firmware_passes_what_every_device_passes_and_skips_what_only_a_bench_has(tmp_path: Path) -> None:
    (tmp_path / "test_ours.py").write_text(OURS)
    example, _ = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "rigs.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "test_example.py").write_text(example)
    for kind in ("cgm", "pump"):
        (tmp_path / kind).symlink_to(program(NATIVE, kind))
    firmware = f'on = "host"\nsource = "."\nbuild = ["true"]\nimage = "{tmp_path}/{{kind}}"\n'
    devices = "".join(f'[devices.{kind}]\nkind = "{kind}"\nserial = "pty:"\n' for kind in ("cgm", "pump"))
    run = 'run = ["{image}", "--link", "{port}"]\n'
    (tmp_path / "stubs.toml").write_text(f'schema = 1\nname = "stubs"\n[firmware]\n{firmware}{run}{devices}')
    code, said = await run_pytest(tmp_path, ANY_RIG, str(tmp_path), "--rig", "stubs.toml")
    assert code == 0, said
    assert counts(said) == {"passed": 11, "skipped": 5}, said
    assert "the cgm of the rig stubs is firmware, which cannot be looked into" in said
    assert "the rig stubs runs firmware: there is no bench to look into" in said
    assert "the cgm of the rig stubs is firmware, which cannot have the fault no_response" in said
    assert "the rig stubs runs firmware, which has no faults" in said
    assert "the rig stubs is real: time does not pass at pace jump there" in said


async def test_a_bench_on_adapters_passes_too_and_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "test_ours.py").write_text(OURS)
    async with crossed_ptys(tmp_path) as (ours, theirs):
        (tmp_path / "pair.toml").write_text(
            'schema = 1\nname = "pair"\n[devices.cgm]\nkind = "cgm"\n'
            f'serial = "serial:{ours},115200"\nclient = "{theirs}"\nglucose = {{ mg_dl = 111 }}\n'
        )
        code, said = await run_pytest(tmp_path, ANY_RIG, str(tmp_path), "--rig", "pair.toml")
    assert code == 0, said
    assert counts(said) == {"passed": 8, "skipped": 7}, said
    assert "the rig pair has no pump" in said
    assert "the rig pair is real: time does not pass at pace jump there" in said


async def test_a_rig_that_is_not_there_or_does_not_come_up_is_said_once(tmp_path: Path) -> None:
    code, said = await run_pytest(tmp_path, "--rig", "toaster")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "--rig: toaster: there is no such file; expected a rig file or one of cgm_receiver" in said
    (tmp_path / "test_ours.py").write_text("async def test_one(cgm):\n    pass\n\n\nasync def test_two(cgm):\n    pass\n")
    counting = [sys.executable, "-c", "open('built', 'a').write('x'); raise SystemExit('no compiler here')"]
    rig(tmp_path, build=counting)
    code, said = await run_pytest(tmp_path, "--rig", "made.toml")
    assert code == pytest.ExitCode.TESTS_FAILED
    assert said.count("ended with 1: no compiler here; `isletbench doctor --rig made.toml` lists what is missing") >= 2
    assert (tmp_path / "built").read_text() == "x", "the second test does not try again"
    assert "Traceback" not in said


@pytest.mark.slow
async def test_adapters_that_are_not_there_are_said(tmp_path: Path) -> None:
    (tmp_path / "test_ours.py").write_text("async def test_one(cgm):\n    pass\n")
    code, said = await run_pytest(tmp_path, "--rig", "usb_pair")
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "/dev/ttyUSB" in said
    assert "`isletbench doctor --rig usb_pair` lists what is missing" in said
    assert "Traceback" not in said


async def test_firmware_that_ends_in_a_test_fails_it_and_is_started_anew_for_the_next(tmp_path: Path) -> None:
    rig(tmp_path, build=TOUCH, run=DEVICE)
    (tmp_path / "test_ours.py").write_text(
        "import asyncio, os, signal\n\n\n"
        "async def test_kills(cgm):\n    program = cgm._stand._programs['cgm']\n"
        "    os.kill(program.process.pid, signal.SIGUSR1)\n    await program.wait_until_ended()\n\n\n"
        "async def test_lives(cgm):\n    async with cgm.connected() as link:\n        assert link.characteristics\n"
    )
    code, said = await run_pytest(tmp_path, "--rig", "made.toml")
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "ended by itself with 1: the battery is empty" in said
    assert counts(said) == {"passed": 2, "error": 1}, said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["native", "qemu"])
async def test_the_shipped_firmware_rigs_pass_what_every_device_passes(name: str, tmp_path: Path) -> None:
    missing = findings_of(load_any(name), Machine(system="Linux", kernel="", python=(3, 11, 0)), examine(load_any(name)))
    if broken := [finding for finding in missing if finding.state is State.BROKEN]:
        pytest.skip(f"{broken[0].what}: {broken[0].found}")
    code, said = await run_pytest(tmp_path, ANY_RIG, "--rig", name)
    assert code == 0, said
    assert counts(said) == {"passed": 9}


@pytest.mark.slow
async def test_devices_on_the_air_alone_pass_too(tmp_path: Path) -> None:
    default, _ = read("default")
    (tmp_path / "air.toml").write_text(default.replace('serial = "pty:"\n', ""))
    code, said = await run_pytest(tmp_path, ANY_RIG, "--rig", "air.toml")
    assert code == 0, said
    assert counts(said) == {"passed": 9}


@pytest.mark.parametrize(("name", "starts"), [("native", True), ("default", False)])
async def test_a_rig_that_starts_programs_is_said_to_before_any_test_runs(tmp_path: Path, name: str, starts: bool) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
    _, said = await run_pytest(tmp_path, "-v", "--rig", name)
    header = said.partition("test_nothing")[0]
    assert f"isletbench rig: {name}\n" in header
    rig = load_any(name)
    assert ("starts programs in" in header) == starts
    assert isinstance(rig, FirmwareRig) == starts
    assert not isinstance(rig, FirmwareRig) or f"isletbench: {rig.warning}\n" in header
