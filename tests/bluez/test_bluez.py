"""BlueZ, in a machine of its own, talks to a bench: bleak and bluetoothctl over each way in which HCI is offered.

Its kernel, its daemon and its programs are Debian's, unchanged. ``docs/reliability.md`` has the seconds of each step.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.bluez import guest
from tests.bluez.guest import Guest
from tests.harness.counts import note

HERE = Path(__file__).parent
WHY_NOT = guest.missing()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")]

MOST_S = 2_400.0
"""A whole conversation in an emulated machine, on two busy cores."""
LEGS = ("unix", "pty", "vhci", "btvirt")
STEPS = ("pair", "reconnect", "records", "bolus", "fresh pairings", "by hand", "private address")
TALK = """
bluetoothctl --version
chrt -f 1 /usr/libexec/bluetooth/bluetoothd -n &
{attach}
for second in $(seq 60); do bluetoothctl list | grep -q Controller && break; sleep 1; done
python3 /shared/talk.py {steps} >/dev/ttyS2
"""
"""The daemon comes before all else on the machine's one processor: it is back from sending a request before the kernel can take
the answer to it. Else a busy machine is slower than two connection events, and BlueZ loses the request (``docs/ble.md``)."""
ATTACHED = """
for attempt in 1 2 3; do
  btattach -N -B /dev/ttyS1 -P h4 -S 115200 &
  attached=$!
  for second in $(seq 20); do bluetoothctl list | grep -q Controller && break 2; sleep 1; done
  kill $attached
  wait $attached
done
"""
"""Linux waits 2 s for an answer and then gives the controller up: it is attached again. A pty has no modem lines (-N)."""
READY_WITHIN_S = 1_200
"""So long a bench may take to start in an emulated machine."""
BENCH = """
export PYTHONPATH=/checkout/src:/packages ISLETBENCH_DIR=/run/isletbench
python3 -m isletbench up {words} --json --journal /tmp/journal.jsonl >/tmp/ready &
up=$!
while ! grep -q ready /tmp/ready && kill -0 $up; do
  sleep 5
  if [ "$(cut -d. -f1 /proc/uptime)" -gt {within} ]; then echo '{{"late": true}}' >/dev/ttyS2; exit 1; fi
done
unset PYTHONPATH
"""
AGAIN = """
python3 /shared/advertise.py /run/isletbench &
"""
"""BlueZ's emulator reports a device at two instants only: when its advertising begins and when a scan begins. Linux ignores the
latter, for the report comes before it has taken notice that its scan has begun."""
EMULATOR = """
for attempt in 1 2 3; do
  chrt -f 1 btvirt -l3 &
  emulator=$!
  sleep 10
  hciconfig hci0 | grep -q 00:00:00:00:00:00 || break
  kill $emulator
  wait $emulator
done
"""
"""BlueZ's emulator with a controller for each device and one for BlueZ, which has no address where Linux has given it up."""
INSIDE = {
    "vhci": BENCH.format(words="--hci vhci", within=READY_WITHIN_S),
    "btvirt": EMULATOR
    + BENCH.format(words="--radio cgm=hci-socket:1 --radio pump=hci-socket:2", within=READY_WITHIN_S)
    + AGAIN,
}
"""What runs in the guest before BlueZ, where the bench is in it as well."""

SEEN = """
tail -n 300 /tmp/journal.jsonl
"""
"""The end of the bench's journal, on the console, for whoever wants to know why a step failed."""


@functools.cache
def image() -> Path:
    """The guest's files, made at the first use."""
    return guest.built()


@contextmanager
def bench(place: Path, spec: str) -> Iterator[None]:
    """The default rig on this machine, its HCI offered at ``spec``."""
    words = [sys.executable, "-m", "isletbench", "up", "--hci", spec, "--json"]
    words += ["--journal", str(place / "journal.jsonl"), "--btsnoop", str(place / "devices.btsnoop")]
    environment = {**os.environ, "ISLETBENCH_DIR": str(place / "run")}
    up = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert up.stdout is not None
        assert json.loads(up.stdout.readline())["ready"]
        yield
    finally:
        up.terminate()
        up.wait(30)
        assert up.stdout is not None
        up.stdout.close()


def talked(place: Path, hci: str | None) -> tuple[list[dict[str, Any]], str]:
    """What the guest has found out, and its console; under KVM where that works, emulated elsewhere."""
    for kvm in ([True] if Path("/dev/kvm").exists() else []) + [False]:
        machine = Guest(image(), place, hci, kvm=kvm)
        try:
            if kvm and not machine.says_something():
                continue
            machine.wait(MOST_S)
            return [{"kvm": kvm}, *machine.results()], machine.console()
        finally:
            machine.stop()
    raise AssertionError("the last way is tried without a condition")


def run_leg(leg: str, place: Path) -> tuple[list[dict[str, Any]], str]:
    """One way of reaching BlueZ."""
    for name in ("talk.py", "advertise.py"):
        shutil.copy(HERE / name, place)
    words = " ".join(f"'{name}'" for name in STEPS)
    steps = TALK.format(attach="" if leg in INSIDE else ATTACHED, steps=words)
    (place / "steps.sh").write_text(INSIDE.get(leg, "") + steps + (SEEN if leg in INSIDE else ""), encoding="utf-8")
    if leg in INSIDE:
        return talked(place, None)
    spec = f"{leg}:{place / 'hci'}"
    with bench(place, spec):
        return talked(place, f"socket,path={place / 'hci'}" if leg == "unix" else f"serial,path={place / 'hci'}")


@pytest.mark.parametrize("leg", LEGS)
def test_bluez_pairs_bonds_reads_and_doses(leg: str, tmp_path: Path) -> None:
    if leg in INSIDE and f"{sys.version_info.major}.{sys.version_info.minor}" != guest.PYTHON:
        pytest.skip(f"the guest has Python {guest.PYTHON}, these packages are for {sys.version.split()[0]}")
    began = time.monotonic()
    found, console = run_leg(leg, tmp_path)
    if {"kvm": False} in found and {"late": True} in found:
        pytest.skip(
            f"the emulated machine is too slow: after {READY_WITHIN_S} s the bench in it was still starting; KVM mends it"
        )
    steps = {line["step"]: line for line in found if "step" in line}
    assert tuple(steps) == STEPS, console
    assert {name: line["failed"] for name, line in steps.items() if "failed" in line} == {}, console
    answers = {name: line["found"] for name, line in steps.items()}
    records = answers.pop("records")
    assert records["counted"] == records["reported"] >= 1
    assert records["ended"] == "06000101"
    feature = answers["pair"]
    right = {"bolus": "77110100", "fresh pairings": 20, "by hand": "bonded"}
    assert answers == {name: right.get(name, feature) for name in answers}, "what is read again is the same"
    note(
        f"bluez {leg}",
        tried=1,
        steps={**{name: line["seconds"] for name, line in steps.items()}, "in all": round(time.monotonic() - began)},
    )
