"""The C collector as a program, on pseudo-terminals: with the devices of a bench in Python, and with the stubs.

What it makes of lost answers is tested in virtual time, in ``test_pump_client``.
"""

import asyncio
import json
import os
import pty
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.rigs.rig import load_rig
from isletbench.protocols import companions, ids
from isletbench.protocols.ids import Feature
from tests.firmware import lineup
from tests.firmware.compiled import needs_compiler
from tests.firmware.lineup import NATIVE

pytestmark = needs_compiler


def program(name: str) -> Path:
    return lineup.program(NATIVE, name)


async def collect(*words: str | Path) -> tuple[int, list[dict[str, Any]], str]:
    """Its exit code, the objects it printed, and what it complained of."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(program("collector"), *words, stdout=pipe, stderr=pipe)
    out, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, [json.loads(line) for line in out.splitlines()], complaint.decode()


@asynccontextmanager
async def emulated(directory: Path) -> AsyncIterator[dict[str, str]]:
    """Where the devices of a bench in Python are, at real pace."""
    found = load_rig("stubs")
    devices = {name: device.model_copy(update={"serial": f"pty:{directory / name}"}) for name, device in found.devices.items()}
    async with Bench(found.model_copy(update={"devices": devices}), ports=Ports.REAL) as bench:
        yield {name: str(directory / name) for name in bench.rig.devices}


@contextmanager
def stubs(directory: Path) -> Iterator[dict[str, str]]:
    """Where the stubs are, built for this machine."""
    ports = {name: str(directory / name) for name in ("cgm", "pump")}
    started = [
        subprocess.Popen([program(name), "--link", place], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        for name, place in ports.items()
    ]
    try:
        for process in started:
            assert process.stdout is not None
            process.stdout.readline()
        yield ports
    finally:
        for process in started:
            assert process.stdout is not None
            process.terminate()
            process.wait(20)
            process.stdout.close()


async def converse(ports: dict[str, str]) -> None:
    """What is the same on both kinds of device."""
    for name, port in ports.items():
        code, (device, *told), complaint = await collect(port, "read")
        assert (code, complaint, device["device"]["name"]) == (0, "", name)
        values = {row["read"]["uuid"]: bytes.fromhex(row["read"]["value"]) for row in told}
        assert companions.SERIAL_NUMBER.decode(values["2A25"], protected=False).text == name
        if name == "pump":
            assert Feature.FAST_BOLUS in ids.FEATURES.decode(values["2B23"], protected=True).features
    code, told, _ = await collect(ports["pump"], "bolus", "0.1")
    assert (code, told[-1]) == (0, {"bolus": {"fate": "begun", "id": 1, "asked_for": False, "response": 0}})
    code, told, _ = await collect(ports["pump"], "bolus", "31")
    assert (code, told[-1]) == (1, {"bolus": {"fate": "refused", "id": 0, "asked_for": False, "response": 0x73}})
    code, told, _ = await collect(ports["pump"], "listen", "0")
    assert (code, told[-1]) == (0, {"lost": 0})


def test_it_talks_to_the_devices_of_a_bench(tmp_path: Path) -> None:
    async def main() -> None:
        async with emulated(tmp_path) as ports:
            await converse(ports)

    run(main(), Pace.parse("real"))


def test_it_talks_to_the_stubs(tmp_path: Path) -> None:
    with stubs(tmp_path) as ports:
        run(converse(ports), Pace.parse("real"))


def test_a_bolus_for_a_cgm_is_said_to_make_no_sense(tmp_path: Path) -> None:
    with stubs(tmp_path) as ports:
        code, told, complaint = run(collect(ports["cgm"], "bolus", "1"), Pace.parse("real"))
    assert (code, told) == (1, [])
    assert complaint.endswith("opening the pump: no such characteristic\n")


def test_a_port_where_nobody_answers_is_said_to_be_silent() -> None:
    ours, theirs = pty.openpty()
    try:
        code, told, complaint = run(collect("--timeout", "20", os.ttyname(theirs), "bolus", "1"), Pace.parse("real"))
    finally:
        os.close(ours)
        os.close(theirs)
    assert (code, told) == (1, [])
    assert complaint.endswith("opening the pump: no answer\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "expected a port and what to do"),
        (["/dev/null"], "expected a port and what to do"),
        (["/dev/null", "prime"], "prime: expected read, listen or bolus"),
        (["/dev/null", "listen"], "expected seconds, 0 to 3600"),
        (["/dev/null", "listen", "-1"], "-1: expected seconds"),
        (["/dev/null", "bolus"], "expected units above 0"),
        (["/dev/null", "bolus", "0"], "0: expected units above 0"),
        (["/dev/null", "bolus", "1.2345"], "1.2345: expected units above 0 that an SFLOAT can say"),
        (["/dev/null", "bolus", "1.5U"], "1.5U: expected units above 0"),
        (["--patience", "soon", "/dev/null", "read"], "soon: expected milliseconds"),
        (["--patient", "1", "/dev/null", "read"], "--patient: no such option"),
        (["no/such/port", "read"], "cannot open the serial port no/such/port: No such file or directory"),
        (["/dev/null", "read"], "cannot open the serial port /dev/null"),
    ],
)
def test_a_wrong_call_gets_one_sentence(words: list[str], complaint: str) -> None:
    code, told, said = run(collect(*words), Pace.parse("real"))
    assert (code, told) == (2, [])
    assert complaint in said.splitlines()[0]
