"""A few random scripts; `python -m tests.firmware.fuzz` plays as many as one likes."""

import pytest

from tests.firmware.fuzz import Fuzzer
from tests.firmware.lineup import DEVICES, lacks


@pytest.mark.parametrize("device", DEVICES)
def test_random_scripts_make_no_difference(subject: str, device: str) -> None:
    if why := lacks(subject, device):
        pytest.skip(why)
    fuzzer = Fuzzer(subject, device)
    fuzzer.run(runs=10, start=1, longest=20)
    assert fuzzer.scripts >= 10
