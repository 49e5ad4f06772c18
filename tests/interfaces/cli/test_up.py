"""`isletbench up` as a user meets it: one process with both devices, unchanged clients in others, any of them killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.hil_rigs.clients.pump_client import PumpClient, PumpRefused
from isletbench.protocols import ids

CLIENTS = Path(__file__).parents[3] / "hil_rigs" / "clients"
PATIENCE_S = 60
"""How long a child process may take on a machine that is busy with other things."""


@dataclass
class Up:
    """A running ``isletbench up``."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    journal: Path
    environment: dict[str, str]

    @property
    def pump_port(self) -> str:
        return str(self.ready["devices"]["pump"]["serial"])

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return isletbench(*words, environment=self.environment, **options)

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "isletbench", *words]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def entries(self) -> list[dict[str, Any]]:
        whole, _, _ = self.journal.read_text(encoding="utf-8").rpartition("\n")  # the bench may be in the middle of a line
        return [json.loads(line) for line in whole.splitlines()]

    def until(self, condition: Callable[[list[dict[str, Any]]], bool], what: str) -> list[dict[str, Any]]:
        """Wait until the journal says so."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if condition(entries := self.entries()):
                return entries
            time.sleep(0.02)
        pytest.fail(f"the journal never said that {what}")


def environment_of(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "ISLETBENCH_DIR": str(tmp_path / "run"), "PYTHONUNBUFFERED": "1"}


def isletbench(*words: str, environment: dict[str, str], **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "isletbench", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False, **options)


def start_up(tmp_path: Path, *words: str) -> Up:
    environment = environment_of(tmp_path)
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, "-m", "isletbench", "up", "--json", "--journal", str(journal), *words]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        pytest.fail(f"up said nothing and ended with {process.wait(10)}: {process.communicate()[1]}")
    return Up(process, json.loads(line), journal, environment)


def default_rig(directory: Path) -> Iterator[Up]:
    """The default rig at 120x: a reading every 2.5 s, a pulse of a bolus 60 times a second."""
    running = start_up(directory, "--pace", "120x")
    yield running
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGTERM)
    _, stderr = running.process.communicate(timeout=PATIENCE_S)
    assert running.process.returncode == 0, stderr
    assert stderr == ""


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """A bench of the test's own."""
    yield from default_rig(tmp_path)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A bench for the tests that only ask what it is."""
    yield from default_rig(tmp_path_factory.mktemp("asked"))


def test_the_ready_line_names_every_place(asked: Up) -> None:
    ready = asked.ready
    assert ready["ready"] is True
    assert ready["control"].startswith("http://127.0.0.1:")
    assert [spec.split(":")[:2] for spec in ready["hci"]] == [["tcp", "127.0.0.1"]]
    assert ready["devices"]["cgm"]["kind"] == "cgm"
    assert ready["devices"]["cgm"]["ble"] == {"address": "F0:10:00:00:00:01", "name": "IB-CGM"}
    assert ready["devices"]["pump"]["kind"] == "pump"
    assert all(Path(device["serial"]).is_symlink() for device in ready["devices"].values())


def test_an_unchanged_bleak_program_receives_the_recorded_readings(up: Up) -> None:
    ended = up.run("bleak", "--", str(CLIENTS / "cgm_reader.py"), "--readings", "3")
    assert ended.returncode == 0, ended.stderr
    told = [line.split() for line in ended.stdout.splitlines() if line.startswith(("stored ", "live "))]
    seen = {int(words[1]): float(words[3]) for words in told}
    assert sum(words[0] == "live" for words in told) == 3
    measured = {e["time_offset"]: e["mg_dl"] for e in up.entries() if e.get("ledger") == "sample"}
    assert seen.items() <= measured.items()
    # the first readings of the recording
    assert [measured[minute] for minute in (0, 5, 10)] == [99.0, 103.0, 104.0]


def test_a_pyserial_program_gives_a_bolus_and_sees_the_reservoir_fall_with_it(up: Up) -> None:
    with SerialClient(up.pump_port) as link:
        pump = PumpClient(link)
        before = pump.status().reservoir_remaining
        bolus_id = pump.bolus(1.0)
        with pytest.raises(PumpRefused, match="MAXIMUM_BOLUS_NUMBER_REACHED"):
            pump.bolus(1.0)
        levels: list[Any] = [before]
        while bolus_id in pump.running_boluses():
            if told := pump.next_status(timeout=5):
                levels.append(told.reservoir_remaining)
        while told := pump.next_status(timeout=0.2):
            levels.append(told.reservoir_remaining)
        history = pump.history()
    entries = up.entries()
    every_pulse = [e for e in entries if e.get("ledger") == "pulse"]
    pulses = [pulse for pulse in every_pulse if pulse.get("bolus_id") == bolus_id]
    assert [pulse["uu"] for pulse in pulses] == [50_000] * 20
    # A pulse of basal that falls due meanwhile takes its place among them: how soon depends on when the program came.
    meanwhile = every_pulse[every_pulse.index(pulses[0]) : every_pulse.index(pulses[-1]) + 1]
    assert {later["t"] - earlier["t"] for earlier, later in pairwise(meanwhile)} == {2_000}
    # A machine that is late gives several pulses in one turn, and one status for all of them: what is told is never made up.
    assert len(levels) >= 2
    assert levels == sorted(levels, reverse=True)
    flowed = [200.0, *(pulse["reservoir_uu"] / 1e6 for pulse in every_pulse)]
    assert all(is_one_of(level, flowed) for level in levels)
    assert levels[-1] <= pulses[-1]["reservoir_uu"] / 1e6 + DIGIT
    delivered = next(r.event for r in history if isinstance(r.event, ids.BolusDelivered1Of2))
    assert (delivered.bolus_id, delivered.fast_amount) == (bolus_id, 1.0)
    remaining = [r.event.remaining for r in history if isinstance(r.event, ids.ReservoirRemainingAmountChanged)]
    assert len(remaining) >= 2
    assert all(is_one_of(level, flowed) for level in remaining)


DIGIT = 0.1
"""How exactly an SFLOAT tells a reservoir of 200 U: four digits."""


def is_one_of(level: Any, levels: list[float]) -> bool:
    return any(abs(level - other) <= DIGIT for other in levels)


MOMENTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "connected": lambda entry: entry.get("in") == "connected",
    "paired": lambda entry: entry.get("in") == "secured",
    "subscribed": lambda entry: entry.get("in") == "write" and entry.get("descriptor") == "2902",
    "asked for records": lambda entry: entry.get("note") == "record_access",
    "told a reading": lambda entry: entry.get("out") == "notify",
}
"""When a bleak program is killed: the journal entry that says it has come so far."""


@pytest.mark.parametrize(
    "moments", [("paired", "told a reading"), pytest.param(tuple(MOMENTS), marks=pytest.mark.slow)], ids=["two", "all"]
)
def test_a_bleak_program_killed_at_any_moment_leaves_the_bench_to_the_next_one(up: Up, moments: tuple[str, ...]) -> None:
    for moment in moments:
        come_so_far = MOMENTS[moment]
        seen = len(up.entries())
        program = up.start("bleak", "--", str(CLIENTS / "cgm_reader.py"), "--readings", "1000")
        up.until(
            lambda entries, seen=seen, so_far=come_so_far: any(map(so_far, entries[seen:])),  # type: ignore[misc]
            f"the program has {moment}",
        )
        program.kill()
        program.communicate(timeout=PATIENCE_S)
        up.until(
            lambda entries, seen=seen: any(e.get("in") == "disconnected" for e in entries[seen:]),  # type: ignore[misc]
            f"the program that was killed when it had {moment} is gone",
        )
    ended = up.run("bleak", "--", str(CLIENTS / "cgm_reader.py"), "--readings", "1")
    assert ended.returncode == 0, ended.stderr


def test_a_serial_program_killed_at_any_moment_leaves_its_bolus_running_and_the_bench_to_the_next_one(up: Up) -> None:
    moments: dict[str, Callable[[dict[str, Any]], bool]] = {
        "a client has connected": lambda entry: entry.get("in") == "connected",
        "a bolus was asked for": lambda entry: entry.get("note") == "SetBolus",
        "a bolus has begun to flow": lambda entry: entry.get("ledger") == "pulse" and entry["cause"] == "bolus",
    }
    for moment, come_so_far in moments.items():
        seen = len(up.entries())
        program = subprocess.Popen(
            [sys.executable, str(CLIENTS / "pump_client.py"), up.pump_port, "--bolus", "2"],
            env=up.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        up.until(
            lambda entries, seen=seen, so_far=come_so_far: any(map(so_far, entries[seen:])),  # type: ignore[misc]
            moment,
        )
        program.kill()
        program.communicate(timeout=PATIENCE_S)
        entries = up.until(
            lambda entries, seen=seen: any(e.get("in") == "disconnected" for e in entries[seen:]),  # type: ignore[misc]
            f"the program that was killed when {moment} is gone",
        )
        begun = sum(e.get("ledger") == "bolus_programmed" for e in entries)
        up.until(
            lambda entries, begun=begun: sum(e.get("ledger") == "bolus_ended" for e in entries) == begun,  # type: ignore[misc]
            "every bolus has ended",
        )
    ended = [e for e in up.entries() if e.get("ledger") == "bolus_ended"]
    assert ended
    assert {e["delivered_uu"] for e in ended} == {2_000_000}
    with SerialClient(up.pump_port) as link:
        history = PumpClient(link).history()
    delivered = [r.event.fast_amount for r in history if isinstance(r.event, ids.BolusDelivered1Of2)]
    assert delivered == [2.0] * len(ended)


def test_garbage_on_the_hci_socket_hurts_nobody(up: Up) -> None:
    async def pester() -> None:
        _, host, port = up.ready["hci"][0].split(":")
        for octets in (b"\xff" * 500, b"GET / HTTP/1.1\r\n\r\n", b"\x01\x03\x0c\x00" * 10, b"\x02\x00"):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(octets)
            await writer.drain()
            writer.close()

    asyncio.run(pester())
    ended = up.run("bleak", "--", str(CLIENTS / "cgm_reader.py"), "--readings", "1")
    assert ended.returncode == 0, ended.stderr


def test_status_and_ports_tell_of_the_running_bench(asked: Up) -> None:
    told = json.loads(asked.run("status", "--json").stdout)
    assert told["rig"] == "default"
    assert told["devices"]["pump"]["therapy"] == "RUN"
    assert told["devices"]["cgm"]["session"] == "running"
    assert "mg/dL" in asked.run("status").stdout
    ports = json.loads(asked.run("ports", "--json").stdout)
    assert {asked.pump_port} <= {row["port"] for row in ports}


def test_the_control_api_is_for_who_knows_the_token_on_this_machine(asked: Up) -> None:
    running = json.loads(next((Path(asked.environment["ISLETBENCH_DIR"])).glob("bench-*.json")).read_text())
    good = {"Authorization": f"Bearer {running['token']}"}

    def status_of(**headers: str) -> int:
        request = urllib.request.Request(asked.ready["control"] + "/v1/status", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    assert status_of(**good) == 200
    assert status_of() == 401
    assert status_of(Authorization="Bearer wrong") == 401
    assert status_of(**good, Host="evil.example") == 403
    assert status_of(**good, Origin="https://evil.example") == 403
    assert status_of(**good, Origin="http://localhost:3000") == 200


def test_a_second_bench_on_the_same_names_is_refused_in_one_sentence(asked: Up) -> None:
    refused = asked.run("up", "--for", "1s")
    assert refused.returncode == 2
    assert "another bench has a serial port of that name" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_sigint_ends_it_cleanly(tmp_path: Path) -> None:
    running = start_up(tmp_path)
    running.process.send_signal(signal.SIGINT)
    stdout, stderr = running.process.communicate(timeout=PATIENCE_S)
    assert running.process.returncode == 0
    assert (stdout, stderr) == ("", "")
    assert not any(Path(device["serial"]).is_symlink() for device in running.ready["devices"].values())
    assert running.entries()[-1]["bench"] == "stopped"


def test_after_a_kill_the_names_are_free_again(tmp_path: Path) -> None:
    running = start_up(tmp_path)
    running.process.kill()
    running.process.communicate(timeout=PATIENCE_S)
    assert isletbench("status", environment=running.environment).returncode == 2, "nobody is there"
    again = start_up(tmp_path)
    again.process.send_signal(signal.SIGTERM)
    again.process.communicate(timeout=PATIENCE_S)
    assert again.process.returncode == 0


def test_a_run_has_an_end_when_asked_for_one(tmp_path: Path) -> None:
    ended = isletbench("up", "--pace", "600x", "--for", "10m", environment=environment_of(tmp_path))
    assert ended.returncode == 0
    assert "For tests only" in ended.stdout
    assert ended.stderr == ""


def test_in_jump_pace_no_port_is_opened_and_two_runs_are_the_same(tmp_path: Path) -> None:
    journals = []
    for n in range(2):
        journal = tmp_path / f"{n}.jsonl"
        words = ("up", "--pace", "jump", "--for", "1d", "--json", "--journal", str(journal))
        ended = isletbench(*words, environment=environment_of(tmp_path))
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)["hci"] == []
        journals.append(journal.read_bytes())
    assert journals[0] == journals[1]
    assert journals[0].count(b'"ledger":"sample"') > 250


def test_a_bench_that_was_killed_goes_on_from_its_state_file(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first = start_up(tmp_path, "--state", state)
    with SerialClient(first.pump_port) as link:
        pump = PumpClient(link)
        bolus_id = pump.bolus(20.0)
        while pump.next_status(timeout=10) is None:
            pass
    first.process.kill()
    first.process.communicate(timeout=PATIENCE_S)
    again = start_up(tmp_path, "--state", state)
    with SerialClient(again.pump_port) as link:
        history = PumpClient(link).history()
    again.process.send_signal(signal.SIGTERM)
    again.process.communicate(timeout=PATIENCE_S)
    assert [record.sequence_number for record in history] == list(range(len(history)))
    (programmed,) = [r.event for r in history if isinstance(r.event, ids.BolusProgrammed1Of2)]
    (delivered,) = [r.event for r in history if isinstance(r.event, ids.BolusDelivered1Of2)]
    (how,) = [r.event for r in history if isinstance(r.event, ids.BolusDelivered2Of2)]
    assert programmed.bolus_id == delivered.bolus_id == bolus_id
    assert delivered.fast_amount in [pulses / 20 for pulses in range(1, 400)]
    assert how.end_reason is ids.BolusEndReason.ERROR_ABORT
    refused = isletbench("up", "weak_radio", "--state", state, "--for", "1s", environment=environment_of(tmp_path))
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "belongs to another bench" in refused.stderr


@pytest.mark.slow
def test_a_bench_that_is_stopped_in_mid_bolus_makes_up_for_every_pulse_at_its_instant(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    running = start_up(tmp_path, "--pace", "10x")
    request.addfinalizer(running.process.kill)
    assert running.run("do", "pump", "bolus", "units=5").returncode == 0

    def pulses(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [entry for entry in entries if entry.get("ledger") == "pulse" and entry["cause"] == "bolus"]

    running.until(lambda entries: len(pulses(entries)) > 3, "a bolus flows")
    running.process.send_signal(signal.SIGSTOP)
    time.sleep(8)  # of the world: that is what is tried
    running.process.send_signal(signal.SIGCONT)
    entries = running.until(lambda entries: any(e.get("ledger") == "bolus_ended" for e in entries), "the bolus has ended")
    (slept,) = (entry for entry in entries if entry.get("bench") == "machine_slept")
    assert 50_000 < slept["at_once_ms"] < 600_000, "so much bench time was made up for"
    flowed = pulses(entries)
    assert sum(pulse["uu"] for pulse in flowed) == 5_000_000
    assert len({later["t"] - earlier["t"] for earlier, later in pairwise(flowed)}) == 1, "as without a sleep"
    running.process.send_signal(signal.SIGTERM)
    _, said = running.process.communicate(timeout=PATIENCE_S)
    assert running.process.returncode == 0
    assert said.startswith("isletbench: the machine slept for ")
    assert said.count("\n") == 1
