"""A few random scripts, more with ``--slow``; `python -m tests.firmware.fuzz` plays as many as one likes."""

import pytest

from tests.firmware.fuzz import Fuzzer
from tests.firmware.lineup import DEVICES, PORTS, lacks


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("port", PORTS)
def test_random_scripts_make_no_difference(port: str, device: str, pytestconfig: pytest.Config) -> None:
    if why := lacks(port, device):
        pytest.skip(why)
    fuzzer = Fuzzer(port, device)
    runs = 100 if pytestconfig.getoption("--slow") else 4
    fuzzer.run(runs, start=1, longest=15)
    assert fuzzer.scripts >= runs
    assert fuzzer.turns > fuzzer.scripts
