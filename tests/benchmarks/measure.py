"""How fast the bench is, as figures to compare on one machine: `python -m tests.benchmarks.measure`.

Nothing here is asserted: what is fast depends on the machine. Ratios against a bare counterpart of the same run travel better
than the figures themselves.
"""

import asyncio
import json
import os
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tty
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bleak import BleakClient, BleakScanner

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.emulator.rigs.rig import load_rig
from isletbench.protocols import cgms, ids, racp
from isletbench.protocols.racp import GENERIC
from tests.bench.test_day import a_day

ROUNDS = 1_000


def percentiles(name: str, times: list[float]) -> tuple[float, float]:
    """Print and return p50 and p99, in microseconds."""
    cuts = statistics.quantiles(times, n=100)
    p50, p99 = statistics.median(times) * 1e6, cuts[98] * 1e6
    print(f"{name:<48} p50 {p50:7.0f} us   p99 {p99:7.0f} us")
    return p50, p99


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """How long each of many calls takes, s."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times


def bare_echo() -> list[float]:
    """A request and its echo over a pseudo-terminal with nothing behind it, octets as many as a READ and its answer have."""
    master, slave = os.openpty()
    tty.setraw(slave)
    request, answer = b"x" * 8, b"y" * 17
    running = True

    def echo() -> None:
        while running:
            if select.select([master], [], [], 0.1)[0] and os.read(master, 100):
                os.write(master, answer)

    thread = threading.Thread(target=echo)
    thread.start()

    def ask() -> None:
        os.write(slave, request)
        got = 0
        while got < len(answer):
            got += len(os.read(slave, 100))

    times = timed(ask)
    running = False
    thread.join()
    os.close(master)
    os.close(slave)
    return times


def up(directory: str, *rig: str) -> tuple[subprocess.Popen[str], dict[str, object], float]:
    """A running `isletbench up`, its ready line, and how long that took, s."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "isletbench", "up", "--json", *rig]
    process = subprocess.Popen(command, env={**os.environ, "ISLETBENCH_DIR": directory}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    return process, ready, time.perf_counter() - start


RIG = """
schema = 1
name = "ports"
[devices.pty]
kind = "cgm"
serial = "pty:"
glucose = { mg_dl = 100 }
[devices.tcp]
kind = "cgm"
serial = "tcp:127.0.0.1:0"
glucose = { mg_dl = 100 }
[devices.rfc2217]
kind = "cgm"
serial = "rfc2217:127.0.0.1:0"
glucose = { mg_dl = 100 }
"""
ADAPTER = """
[devices.serial]
kind = "cgm"
serial = "serial:PATH,115200"
glucose = { mg_dl = 100 }
"""
TURN = (8, 17)
"""Octets of a request and its answer."""


def bare_socket() -> list[float]:
    """A request and its echo over TCP with nothing behind it."""
    server = socket.create_server(("127.0.0.1", 0))

    def echo() -> None:
        there, _ = server.accept()
        with there:
            while there.recv(100):
                there.sendall(b"y" * TURN[1])

    thread = threading.Thread(target=echo)
    thread.start()
    with socket.create_connection(server.getsockname()) as here:
        here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def ask() -> None:
            here.sendall(b"x" * TURN[0])
            got = 0
            while got < TURN[1]:
                got += len(here.recv(100))

        times = timed(ask)
    thread.join()
    server.close()
    return times


def turns_over_ports() -> dict[str, list[float]]:
    """The turn of the CGM's record access control point over each kind of serial port, with a pyserial client."""
    key = Key(cgms.SERVICE, cgms.RECORD_ACCESS.uuid)
    request = GENERIC.encode(racp.Request(racp.Operation.COUNT, racp.Selection(racp.Operator.ALL)))
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        text, ours, theirs = RIG, Path(directory) / "ours", Path(directory) / "theirs"
        if socat := shutil.which("socat"):
            cable = subprocess.Popen([socat, f"PTY,link={ours},raw,echo=0", f"PTY,link={theirs},raw,echo=0"])
            stack.callback(cable.wait)
            stack.callback(cable.terminate)
            while not theirs.exists():
                time.sleep(0.01)
            text += ADAPTER.replace("PATH", str(ours))
        (Path(directory) / "ports.toml").write_text(text, encoding="utf-8")
        process, ready, _ = up(directory, str(Path(directory) / "ports.toml"))
        stack.callback(process.wait)
        stack.callback(process.terminate)
        for name, device in ready["devices"].items():  # type: ignore[attr-defined]  # an object
            with SerialClient(str(theirs) if name == "serial" else device["serial"]) as client:
                client.subscribe(key)

                def turn(client: SerialClient = client) -> None:
                    client.write(key, request)
                    assert client.wait(5.0) is not None

                found[name] = timed(turn)
    return found


async def count_records(rounds: int = ROUNDS) -> list[float]:
    """How long each of many turns of the CGM's record access control point takes: write, write response, indication; s."""
    request = GENERIC.encode(racp.Request(racp.Operation.COUNT, racp.Selection(racp.Operator.ALL)))
    point, answers, times = f"{cgms.RECORD_ACCESS.uuid:08x}-0000-1000-8000-00805f9b34fb", asyncio.Queue[bytes](), []
    device = await BleakScanner.find_device_by_name("IB-CGM", timeout=30)
    assert device is not None
    async with BleakClient(device, pair=True) as client:
        await client.start_notify(point, lambda _, value: answers.put_nowait(bytes(value)))
        for _ in range(rounds):
            start = time.perf_counter()
            await client.write_gatt_char(point, request, response=True)
            await answers.get()
            times.append(time.perf_counter() - start)
    return times


async def ble_in_process() -> list[float]:
    """The same with bench and client in one process."""
    async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
        assert bench.air is not None
        with virtual_bluetooth(bench.air):
            return await count_records()


def ble_over_hci() -> list[float]:
    """The same with the bench in another process, over its HCI socket."""
    with tempfile.TemporaryDirectory() as directory:
        process, ready, _ = up(directory)
        hci = ready["hci"]
        assert isinstance(hci, list)
        with virtual_bluetooth(hci[0]):
            times = asyncio.run(count_records())
        process.terminate()
        process.wait()
    return times


def main() -> None:
    """Print every figure."""
    starts = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as directory:
            process, _, took = up(directory)
            process.terminate()
            process.wait()
            starts.append(took)
    print(f"{'`isletbench up` to ready, five starts':<48} median {statistics.median(starts):.2f} s   max {max(starts):.2f} s")

    with tempfile.TemporaryDirectory() as directory:
        process, ready, _ = up(directory)
        bare = percentiles("bare pty, 8 octets and 17 back", bare_echo())
        with SerialClient(str(Path(directory) / "pump")) as client:
            key = Key(ids.SERVICE, ids.STATUS.uuid)
            ours = percentiles("READ of IDD Status over the pty link, pyserial", timed(lambda: client.read(key)))
        print(f"{'ratio to the bare pty':<48} p50 {ours[0] / bare[0]:7.1f}      p99 {ours[1] / bare[1]:7.1f}")
        process.terminate()
        process.wait()
        assert ready["ready"]

    socket_bare = percentiles("bare TCP, 8 octets and 17 back", bare_socket())
    for name, times in turns_over_ports().items():
        p50, p99 = percentiles(f"RACP turn over {name}, pyserial", times)
        beside = socket_bare if name in {"tcp", "rfc2217"} else bare
        print(f"{'ratio to the bare one':<48} p50 {p50 / beside[0]:7.1f}      p99 {p99 / beside[1]:7.1f}")

    near = percentiles("RACP turn over BLE, one process", asyncio.run(ble_in_process()))
    far = percentiles("RACP turn over BLE, HCI socket to `up`", ble_over_hci())
    print(f"{'ratio of the socket to one process':<48} p50 {far[0] / near[0]:7.1f}      p99 {far[1] / near[1]:7.1f}")

    days = timed(lambda: a_day(seed=1), rounds=5)
    print(
        f"{'a day of both devices with collectors, jump pace':<48} median {statistics.median(days):.2f} s = "
        f"{1 / statistics.median(days):.2f} days per second"
    )


if __name__ == "__main__":
    main()
