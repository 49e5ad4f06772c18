"""A few random scripts, more with ``--slow``; `python -m tests.firmware.fuzz` plays as many as one likes."""

import pytest

from tests.firmware.fuzz import Fuzzer
from tests.firmware.lineup import DEVICES, GUARDED, PORTS, lacks


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("port", PORTS)
def test_random_scripts_make_no_difference(port: str, device: str, pytestconfig: pytest.Config) -> None:
    if why := lacks(port):
        pytest.skip(why)
    fuzzer = Fuzzer(port, device)
    runs = 100 if pytestconfig.getoption("--slow") else 4
    fuzzer.run(runs, start=1, longest=15)
    assert fuzzer.scripts >= runs
    assert fuzzer.turns > fuzzer.scripts


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
def test_random_scripts_find_nothing_amiss_in_its_memory(device: str) -> None:
    if why := lacks(GUARDED):
        pytest.skip(why)
    fuzzer = Fuzzer(GUARDED, device)
    fuzzer.run(runs=60, start=2, longest=30)
    assert fuzzer.scripts >= 60
