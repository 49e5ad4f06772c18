"""Firmware goes up and down step by step; what goes wrong is said with the command and its last words, and nothing is left."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.rigs.bring_up import program, steps
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, fill_placeholders, load_any
from isletbench.emulator.rigs.bring_up.program import BringupError
from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp, Step
from isletbench.emulator.rigs.rig import RigError
from isletbench.emulator.transports.ports.port_name import NameTaken
from isletbench.protocols import cgms

STAND_IN = str(Path(__file__).with_name("stand_in.py"))
ROOT = str(Path(__file__).parents[2])
FEATURE = Key(cgms.SERVICE, cgms.FEATURE.uuid)
TOUCH = [sys.executable, "-c", "import pathlib; pathlib.Path('image').write_text('the firmware\\n')"]
DEVICE = [sys.executable, STAND_IN, "device", "{port}"]


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins are started by path and import the emulator."""
    monkeypatch.setenv("PYTHONPATH", ROOT)


def rig(place: Path, *, serial: str = "pty:", on: str = "host", **firmware: Any) -> FirmwareRig:
    """A rig of one CGM, read from a file as any other."""
    firmware = {"on": on, "source": ".", "build": TOUCH, "image": "image", "run": DEVICE} | firmware
    told = [f"{key} = {json.dumps(value)}" for key, value in firmware.items()]
    text = ["schema = 1", 'name = "made"', "[firmware]", *told, "[devices.cgm]", 'kind = "cgm"', f'serial = "{serial}"']
    (place / "made.toml").write_text("\n".join(text) + "\n")
    made = load_any(str(place / "made.toml"))
    assert isinstance(made, FirmwareRig)
    return made


def running(stand: FirmwareBringUp) -> list[int]:
    return [one.process.pid for one in stand._programs.values()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_rig_goes_up_and_down_step_by_step_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "ports").mkdir()
    stand = FirmwareBringUp(rig(tmp_path), tmp_path / "ports")
    assert stand.step is Step.OFF
    await stand.go_to(Step.FLASHED)
    assert (tmp_path / "image").exists()
    assert stand.places == {}
    await stand.go_to(Step.RUNNING)
    link = tmp_path / "ports" / "cgm"
    assert stand.places == {"cgm": {"serial": str(link), "ble": None}}
    (pid,) = running(stand)
    collector = stand.collector("cgm")
    await collector.connect()
    assert len(await collector.read(FEATURE)) == 6
    await collector.disconnect()
    assert stand.ended_program() is None
    await stand.go_to(Step.FLASHED)
    assert stand.places == {}
    assert not is_alive(pid)
    assert list((tmp_path / "ports").iterdir()) == []
    await stand.go_to(Step.OFF)
    assert stand.step is Step.OFF


async def test_a_board_is_flashed_started_and_halted(tmp_path: Path) -> None:
    probe = [sys.executable, str(Path(STAND_IN).with_name("probe.py"))]
    link, words = tmp_path / "tty", [str(tmp_path / "image"), "{port}"]
    board = rig(
        tmp_path,
        on="board",
        serial=f"serial:{link},57600",
        image=str(tmp_path / "image"),
        flash=[*probe, "flash", *words],
        run=[*probe, "run", *words],
        halt=[*probe, "halt", *words],
    )
    log = tmp_path / "probe.log"
    async with FirmwareBringUp(board, tmp_path) as stand:
        await stand.go_to(Step.RUNNING)
        assert stand.places["cgm"]["serial"] == str(link)
        assert log.read_text().splitlines() == ["flash image", "run image"]
        pid = int((tmp_path / "board.pid").read_text())
        await stand.go_to(Step.FLASHED)
        assert log.read_text().splitlines() == ["flash image", "run image", "halt image"]
        await stand.go_to(Step.RUNNING)
        assert log.read_text().splitlines()[3:] == ["run image"], "what is flashed stays"
        assert int((tmp_path / "board.pid").read_text()) != pid
    assert log.read_text().splitlines()[4:] == ["halt image"]
    assert not (tmp_path / "board.pid").exists()


FAILS = [sys.executable, "-c", "print('cc: error: no such thing'); print('make: stopped'); raise SystemExit(2)"]


@pytest.mark.parametrize(
    ("firmware", "words", "stays"),
    [
        ({"build": FAILS}, "ended with 2: cc: error: no such thing", Step.OFF),
        (
            {"build": ["no-such-cc", "all"]},
            "`no-such-cc all` cannot be started: no-such-cc: No such",
            Step.OFF,
        ),
        ({"build": [sys.executable, "-c", ""]}, "made no image", Step.OFF),
        ({"source": "nowhere"}, "nowhere is no directory; firmware is built in a checkout", Step.OFF),
        ({"run": FAILS}, "ended before it was ready: cc: error: no such thing", Step.FLASHED),
        ({"run": ["./image"]}, "`./image` cannot be started: ./image: Permission denied", Step.FLASHED),
    ],
)
async def test_a_step_that_fails_says_why_and_the_rig_stays_below(
    firmware: dict[str, Any], words: str, stays: Step, tmp_path: Path
) -> None:
    (tmp_path / "ports").mkdir()
    stand = FirmwareBringUp(rig(tmp_path, **firmware), tmp_path / "ports")
    with pytest.raises(BringupError) as told:
        await stand.go_to(Step.RUNNING)
    assert words in str(told.value)
    assert stand.step is stays
    assert running(stand) == []
    assert list((tmp_path / "ports").iterdir()) == []


