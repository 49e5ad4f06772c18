"""A stub as a program of this computer: where it can be reached, how it ends, and what it says of a wrong call."""

import json
import os
import signal
import socket
import subprocess
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.protocols import cgms, companions, frames, ids
from isletbench.protocols.frames import Frame, FrameReader, FrameType, LinkError, encode_frame
from isletbench.protocols.packet import decode, encode
from tests.firmware.compiled import needs_compiler
from tests.firmware.lineup import NATIVE, program

pytestmark = needs_compiler
PATIENCE_S = 20.0
HELLO = Frame(FrameType.HELLO, 1, 0, encode(frames.Hello(frames.VERSION)))
TABLE = Frame(FrameType.TABLE, 2, 1)
SERIAL_NUMBER = Key(companions.DEVICE_INFORMATION, companions.SERIAL_NUMBER.uuid)


@contextmanager
def running(*options: str | Path, device: str = "cgm") -> Iterator[subprocess.Popen[str]]:
    """A stub that runs, with what it says on its ready line in ``ready``."""
    words = [program(NATIVE, device), *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def place(process: subprocess.Popen[str]) -> str:
    """Where it says it can be reached."""
    assert process.stdout is not None
    told: dict[str, Any] = json.loads(process.stdout.readline())
    assert told["ready"] is True
    return str(told["serial"])


def asked(wire: socket.socket | int, *requests: Frame) -> list[Frame]:
    """The answers to requests, one each."""
    reader, found = FrameReader(), list[Frame]()
    octets = b"".join(map(encode_frame, requests))
    wire.sendall(octets) if isinstance(wire, socket.socket) else os.write(wire, octets)
    while len(found) < len(requests):
        heard = wire.recv(4096) if isinstance(wire, socket.socket) else os.read(wire, 4096)
        found += [frame for frame, _ in reader.feed(heard)]
    return found


def ended(process: subprocess.Popen[str], how: int) -> int:
    process.send_signal(how)
    return process.wait(PATIENCE_S)


@pytest.mark.parametrize(("device", "how"), [("cgm", signal.SIGTERM), ("pump", signal.SIGINT)])
def test_a_program_finds_it_on_a_pseudo_terminal_and_it_ends_cleanly(device: str, how: int, tmp_path: Path) -> None:
    link = tmp_path / "port"
    with running("--link", link, device=device) as process:
        assert place(process) == str(link)
        with SerialClient(str(link), timeout=PATIENCE_S) as client:
            assert client.read(SERIAL_NUMBER) == device.encode()
        assert ended(process, how) == 0
    assert not link.is_symlink()


def test_a_hand_clogs_a_pump_and_clears_it() -> None:
    """A signal comes when it comes: the pump is read until it has felt it."""

    def shown() -> ids.Annunciation | None:
        value = client.read(Key(ids.SERVICE, ids.ANNUNCIATION_STATUS.uuid))
        return ids.ANNUNCIATION_STATUS.decode(value, protected=True).annunciation  # type: ignore[no-any-return]  # by its layout

    with running(device="pump") as process, SerialClient(place(process), timeout=PATIENCE_S) as client:
        assert shown() is None
        process.send_signal(signal.SIGUSR1)
        while (told := shown()) is None:
            pass
        assert told.type is ids.AnnunciationType.OCCLUSION_DETECTED
        process.send_signal(signal.SIGUSR2)
        assert shown() == told
        assert ended(process, signal.SIGTERM) == 0


def test_without_a_link_it_says_which_terminal_it_is() -> None:
    with running() as process, SerialClient(place(process), timeout=PATIENCE_S) as client:
        assert client.read(Key(cgms.SERVICE, cgms.FEATURE.uuid))[:3] == b"\xff\xff\x01"


def test_a_link_left_behind_is_replaced_and_one_that_was_taken_over_is_left(tmp_path: Path) -> None:
    link = tmp_path / 'a "quoted" port'
    link.symlink_to("/dev/pts/of-a-stub-that-was-killed")
    with running("--link", link) as first:
        assert place(first) == str(link)
        with running("--link", link) as second:
            assert place(second) == str(link)
            assert ended(first, signal.SIGTERM) == 0
            assert link.is_char_device()
            assert ended(second, signal.SIGTERM) == 0
            assert not link.is_symlink()


def test_two_that_take_a_link_at_once_both_succeed_and_one_has_it(tmp_path: Path) -> None:
    link = tmp_path / "port"
    with running("--link", link) as first, running("--link", link) as second:
        assert {place(first), place(second)} == {str(link)}
        assert link.is_char_device()
        assert {ended(first, signal.SIGTERM), ended(second, signal.SIGTERM)} == {0}
    assert list(tmp_path.iterdir()) == []


def test_it_takes_a_serial_port_that_is_there() -> None:
    ours, theirs = os.openpty()
    tty.setraw(ours)
    try:
        with running("--tty", os.ttyname(theirs)) as process:
            assert place(process) == os.ttyname(theirs)
            assert [frame.type for frame in asked(ours, HELLO, TABLE)] == [FrameType.HELLO_RSP, FrameType.TABLE_RSP]
            assert ended(process, signal.SIGTERM) == 0
    finally:
        os.close(ours)
        os.close(theirs)


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)
        listener.settimeout(PATIENCE_S)
        yield listener


