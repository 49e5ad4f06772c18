"""The example clients as programs: a call or an environment that cannot be right is one sentence, and exit code 2."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest
from bleak.exc import BleakError

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.collector import Collector, Key, NoCharacteristic
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.rigs.rig import load_rig
from isletbench.hil_rigs.clients import algorithms, cgm_reader, closed_loop
from isletbench.hil_rigs.clients.algorithms import pyloopkit
from isletbench.hil_rigs.clients.algorithms.hybrid import Hybrid
from isletbench.hil_rigs.clients.controller import __main__ as controller_program
from isletbench.hil_rigs.clients.controller.controller import Controller
from isletbench.hil_rigs.clients.controller.device_kind import WrongDevice, check_kind
from isletbench.hil_rigs.clients.controller.parts import CAREFUL
from isletbench.hil_rigs.clients.controller.session import COMMUNICATION_ERRORS, Session
from isletbench.hil_rigs.clients.paradigm import __main__ as paradigm_program
from isletbench.hil_rigs.clients.paradigm.client import Client as ParadigmClient
from isletbench.hil_rigs.clients.program import CallError, FirstFailures, belief_writer, exit_code, serial_port
from isletbench.hil_rigs.clients.receiver import __main__ as receiver_program
from isletbench.hil_rigs.clients.receiver.client import Client as ReceiverClient
from isletbench.protocols import cgms, gls, ids

TTY = "/dev/tty"
"""A serial port that is never opened here."""
PUMP = {"ISLETBENCH_PUMP_SERIAL": TTY}
RADIO = {"ISLETBENCH_PUMP_BLE": "F0:10:00:00:00:02"}


def controller(environment: Mapping[str, str]) -> Coroutine[Any, Any, None]:
    return controller_program.main(CAREFUL, environment)


def paradigm(environment: Mapping[str, str]) -> Coroutine[Any, Any, None]:
    return paradigm_program.main(ParadigmClient, environment)


def receiver(environment: Mapping[str, str]) -> Coroutine[Any, Any, None]:
    return receiver_program.main(ReceiverClient, environment)


WRONG = [
    ({}, "no "),
    ({"ISLETBENCH_PUMP_SERIAL": "/nonexisting"}, "ISLETBENCH_PUMP_SERIAL: /nonexisting: No such file"),
    ({"ISLETBENCH_PUMP_SERIAL": "/usr"}, "ISLETBENCH_PUMP_SERIAL: /usr: expected a serial port"),
    ({"ISLETBENCH_PUMP_SERIAL": __file__}, f"ISLETBENCH_PUMP_SERIAL: {__file__}: expected a serial port"),
    ({"ISLETBENCH_PUMP_SERIAL": "socket://there"}, "ISLETBENCH_PUMP_SERIAL: socket://there: expected the path of a tty"),
    ({"ISLETBENCH_PUMP_SERIAL": "socket://there:x"}, "ISLETBENCH_PUMP_SERIAL: socket://there:x: expected the path of a tty"),
    ({"ISLETBENCH_PUMP_BLE": "banana"}, "ISLETBENCH_PUMP_BLE: banana: expected an address such as F0:10:00:00:00:01"),
    ({**RADIO, "ISLETBENCH_HCI": "banana"}, "ISLETBENCH_HCI: HCI 'banana': expected tcp:HOST:PORT"),
    ({**PUMP, "ISLETBENCH_PACE": "banana"}, "ISLETBENCH_PACE: pace 'banana': expected real"),
    ({**PUMP, "ISLETBENCH_BELIEFS": "/nonexisting/x"}, "ISLETBENCH_BELIEFS: /nonexisting/x: expected a file"),
    ({**PUMP, "ISLETBENCH_BELIEFS": "/usr"}, "ISLETBENCH_BELIEFS: /usr: expected a file"),
    ({**PUMP, "ISLETBENCH_BELIEFS": "/dev/full"}, "ISLETBENCH_BELIEFS: /dev/full: expected a file that can be written"),
    ({**PUMP, "ISLETBENCH_INTENTS": "{"}, "ISLETBENCH_INTENTS: expected JSON"),
    ({**PUMP, "ISLETBENCH_INTENTS": "5"}, "ISLETBENCH_INTENTS: expected a list"),
    ({**PUMP, "ISLETBENCH_INTENTS": "[5]"}, "ISLETBENCH_INTENTS: 0: expected a table"),
    ({**PUMP, "ISLETBENCH_INTENTS": '[{"do": "bolus"}]'}, "ISLETBENCH_INTENTS: 0.at: expected a value"),
    ({**PUMP, "ISLETBENCH_INTENTS": '[{"at": 0, "do": "fly"}]'}, "ISLETBENCH_INTENTS: 0.do: expected one of bolus, meal"),
    ({**PUMP, "ISLETBENCH_INTENTS": '[{"at": NaN, "do": "bolus"}]'}, "ISLETBENCH_INTENTS: 0.at: expected a finite number"),
    (
        {**PUMP, "ISLETBENCH_INTENTS": '[{"at": 0, "do": "bolus", "units": "ten"}]'},
        "ISLETBENCH_INTENTS: 0.units: expected a number",
    ),
]


@pytest.mark.parametrize(("environment", "words"), WRONG)
@pytest.mark.parametrize("program", [controller, paradigm])
def test_an_environment_that_cannot_be_right_is_one_sentence(
    capsys: pytest.CaptureFixture[str], program: Any, environment: dict[str, str], words: str
) -> None:
    said = one_sentence(capsys, program(environment), environment)
    assert said.startswith(words)


@pytest.mark.parametrize(("environment", "words"), WRONG[:6])
def test_a_receiver_that_cannot_be_is_one_sentence(
    capsys: pytest.CaptureFixture[str], environment: dict[str, str], words: str
) -> None:
    renamed = {name.replace("PUMP", "CGM"): value for name, value in environment.items()}
    said = one_sentence(capsys, receiver(renamed), renamed)
    assert said.startswith(words.replace("PUMP", "CGM"))


def test_a_stick_that_the_client_does_not_know_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    environment = {**PUMP, "ISLETBENCH_OVER": "serial"}
    said = one_sentence(capsys, paradigm(environment), environment)
    assert said.startswith("ISLETBENCH_OVER: serial: expected one of paradigm_rfspy, paradigm_mmcommander, paradigm_carelink")


def one_sentence(capsys: pytest.CaptureFixture[str], program: Coroutine[Any, Any, None], environment: Mapping[str, str]) -> str:
    assert exit_code(program, environment) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize(
    ("device", "there", "words"),
    [
        ("cgm", "pump", "cgm: expected a CGM, and the device there is a pump\n"),
        ("pump", "cgm", "pump: expected a pump, and the device there is a CGM\n"),
        ("meter", "pump", "meter: expected a meter, and the device there is a pump\n"),
    ],
)
def test_the_port_of_a_device_of_another_kind_ends_the_controller_with_one_sentence(
    capsys: pytest.CaptureFixture[str], device: str, there: str, words: str
) -> None:
    async def program() -> None:
        async with Bench(load_rig("default"), ports=Ports.MEMORY) as bench:
            playing = asyncio.ensure_future(bench.run(60_000))
            try:
                await Controller({device: LinkCollector(bench.memory[there].connect)}, lambda belief: None).run()
            finally:
                playing.cancel()

    assert one_sentence(capsys, program(), {"ISLETBENCH_PACE": "jump"}) == words


@pytest.mark.parametrize(("device", "service"), [("cgm", cgms.SERVICE), ("pump", ids.SERVICE), ("meter", gls.SERVICE)])
def test_a_device_that_is_of_several_kinds_is_each_of_them(device: str, service: int) -> None:
    check_kind(device, {cgms.SERVICE, ids.SERVICE, gls.SERVICE})
    check_kind(device, set())  # its discovery was damaged: that may be better the next time
    with pytest.raises(WrongDevice, match=r"a .* and a "):
        check_kind(device, {cgms.SERVICE, ids.SERVICE, gls.SERVICE} - {service})


def test_a_discovery_without_what_a_device_of_the_kind_has_is_a_failed_connection() -> None:
    class Bare:
        characteristics: Mapping[Key, Any] = {}

        async def connect(self) -> None:
            pass

        async def read(self, key: Key) -> bytes:
            raise NoCharacteristic("no such characteristic")

    async def connect() -> None:
        await Session(cast("Collector", Bare()), "pump").connect()

    with pytest.raises(COMMUNICATION_ERRORS):
        run(connect(), Pace(None))


def test_why_a_device_cannot_be_reached_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    failures = FirstFailures()
    for device, error in (("cgm", OSError("gone")), ("pump", TimeoutError()), ("cgm", OSError("gone"))):
        failures.report(device, error)
    assert capsys.readouterr().err == "cgm: gone; it is tried again\npump: TimeoutError; it is tried again\n"


def test_the_port_of_the_ready_line_is_one_that_a_program_can_open() -> None:
    assert serial_port({"ISLETBENCH_CGM_SERIAL": "socket://127.0.0.1:4000"}, "cgm") is not None
    assert serial_port({"ISLETBENCH_CGM_SERIAL": ""}, "cgm") is None


def test_beliefs_are_written_as_they_come(tmp_path: Path) -> None:
    with ExitStack() as stack:
        belief_writer(stack, {"ISLETBENCH_BELIEFS": str(tmp_path / "beliefs")})({"belief": "mode", "mode": "stopped"})
        assert (tmp_path / "beliefs").read_text("utf-8") == '{"belief": "mode", "mode": "stopped"}\n'
    with ExitStack() as stack, pytest.raises(CallError, match="expected a file"):
        belief_writer(stack, {"ISLETBENCH_BELIEFS": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("banana", "expected one of hybrid, oref0"),
        ("os:getcwd", "with decide"),
        (":", "package.module:Class"),
        ("loop_algorithm", "expected the path of LoopAlgorithmRunner"),
        ("oref0", "oref0: expected"),
        ("pyloopkit", "PyLoopKit is not installed"),
    ],
)
def test_an_algorithm_that_cannot_be_used_is_one_sentence(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISLETBENCH_LOOP_ALGORITHM", raising=False)
    monkeypatch.setenv("ISLETBENCH_OREF0", "/nonexisting")
    monkeypatch.setattr(pyloopkit, "is_installed", lambda: False)
    with pytest.raises(ValueError, match=words) as refused:
        algorithms.usable_algorithm(name)
    assert "\n" not in str(refused.value)


def test_a_rig_without_a_pump_cannot_close_the_loop() -> None:
    with pytest.raises(ValueError, match="rig finger_sticks: expected a device 'cgm' with a serial port"):
        closed_loop.play(load_rig("finger_sticks"), Hybrid(), closed_loop.settings("adult"))


@pytest.mark.parametrize(("error", "words"), [(BleakError("no radio"), "no radio\n"), (TimeoutError(), "no answer in time\n")])
def test_what_goes_wrong_with_the_radio_of_the_bleak_example_is_one_sentence(
    capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    async def fail() -> int:
        raise error

    assert cgm_reader.said(fail()) == 1
    assert capsys.readouterr().err == words
