"""Rig files: what is wrong is said with the file, the key and what was expected."""

from datetime import time
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from isletbench.emulator.endpoints.cgms.kind import CgmDevice
from isletbench.emulator.endpoints.ids.kind import PumpDevice
from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
from isletbench.emulator.rigs.rig import RigError, load_rig, parse, rigs_of_the_package

DEFAULT = (files("isletbench.hil_rigs") / "default.toml").read_text(encoding="utf-8")


def test_the_default_rig_has_a_cgm_and_a_pump() -> None:
    rig = load_rig()
    assert isinstance(rig.devices["cgm"], CgmDevice)
    pump = rig.devices["pump"]
    assert isinstance(pump, PumpDevice)
    assert pump.reservoir == Decimal(200)
    assert pump.basal[0].at == time(0)
    assert pump.basal[0].rate == Decimal("0.70")


@pytest.mark.parametrize("name", rigs_of_the_package())
def test_every_rig_of_the_package_can_be_read(name: str) -> None:
    assert load_any(name).name == name


def test_a_rig_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(DEFAULT.replace('name = "default"', 'name = "mine"'))
    assert load_rig(str(path)).name == "mine"


@pytest.mark.parametrize(
    ("instead_of", "write", "words"),
    [
        ('kind = "cgm"', 'kind = "toaster"', "devices.cgm.kind: expected one of cgm, pump"),
        ("schema = 1", "schema = 2", "schema: expected 1 or less, got 2"),
        ("schema = 1", "", "schema: expected 1, it is missing"),
        ("seed = 1", "seed = ", "not valid TOML"),
        ("seed = 1", "sede = 1", "sede: there is no such key here"),
        ("rate = 0.70", 'rate = "much"', "devices.pump.basal.0.rate: expected a number, got 'much'"),
        ("rate = 0.70", "rate = 0.00000001", "devices.pump.basal.0.rate: 1E-8 U is not a whole number of micro-units"),
        ("at = 00:00:00", "at = 00:10:00", "devices.pump: basal: expected blocks in ascending order from 00:00"),
        ("at = 04:00:00", "at = 08:00:00", "devices.pump: basal: expected blocks in ascending order from 00:00"),
        ("reservoir = 200", "reservoir = -1", "devices.pump.reservoir: expected 0 or more, got -1"),
        ("F0:10:00:00:00:01", "F0:10:00:00:00:02", "the Bluetooth address F0:10:00:00:00:02 is given to two devices"),
        ("F0:10:00:00:00:01", "10:10:00:00:00:01", "devices.cgm.ble.address: expected a static random address"),
        ("IB-Pump", "IB-CGM", "the Bluetooth name IB-CGM is given to two devices"),
        ("passkey = 123456", "passkey = 1234567", "devices.cgm.ble.passkey: expected 999999 or less"),
        (
            'serial = "pty:"',
            'serial = "tcp:1"',
            "devices.cgm: serial 'tcp:1': expected pty:, pty:PATH, tcp:HOST:PORT, rfc2217:",
        ),
        ("[devices.cgm]", "[devices.CGM]", "devices.CGM"),
        ('serial = "pty:"', 'serial = "pty:"\nclient = "/dev/ttyUSB0"', "devices.cgm: client: expected with serial:PATH only"),
        ("seed = 1", "[firmware]", "firmware: this rig runs firmware, which is no part of the bench"),
        ("trace = ", "tracks = ", "devices.cgm.glucose.kind: expected one of trace"),
    ],
)
def test_what_is_wrong_is_named(instead_of: str, write: str, words: str) -> None:
    assert instead_of in DEFAULT
    with pytest.raises(RigError) as caught:
        parse(DEFAULT.replace(instead_of, write, 1), "mine.toml")
    assert str(caught.value).startswith(f"mine.toml: {words}")


def test_a_rig_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(RigError, match=r"nowhere: there is no such file; expected a rig file or one of .*default"):
        load_rig("nowhere")


def test_a_file_that_cannot_be_read_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RigError, match="expected text in UTF-8"):
        load_rig(str(tmp_path / "binary.toml"))
    with pytest.raises(RigError, match="expected a file, and it is a directory"):
        load_rig(str(tmp_path))
