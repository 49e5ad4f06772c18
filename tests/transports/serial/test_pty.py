"""The pseudo-terminal port: a stable name, raw, not held open by us, at rest when nobody is there."""

import asyncio
import fcntl
import os
import signal
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import serial

from isletbench.emulator.transports.ports.port_name import NameTaken
from isletbench.emulator.transports.ports.pty import PtyPort
from tests.harness.full_disk import room_for
from tests.transports.serial.recorder import Events, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are a POSIX thing")


@pytest.fixture
def link(tmp_path: Path) -> Path:
    (tmp_path / "ports").mkdir()
    return tmp_path / "ports" / "pump"


@pytest.fixture
async def port(link: Path) -> AsyncIterator[tuple[PtyPort, Events]]:
    made, events = PtyPort(link), Events()
    await made.start(events)
    yield made, events
    await made.stop()


def open_raw(link: Path) -> int:
    return os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)


def dead(fd: int) -> bool:
    """Whether the line has died: end of file, or EIO."""
    try:
        return os.read(fd, 10) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


async def test_the_name_is_a_link_to_a_raw_terminal(port: tuple[PtyPort, Events], link: Path) -> None:
    assert link.is_symlink()
    assert port[0].address == str(link)
    fd = open_raw(link)
    iflag, oflag, _, lflag, *_ = termios.tcgetattr(fd)
    assert not lflag & (termios.ECHO | termios.ICANON | termios.ISIG)
    assert not oflag & termios.OPOST
    assert not iflag & (termios.ICRNL | termios.IXON)
    os.close(fd)


async def test_the_emulator_does_not_hold_the_terminal_open(port: tuple[PtyPort, Events], link: Path) -> None:
    terminal = os.fspath(link.readlink())
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to list this process's open files")
    held = [os.fspath(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    assert terminal not in held


async def test_every_octet_passes_both_ways(port: tuple[PtyPort, Events], link: Path) -> None:
    made, events = port
    fd = open_raw(link)
    everything = bytes(range(256))
    os.write(fd, everything)
    await until(lambda: bytes(events.octets) == everything)
    made.write(everything)
    got = bytearray()
    while len(got) < 256:
        await asyncio.sleep(0)
        try:
            got += os.read(fd, 1_000)
        except BlockingIOError:
            await asyncio.sleep(0.002)
    assert bytes(got) == everything
    os.close(fd)


async def test_opening_and_closing_is_told_any_number_of_times(port: tuple[PtyPort, Events], link: Path) -> None:
    _, events = port
    for n in range(10):
        fd = open_raw(link)
        await until(lambda n=n: events.log.count("opened") == n + 1)  # type: ignore[misc]  # n is bound at once
        os.close(fd)
        await until(lambda n=n: events.log.count("closed") == n + 1)  # type: ignore[misc]  # n is bound at once
    assert events.log == ["opened", "closed"] * 10


async def test_what_a_client_writes_before_it_leaves_is_received(port: tuple[PtyPort, Events], link: Path) -> None:
    _, events = port
    fd = open_raw(link)
    os.write(fd, b"last words")
    os.close(fd)
    await until(lambda: events.log[-1:] == ["closed"])
    assert bytes(events.octets) == b"last words"


async def read_exactly(fd: int, size: int) -> bytes:
    got = b""
    async with asyncio.timeout(10):
        while len(got) < size:
            try:
                got += os.read(fd, size - len(got))
            except BlockingIOError:
                await asyncio.sleep(0.002)
    return got


@pytest.mark.parametrize("size", [6, 20_000])
async def test_nothing_stale_awaits_the_next_client(port: tuple[PtyPort, Events], link: Path, size: int) -> None:
    made, events = port
    made.write(b"to nobody")
    fd = open_raw(link)
    await until(lambda: events.log == ["opened"])
    made.write(b"u" * size)
    await until(lambda: unread(fd) > 0)
    os.close(fd)
    await until(lambda: events.log == ["opened", "closed"])
    made.write(b"to nobody again")
    fd = open_raw(link)
    await until(lambda: events.log.count("opened") == 2)
    made.write(b"fresh")
    assert await read_exactly(fd, 5) == b"fresh"
    os.close(fd)


def unread(fd: int) -> int:
    """Octets that wait for this client."""
    return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), sys.byteorder)


