"""What runs in the guest: a bleak client and bluetoothctl on BlueZ talk to the devices of a bench.

``python3 talk.py STEP...`` prints one JSON object a line: each step with its seconds and what it found. It knows nothing of
isletbench.
"""

import asyncio
import json
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bleak import BleakClient, BleakScanner

CGM, PUMP = "F0:10:00:00:00:01", "F0:10:00:00:00:02"
PASSKEY = "123456"
FRESH_PAIRINGS = 20
PATIENCE_S = 60.0
STEP_WITHIN_S = 600.0


def uuid(number: int) -> str:
    return f"{number:08x}-0000-1000-8000-00805f9b34fb"


CGM_FEATURE, CGM_MEASUREMENT, CGM_RACP = uuid(0x2AA8), uuid(0x2AA7), uuid(0x2A52)
PUMP_FEATURES, PUMP_COMMAND = uuid(0x2B23), uuid(0x2B25)


def sealed(octets: bytes) -> bytes:
    """The octets and their CRC-16/MCRF4XX."""
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return octets + crc.to_bytes(2, "little")


class Bluetoothctl:
    """The program a person uses, on a terminal of its own: it types in the passkey that a device displays."""

    def __init__(self) -> None:
        ours, theirs = pty.openpty()
        self._ours, self.printed = ours, ""
        self._process = subprocess.Popen(["/usr/bin/bluetoothctl"], stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        typed = 0
        with suppress(OSError):
            while octets := os.read(self._ours, 4096):
                self.printed += octets.decode(errors="replace")
                while self.printed.count("Enter passkey") > typed:  # a prompt may come in two pieces
                    typed += 1
                    self.type(PASSKEY)

    def type(self, line: str) -> None:
        os.write(self._ours, line.encode() + b"\n")

    def saw_bond(self, address: str) -> bool:
        """Whether the last that was printed of a device is that it is paired with."""
        changes = re.findall(rf"DEL[^\n]*Device {address}|Device {address} (?:Bonded|Paired): (?:yes|no)", self.printed)
        return bool(changes) and changes[-1].endswith("yes")

    def say(self, line: str, expected: str, within_s: float = PATIENCE_S) -> str:
        """Type a command; what was printed until a pattern came. Raises ``TimeoutError``."""
        before = len(self.printed)
        self.type(line)
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if re.search(expected, self.printed[before:]):
                return self.printed[before:]
            time.sleep(0.05)
        raise TimeoutError(f"{line}: {self.printed[before:]!r}")


person = Bluetoothctl()


async def connected(address: str, work: Callable[[BleakClient], Any]) -> Any:
    """Find a device, connect to it, work with it, disconnect."""
    device = await BleakScanner.find_device_by_address(address, timeout=PATIENCE_S)
    assert device is not None, f"{address} is not found"
    async with BleakClient(device, timeout=PATIENCE_S) as client:
        return await work(client)


async def bonded(client: BleakClient) -> None:
    """Pair. A device requests security when it is connected to, and BlueZ pairs by itself: it is asked to after that.

    BlueZ 5.66 never answers who asks it to pair just when it has: it goes on to BR/EDR (``pair_device`` of ``src/device.c``).
    It is not asked whether it has, either: a line typed while bluetoothctl prompts for the passkey is taken for it, and pairing
    ends.
    """
    until = time.monotonic() + PATIENCE_S
    while not person.saw_bond(client.address) and time.monotonic() < until:
        await asyncio.sleep(0.2)
    await client.pair()


async def paired(client: BleakClient) -> str:
    """Pair, and read what needs it."""
    await bonded(client)
    return await read(client)


async def read(client: BleakClient) -> str:
    return bytes(await client.read_gatt_char(CGM_FEATURE)).hex()


async def records(client: BleakClient) -> dict[str, Any]:
    """How many records the CGM says it has, and how many it reports."""
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    reported: list[bytes] = []
    await client.start_notify(CGM_RACP, lambda _, value: answers.put_nowait(bytes(value)))
    await client.start_notify(CGM_MEASUREMENT, lambda _, value: reported.append(bytes(value)))
    await client.write_gatt_char(CGM_RACP, b"\x04\x01", response=True)
    counted = await asyncio.wait_for(answers.get(), PATIENCE_S)
    await client.write_gatt_char(CGM_RACP, b"\x01\x01", response=True)
    ended = await asyncio.wait_for(answers.get(), PATIENCE_S)
    octets, number = b"".join(reported), 0
    while octets:  # a notification holds as many records as fit, each begins with its size
        octets, number = octets[octets[0] :], number + 1
    return {"counted": int.from_bytes(counted[2:4], "little"), "reported": number, "ended": ended.hex()}


async def bolus(client: BleakClient) -> str:
    """Pair with the pump and give 0.3 U."""
    await bonded(client)
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    await client.read_gatt_char(PUMP_FEATURES)
    await client.start_notify(PUMP_COMMAND, lambda _, value: answers.put_nowait(bytes(value)))
    await client.write_gatt_char(PUMP_COMMAND, sealed(bytes.fromhex("4b11 00 33 03f0 0000 0000 01")), response=True)
    return (await asyncio.wait_for(answers.get(), PATIENCE_S))[:4].hex()


async def fresh_pairings() -> int:
    for count in range(FRESH_PAIRINGS):
        person.say(f"remove {CGM}", "Device has been removed|not available")
        assert await connected(CGM, paired), f"pairing {count}"
    return FRESH_PAIRINGS


async def by_hand() -> str:
    """With bluetoothctl alone: pair, look, disconnect, connect again."""
    person.say(f"remove {CGM}", "Device has been removed|not available")
    person.say("scan le", f"NEW.*Device {CGM}")
    person.say(f"pair {CGM}", "Pairing successful")
    person.say("scan off", "Discovery stopped|Failed to stop")
    shown = person.say(f"info {CGM}", "Bonded: (yes|no)")
    person.say(f"disconnect {CGM}", "Successful disconnected|Connected: no")
    person.say(f"connect {CGM}", "Connection successful")
    person.say(f"disconnect {CGM}", "Successful disconnected|Connected: no")
    return "bonded" if "Bonded: yes" in shown else shown


def managed(*words: str) -> str:
    """What btmgmt says to a command."""
    ours, theirs = pty.openpty()  # without a terminal it ends before it has done anything
    try:
        command = ["/usr/bin/btmgmt", *words]
        return subprocess.run(command, check=False, stdin=theirs, capture_output=True, text=True, timeout=PATIENCE_S).stdout
    finally:
        os.close(ours)
        os.close(theirs)


async def private() -> str:
    """With a resolvable private address of its own: pair, connect again, and read without pairing."""
    said = "".join(managed(*words) for words in (["power", "off"], ["privacy", "on"], ["power", "on"], ["info"]))
    assert re.search(r"current settings:.*privacy", said), said
    person.say(f"remove {CGM}", "Device has been removed|not available")
    await connected(CGM, paired)
    return str(await connected(CGM, read))


STEPS: dict[str, Callable[[], Any]] = {
    "pair": lambda: connected(CGM, paired),
    "reconnect": lambda: connected(CGM, read),
    "records": lambda: connected(CGM, records),
    "bolus": lambda: connected(PUMP, bolus),
    "fresh pairings": fresh_pairings,
    "by hand": by_hand,
    "private address": private,
}


async def main() -> None:
    person.say("power on", "succeeded")
    person.say("agent off", "Agent unregistered|No agent")
    person.say("agent KeyboardOnly", "Agent registered")
    person.say("default-agent", "Default agent request successful")
    for name in sys.argv[1:]:
        began = time.monotonic()
        try:
            found = {"found": await asyncio.wait_for(STEPS[name](), STEP_WITHIN_S)}
        except Exception as error:  # whatever it is, it is what the step has found
            found = {"failed": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps({"step": name, "seconds": round(time.monotonic() - began, 1), **found}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
