"""`isletbench proxy` as a user calls it: in front of the firmware stub as the real device."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.proxy import _fault
from tests.harness.command_line import called
from tests.interfaces.cli.test_up import CLIENTS, PATIENCE_S, environment_of


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--serial", "/dev/there-is-none"), "No such file"),
        (("--serial", "tcp:somewhere"), "--serial: tcp:somewhere: expected PATH"),
        (("--serial", "x", "--for", "ever"), "--for"),
    ],
    ids=["no device", "no port", "no time"],
)
def test_what_cannot_be_is_one_sentence(words: tuple[str, ...], said: str) -> None:
    ended = called("proxy", *words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_faults_are_written_as_for_inject() -> None:
    made = _fault("lose_reply on=SetBolus", "pump")
    assert (made.kind(), made.device) == ("lose_reply", "pump")
    with pytest.raises(CallError, match="no_such"):
        _fault("no_such", "pump")
    with pytest.raises(CallError, match="expected a fault"):
        _fault('"', "pump")


@pytest.mark.slow
@pytest.mark.skipif(which("make") is None or which("gcc") is None, reason="needs make and gcc")
def test_the_firmware_stub_behind_a_proxy_gives_a_bolus_and_its_journal_is_replayed(tmp_path: Path) -> None:
    def start(place: str, *words: str) -> tuple[subprocess.Popen[str], dict[str, dict[str, str]]]:
        environment = environment_of(tmp_path / place)
        command = [sys.executable, "-m", "isletbench", *words]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())["devices"]

    def client(port: str) -> str:
        command = [sys.executable, str(CLIENTS / "pump_client.py"), port, "--bolus", "0.1"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def end(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0

    journal = tmp_path / "real.jsonl"
    stub, real = start("stub", "up", "native", "--json")
    proxy, virtual = start("proxy", "proxy", "--json", "--serial", real["pump"]["serial"], "--journal", str(journal))
    said = client(virtual["pump"]["serial"])
    end(proxy)
    end(stub)
    assert "bolus 1 of 0.1 U has begun" in said
    again, recorded = start("again", "replay", str(journal), "--json")
    assert client(recorded["pump"]["serial"]) == said
    again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0
