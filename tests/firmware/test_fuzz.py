"""A few random scripts; `python -m tests.firmware.fuzz` plays as many as one likes."""

from pathlib import Path

import pytest

from tests.firmware.fuzz import Fuzzer
from tests.firmware.lineup import DEVICES, lacks


@pytest.mark.parametrize("device", DEVICES)
def test_random_scripts_make_no_difference(subject: str, device: str, tmp_path: Path) -> None:
    if why := lacks(subject, device):
        pytest.skip(why)
    fuzzer = Fuzzer(subject, device, tmp_path)
    fuzzer.run(runs=10, start=1, longest=20)
    assert fuzzer.scripts >= 10
