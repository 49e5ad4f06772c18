"""`isletbench up` for a rig of firmware: the same ready line, the same end, and one sentence for what goes wrong."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from isletbench.emulator.collectors.client_ports import tty_port
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.interfaces.cli import ports
from isletbench.emulator.interfaces.cli import up as up_command
from isletbench.emulator.interfaces.cli.errors import CallError
from tests.harness.command_line import called
from tests.rigs.test_steps import FEATURE, ROOT, rig


@asynccontextmanager
async def up(place: Path, *words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, asyncio.StreamReader]]:
    """`isletbench up` on the rig that was made there, and what it says; nothing is left of it when a test fails."""
    environment = {**os.environ, "ISLETBENCH_DIR": str(place / "run"), "PYTHONPATH": ROOT}
    command = [sys.executable, "-m", "isletbench", "up", str(place / "made.toml"), *words]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(100):
            yield process, process.stdout
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_is_announced_reached_and_ended_as_a_bench_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ISLETBENCH_DIR", str(tmp_path / "run"))
    rig(tmp_path)
    async with up(tmp_path, "--json") as (process, said):
        ready = json.loads(await said.readline())
        port = str(tmp_path / "run" / "cgm")
        assert ready == {
            "ready": True,
            "control": None,
            "hci": [],
            "devices": {"cgm": {"kind": "cgm", "serial": port, "ble": None}},
        }
        ports.ports(as_json=True)
        assert {"port": port, "what": "firmware cgm cgm of the running rig made"} in json.loads(capsys.readouterr().out)
        collector = LinkCollector(tty_port(port))
        await collector.connect()
        assert len(await collector.read(FEATURE)) == 6
        await collector.disconnect()
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
        assert out == b""
        assert err.decode().startswith(f"isletbench: made starts programs in {tmp_path}"), "said before they start"
        assert "`" in err.decode()
        assert process.returncode == 0
        assert list((tmp_path / "run").iterdir()) == []


async def test_a_device_that_ends_by_itself_ends_it_with_a_sentence(tmp_path: Path) -> None:
    rig(tmp_path)
    async with up(tmp_path) as (process, said):
        lines = [(await said.readline()).decode() for _ in range(3)]
        assert "For tests only: never near a therapy device." in lines[0]
        assert lines[1].split() == ["cgm", "(cgm):", str(tmp_path / "run" / "cgm")]
        os.kill(int((tmp_path / "device.pid").read_text()), signal.SIGUSR1)
        _, told = await process.communicate()
        assert process.returncode == 2
        assert told.decode().splitlines()[-1].startswith("isletbench: made: cgm: `")
        assert told.decode().endswith("ended by itself with 1: the battery is empty\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
async def test_firmware_ends_with_a_bench_that_is_killed(tmp_path: Path) -> None:
    rig(tmp_path)
    async with up(tmp_path, "--json") as (process, said):
        await said.readline()
        assert (tmp_path / "device.pid").exists()
        process.kill()
        await process.wait()
        while (tmp_path / "device.pid").exists():
            await asyncio.sleep(0.01)


def test_what_only_a_bench_can_do_is_refused() -> None:
    with pytest.raises(CallError, match="native runs firmware, which is what it is: leave --pace, --seed out"):
        up_command.up("native", pace="60x", seed=3)


def test_a_rig_that_starts_programs_is_refused_where_that_is_not_wanted(tmp_path: Path) -> None:
    rig(tmp_path)
    ended = called("up", str(tmp_path / "made.toml"), "--no-commands")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"isletbench: {tmp_path / 'made.toml'} starts programs (`")
    assert ended.stderr.endswith("--no-commands refuses that\n")


def test_firmware_listens_to_this_machine_only(tmp_path: Path) -> None:
    text = (Path(ROOT) / "hil_rigs" / "qemu.toml").read_text(encoding="utf-8")
    exposed = tmp_path / "exposed.toml"
    exposed.write_text(re.sub(r'serial = "[^"]*"', 'serial = "tcp:0.0.0.0:4000"', text, count=1), encoding="utf-8")
    ended = called("up", str(exposed))
    assert ended.returncode == 2
    assert "tcp:0.0.0.0:4000': other machines could reach it: expected 127.0.0.1" in ended.stderr
