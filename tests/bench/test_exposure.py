"""Ports that other machines can reach are refused, unless they are wanted: a pump there would obey anybody."""

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.exposure import is_loopback
from isletbench.emulator.rigs import rig
from isletbench.emulator.rigs.rig import RigError, parse

PUMP = """
schema = 1
name = "mine"
[devices.pump]
kind = "pump"
serial = "{serial}"
basal = [{{ at = 00:00:00, rate = 1.0 }}]
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.4.5", "localhost", "::1", "[::1]"])
def test_loopback_is_only_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "192.168.1.7", "bench.lab", "127.0.0.1.example", "", "0"])  # noqa: S104
def test_anything_else_may_be_reached_by_others(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("serial", ["tcp:0.0.0.0:4000", "rfc2217:0.0.0.0:0", "tcp:bench.lab:4000"])
def test_a_serial_port_that_others_reach_is_refused_unless_it_is_wanted(serial: str) -> None:
    found = parse(PUMP.format(serial=serial), "mine.toml")
    with pytest.raises(RigError, match=rf"^mine.toml: devices.pump.serial {serial}: other machines .*expected 127.0.0.1"):
        Bench(found, ports=Ports.REAL)
    assert Bench(found, ports=Ports.REAL, exposes=True).exposed == {"devices.pump.serial": serial}
    assert Bench(found, ports=Ports.MEMORY).exposed == {}


def test_so_is_hci_and_the_first_of_several_is_named() -> None:
    hci = ["unix:/tmp/hci", "tcp:127.0.0.1:0", "tcp:0.0.0.0:5000"]
    with pytest.raises(RigError, match=r"HCI 3: tcp:0\.0\.0\.0:5000: other machines could reach it"):
        Bench(rig.load_rig(), ports=Ports.REAL, hci=hci)
    assert Bench(rig.load_rig(), ports=Ports.REAL, hci=hci[:2]).exposed == {}