def accepted(listener: socket.socket) -> socket.socket:
    wire, _ = listener.accept()
    wire.settimeout(PATIENCE_S)
    return wire


def test_it_ends_when_the_socket_it_was_given_does(tmp_path: Path) -> None:
    with listening(tmp_path / "wire") as listener, running("--unix", tmp_path / "wire") as process:
        with accepted(listener) as wire:
            assert asked(wire, HELLO)[0].type == FrameType.HELLO_RSP
        assert process.wait(PATIENCE_S) == 0


def test_closing_the_port_ends_the_connection(tmp_path: Path) -> None:
    link = tmp_path / "port"
    with listening(tmp_path / "clock") as listener, running("--link", link, "--clock", tmp_path / "clock") as process:
        clock = accepted(listener)
        place(process)
        assert clock.recv(8) == bytes(8)
        port = os.open(link, os.O_RDWR | os.O_NOCTTY)
        assert [frame.type for frame in asked(port, HELLO, TABLE)] == [FrameType.HELLO_RSP, FrameType.TABLE_RSP]
        os.close(port)
        for millisecond in (1, 2):  # it has looked at the line when it answers
            clock.sendall(millisecond.to_bytes(8, "little"))
            assert clock.recv(8) == millisecond.to_bytes(8, "little")
        port = os.open(link, os.O_RDWR | os.O_NOCTTY)
        (answer,) = asked(port, TABLE)
        assert decode(frames.Error, answer.content) == frames.Error(LinkError.NO_CONNECTION, FrameType.TABLE)
        os.close(port)
        clock.close()
        assert process.wait(PATIENCE_S) == 0


def test_a_client_that_does_not_read_does_not_stop_it(tmp_path: Path) -> None:
    with listening(tmp_path / "wire") as listener, running("--unix", tmp_path / "wire"):
        with accepted(listener) as wire:
            assert asked(wire, HELLO)[0].type == FrameType.HELLO_RSP
            for number in range(3000):  # some 600 kB of answers
                wire.sendall(encode_frame(Frame(FrameType.TABLE, number % 256, 1)))
            reader, mark = FrameReader(), encode_frame(Frame(0x55, 77))
            answered = False
            while not answered:
                wire.sendall(mark)
                answered = any(frame.type == FrameType.ERROR for frame, _ in reader.feed(wire.recv(65536)))
        assert reader.damaged == 0, "frames are dropped whole"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--speed", "9600"], "--speed: expected an option with its path"),
        (["--link"], "--link: expected an option with its path"),
        (["--tty", "/nowhere/tty"], "cannot open the serial port /nowhere/tty: No such file or directory"),
        (["--unix", "/nowhere/wire"], "cannot connect to the socket /nowhere/wire: No such file or directory"),
        (["--clock", "/nowhere/clock"], "cannot connect to the socket /nowhere/clock: No such file or directory"),
        (["--unix", "/" + "long" * 50], "a socket's path has at most 107 octets"),
        (["--link", "{taken}"], "cannot make the link"),
        (["--link", "{elsewhere}"], "cannot make the link"),
    ],
)
def test_a_wrong_call_ends_with_a_sentence_and_exit_code_2(words: Sequence[str], sentence: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.symlink_to(taken)
    places = {"taken": taken, "elsewhere": elsewhere}
    command: list[str | Path] = [program(NATIVE, "cgm"), *(word.format(**places) for word in words)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert sentence in ran.stderr
    assert elsewhere.readlink() == taken


def test_two_lines_are_one_too_many(tmp_path: Path) -> None:
    command: list[str | Path] = [program(NATIVE, "cgm"), "--link", tmp_path / "one", "--link", tmp_path / "two"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ran.returncode == 2
    assert "expected one of --link, --tty and --unix, got two" in ran.stderr
    assert not list(tmp_path.iterdir())