async def test_a_program_that_is_never_ready_or_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "READY_TIMEOUT_S", 0.01)
    never = FirmwareBringUp(rig(tmp_path, run=[sys.executable, "-c", "import time; time.sleep(600)"]), tmp_path)
    with pytest.raises(BringupError, match=r"expected the path of its port within 0\.01 s"):
        await never.go_to(Step.RUNNING)
    monkeypatch.setattr(steps, "READY_TIMEOUT_S", 20.0)
    monkeypatch.setattr("isletbench.emulator.collectors.link_collector.TIMEOUT_S", 0.001)
    monkeypatch.setattr(program, "TERMINATE_TIMEOUT_S", 0.01)
    deaf = FirmwareBringUp(rig(tmp_path, run=[sys.executable, STAND_IN, "deaf", "{port}"]), tmp_path)
    pids: list[int] = []

    async def soon(name: str) -> None:
        pids.extend(running(deaf))
        monkeypatch.setattr(steps, "READY_TIMEOUT_S", 0.0)
        await FirmwareBringUp._wait_for_answer(deaf, name)

    monkeypatch.setattr(deaf, "_wait_for_answer", soon)
    with pytest.raises(BringupError, match=r"made: cgm does not answer on .*cgm: no answer to HELLO in 3 tries"):
        await deaf.go_to(Step.RUNNING)
    assert not any(map(is_alive, pids)), "it ignores SIGTERM, and is gone all the same"


async def test_a_device_that_ends_by_itself_is_named_with_its_last_output(tmp_path: Path) -> None:
    async with FirmwareBringUp(rig(tmp_path), tmp_path) as stand:
        await stand.go_to(Step.RUNNING)
        (pid,) = running(stand)
        os.kill(pid, signal.SIGUSR1)
        async with asyncio.timeout(20):
            await stand._programs["cgm"].wait_until_ended()
        told = stand.ended_program()
        assert told is not None
        assert told.startswith("cgm: `")
        assert told.endswith("ended by itself with 1: the battery is empty")


async def test_a_name_that_another_bench_has_is_left_to_it(tmp_path: Path) -> None:
    async with FirmwareBringUp(rig(tmp_path), tmp_path) as first, FirmwareBringUp(rig(tmp_path), tmp_path) as second:
        await first.go_to(Step.RUNNING)
        with pytest.raises(NameTaken, match="another bench has a serial port of that name"):
            await second.go_to(Step.RUNNING)
        assert second.step is Step.FLASHED
        collector = first.collector("cgm")
        await collector.connect()
        await collector.disconnect()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"run": ["{image}", "{speed}"]},
            "firmware.run: {speed} in '{speed}': expected one of {image}, {kind}, {name}",
        ),
        ({"image": "build/{port}"}, "firmware.image: {port} in 'build/{port}': expected one of {kind}, {name}"),
        ({"on": "toaster"}, "firmware.on: expected one of host, qemu, board, got 'toaster'"),
        ({"flash": ["openocd"]}, 'firmware: flash, halt: expected for on = "board", and only there'),
        ({"on": "board"}, 'firmware: flash, halt: expected for on = "board", and only there'),
        ({"serial": "serial:/dev/ttyACM0"}, "devices.cgm.serial: 'serial:/dev/ttyACM0': expected pty: for on = \"host\""),
        ({"serial": "tcp:127.0.0.1:1"}, "devices.cgm.serial: 'tcp:127.0.0.1:1': expected pty: for on = \"host\""),
        ({"serial": "usb:1"}, "devices.cgm: serial 'usb:1': expected pty:"),
        ({"usb": ["483:374B"]}, "firmware.usb.0: expected text such as 0403:6001"),
        ({"flashing": []}, "firmware.flashing: there is no such key here"),
    ],
)
def test_what_is_wrong_in_a_rig_of_firmware_is_named(changed: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(RigError) as told:
        rig(tmp_path, **changed)
    assert str(told.value).startswith(f"{tmp_path}/made.toml: {words}")


def test_firmware_may_be_like_another_rigs_but_for_what_its_file_says(tmp_path: Path) -> None:
    rig(tmp_path, usb=["0483:374b"])
    (tmp_path / "sub").mkdir()
    text = 'schema = 1\nname = "other"\n[firmware]\nlike = "{}"\n{}[devices.cgm]\nkind = "cgm"\nserial = "pty:"\n'
    (tmp_path / "sub" / "other.toml").write_text(text.format("../made.toml", 'image = "its own"\n'))
    other = load_any(str(tmp_path / "sub" / "other.toml"))
    assert isinstance(other, FirmwareRig)
    assert (other.firmware.image, other.firmware.source) == ("its own", tmp_path)
    assert (other.firmware.run, other.firmware.usb) == (tuple(DEVICE), ("0483:374b",))
    for like, words in {
        "default": "firmware.like: 'default': expected a rig of firmware",
        "other.toml": "firmware.like: 'other.toml': expected a chain of at most 8 rigs",
    }.items():
        (tmp_path / "sub" / "other.toml").write_text(text.format(like, ""))
        with pytest.raises(RigError, match=words):
            load_any(str(tmp_path / "sub" / "other.toml"))
    (tmp_path / "sub" / "other.toml").write_text(text.format("nowhere", ""))
    with pytest.raises(RigError, match="nowhere: there is no such file"):
        load_any(str(tmp_path / "sub" / "other.toml"))


def test_braces_of_others_are_left_alone() -> None:
    assert fill_placeholders("if { $x } {} {program {image}}", image="a.elf") == "if { $x } {} {program a.elf}"