async def test_a_client_that_comes_at_once_loses_nothing_it_sent(port: tuple[PtyPort, Events], link: Path) -> None:
    """What the last client left is thrown away when the next one may already have spoken."""
    _, events = port
    for n in range(50):
        fd = open_raw(link)
        os.write(fd, bytes([n]))
        os.close(fd)
        if n % 3 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(events.octets) == 50)
    assert bytes(events.octets) == bytes(range(50))
    await until(lambda: events.log[-1] == "closed")
    assert events.log == ["opened", "closed"] * (len(events.log) // 2)


async def test_a_client_s_settings_do_not_outlive_it(port: tuple[PtyPort, Events], link: Path) -> None:
    made, events = port
    fd = open_raw(link)
    attributes = termios.tcgetattr(fd)
    attributes[3] |= termios.ECHO | termios.ICANON
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    await until(lambda: events.log == ["opened"])
    os.close(fd)
    await until(lambda: events.log == ["opened", "closed"])
    fd = open_raw(link)
    assert not termios.tcgetattr(fd)[3] & (termios.ECHO | termios.ICANON)
    await until(lambda: events.log.count("opened") == 2)
    made.write(b"do not echo this")
    assert await read_exactly(fd, 16) == b"do not echo this"
    assert bytes(events.octets) == b""
    os.close(fd)


async def test_a_port_nobody_uses_runs_no_code(port: tuple[PtyPort, Events], link: Path) -> None:
    """Counted in turns of the loop, not in time: an ordinary reader of a hung-up master spins thousands of times."""
    fd = open_raw(link)
    await until(lambda: port[1].log == ["opened"])
    os.close(fd)
    await until(lambda: port[1].log == ["opened", "closed"])
    loop = asyncio.get_running_loop()
    turns, run_once = 0, loop._run_once  # type: ignore[attr-defined]  # what asyncio calls for every turn

    def counted() -> None:
        nonlocal turns
        turns += 1
        run_once()

    loop._run_once = counted  # type: ignore[attr-defined]
    await asyncio.sleep(0.3)
    del loop._run_once  # type: ignore[attr-defined]
    assert turns < 20


async def test_a_client_that_does_not_read_stops_nobody(port: tuple[PtyPort, Events], link: Path) -> None:
    made, events = port
    fd = open_raw(link)
    await until(lambda: events.log == ["opened"])
    for _ in range(2_000):
        made.write(b"x" * 1_000)
    os.write(fd, b"still here")
    await until(lambda: bytes(events.octets) == b"still here")
    os.close(fd)
    await until(lambda: events.log == ["opened", "closed"])


async def test_unplugged_and_replugged_it_has_the_same_name(link: Path) -> None:
    port, events = PtyPort(link), Events()
    for _ in range(3):
        await port.start(events)
        fd = open_raw(link)
        await until(lambda: events.log[-1:] == ["opened"])
        await port.stop()
        assert not link.is_symlink()
        assert dead(fd)
        os.close(fd)
        events.log.clear()
    await port.stop()


async def test_a_port_makes_no_directory(tmp_path: Path) -> None:
    with pytest.raises(NameTaken, match=r"expected a directory that is there: '.*ports'"):
        await PtyPort(tmp_path / "ports" / "pump").start(Events())
    assert list(tmp_path.iterdir()) == []


async def test_a_link_that_leads_nowhere_is_replaced(link: Path) -> None:
    link.symlink_to("/dev/pts/does-not-exist")
    port = PtyPort(link)
    await port.start(Events())
    os.close(open_raw(link))
    await port.stop()
    assert list(link.parent.iterdir()) == []


DYING_BENCH = """
import asyncio, os, signal, sys
from pathlib import Path
from unittest.mock import Mock
from isletbench.emulator.transports.ports.pty import PtyPort

async def main():
    await PtyPort(Path(sys.argv[1])).start(Mock())
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_link_left_behind_by_a_killed_bench_is_replaced(link: Path) -> None:
    """Even when the number of its pseudo-terminal has been given to somebody else since."""
    bench = await asyncio.create_subprocess_exec(sys.executable, "-c", DYING_BENCH, str(link))
    assert await asyncio.wait_for(bench.wait(), 30) == -signal.SIGKILL
    assert link.is_symlink()
    others: list[tuple[int, int]] = []
    while not link.exists():  # the kernel hands out the lowest free number, so this ends soon
        assert len(others) < 100, "nobody was given the number"
        others.append(os.openpty())
    port = PtyPort(link)
    await port.start(Events())
    os.close(open_raw(link))
    await port.stop()
    for fd in (fd for pair in others for fd in pair):
        os.close(fd)


async def test_a_name_in_use_says_by_whom(port: tuple[PtyPort, Events], link: Path) -> None:
    with pytest.raises(NameTaken, match="another bench has a serial port of that name"):
        await PtyPort(link).start(Events())
    assert link.is_symlink()


@pytest.mark.parametrize("content", ["", "precious", "link"])
async def test_a_file_with_the_name_of_its_lock_that_is_not_ours_stays(link: Path, content: str) -> None:
    lock, precious = link.with_name(f".{link.name}.lock"), link.with_name("precious")
    if content == "link":
        precious.write_text("isletbench\nprecious")
        lock.symlink_to(precious)
    else:
        lock.write_text(content)
    before = sorted(link.parent.iterdir()), lock.read_text(encoding="utf-8")
    with pytest.raises(NameTaken, match="expected no file here, or the lock of a bench"):
        await PtyPort(link).start(Events())
    assert (sorted(link.parent.iterdir()), lock.read_text(encoding="utf-8")) == before


async def test_a_port_whose_lock_finds_no_room_leaves_nothing(link: Path) -> None:
    with room_for(0), pytest.raises(OSError, match="File too large"):
        await PtyPort(link).start(Events())
    assert list(link.parent.iterdir()) == []


@pytest.mark.parametrize("what", ["file", "directory", "link to a file", "link to another program's terminal"])
async def test_what_is_foreign_is_never_replaced(link: Path, what: str) -> None:
    master, slave = os.openpty()
    match what:
        case "file":
            link.write_text("precious")
        case "directory":
            link.mkdir()
        case "link to a file":
            (link.parent / "precious").write_text("precious")
            link.symlink_to(link.parent / "precious")
        case _:
            link.symlink_to(os.ttyname(slave))
    before = sorted(link.parent.iterdir()), link.lstat()
    with pytest.raises(NameTaken, match="expected no file or a stale link"):
        await PtyPort(link).start(Events())
    after = sorted(link.parent.iterdir()), link.lstat()
    assert after == before
    os.close(master)
    os.close(slave)


async def test_pyserial_opens_it_with_any_settings(port: tuple[PtyPort, Events], link: Path) -> None:
    _, events = port
    for settings in ({"baudrate": 9600}, {"baudrate": 12345}, {"stopbits": 2}, {"rtscts": True}, {"dsrdtr": True}):
        with serial.Serial(str(link), timeout=0, **settings) as client:
            client.write(b"\x00\x11\x13\xff")
            await until(lambda: bytes(events.octets) == b"\x00\x11\x13\xff")
        events.octets.clear()
