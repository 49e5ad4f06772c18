"""Projects of users, made here, that have isletbench's wheel installed: each with a pytest of its own, warnings as errors.

pytest loads no plugins but those that the project names, as in an environment in which there are no others.
"""

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.conftest import Environment

OURS = "isletbench.emulator.interfaces.pytest.plugin"
ASYNCIO, ANYIO, XDIST = "pytest_asyncio.plugin", "anyio.pytest_plugin", "xdist.plugin"
ONE_LOOP = Path(__file__).with_name("one_loop.py.txt")


@dataclass
class Project:
    """A project in a directory of its own."""

    environment: Environment
    place: Path

    def write(self, **files: str) -> None:
        """Write modules of it."""
        for name, text in files.items():
            (self.place / f"{name}.py").write_text(text, encoding="utf-8")

    def pytest(self, *words: str, plugins: tuple[str, ...] = ()) -> str:
        """What its pytest prints, warnings being errors."""
        loaded = [word for plugin in (*plugins, OURS) for word in ("-p", plugin)]
        command = [str(self.environment.python), "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *loaded, *words]
        settings = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "XDG_RUNTIME_DIR": str(self.place)}
        ended = subprocess.run(command, cwd=self.place, env=settings, capture_output=True, text=True, timeout=200, check=False)
        return ended.stdout + ended.stderr


@pytest.fixture
def project(installed: Environment, tmp_path: Path) -> Project:
    """A project without a file."""
    return Project(installed, tmp_path)


PLAIN = """
import pytest
import serial

from isletbench import SerialClient


def test_pyserial_opens_both_ports(serial_ports):
    assert set(serial_ports) == {"cgm", "pump"}
    for port in serial_ports.values():
        serial.Serial(port).close()


@pytest.mark.fault("no_response", device="cgm", name="silence")
def test_devices_and_clock_without_await(bench, pump, cgm, clock):
    with pump.connected() as link:
        assert link.name == "pump"
    pump.do("suspend")
    cgm.clear("silence")
    before = clock.now
    clock.passes("2m")
    assert clock.now >= before + 120_000
    assert pump.state["therapy"] == "STOP"
    assert bench.status()["devices"]["pump"]["kind"] == "pump"


def test_of_a_module_once(module_bench):
    test_of_a_module_once.bench = module_bench


def test_of_a_module_twice(module_bench, session_bench):
    assert test_of_a_module_once.bench is module_bench is not session_bench
    assert set(module_bench.serial_ports.values()).isdisjoint(session_bench.serial_ports.values())


@pytest.mark.scenario("LNK-12")
def test_verdict(bench):
    pass


@pytest.mark.pace(60)
def test_wrong_pace(bench):
    pass


@pytest.mark.pace("jump")
def test_jump(bench):
    pass


@pytest.mark.rig("no-such-rig")
def test_wrong_rig(pump):
    pass


@pytest.mark.seed("seven")
def test_wrong_seed(pump):
    pass


def test_an_action_that_there_is_not(pump):
    pump.do("dance")


async def test_async_without_a_plugin_for_it(bench):
    pass
"""


def test_a_project_whose_tests_are_not_async(project: Project) -> None:
    project.write(test_plain=PLAIN)
    said = project.pytest()
    assert "4 passed" in said, said
    assert "INTERNALERROR" not in said
    for sentence in (
        "LNK-12: An alarm while nobody is connected",
        "@pytest.mark.pace: expected pace(text) with text, got pace(60)",
        "pace jump: a test that is not async has its own clock; expected real or a factor such as 60x",
        "no-such-rig: there is no such file; expected a rig file or one of",
        "action 'dance': a pump knows suspend",
        "@pytest.mark.seed: expected seed(number) with a number, got seed('seven')",
    ):
        assert said.count(sentence) >= 1, sentence
    assert re.search(r"^FAILED test_plain.py::test_verdict - ", said, re.MULTILINE), (
        "a failure of the test, not of its teardown"
    )
    assert "def " not in "".join(line for line in said.splitlines() if "test_" not in line), "sentences, no tracebacks of ours"


OWN_NAMES = """
import pytest


def pytest_addoption(parser):
    parser.addoption("--rig", default="the project's own")


def pytest_configure(config):
    config.addinivalue_line("markers", "scenario(number): the project's own")


@pytest.fixture
def bench():
    return "the project's own bench"


@pytest.fixture
def clock(bench):
    return f"a clock of {bench}"
"""
TEST_OWN_NAMES = """
import pytest


@pytest.mark.scenario(7)
@pytest.mark.pace(60)
def test_own_names(bench, clock, request):
    assert (bench, clock) == ("the project's own bench", "a clock of the project's own bench")
    assert request.config.getoption("--rig") == "mine"


def test_ours_beside_them(bluetooth):
    assert set(bluetooth) == {"cgm", "pump"}
"""


def test_a_project_with_fixtures_markers_and_an_option_of_these_names(project: Project) -> None:
    project.write(conftest=OWN_NAMES, test_own_names=TEST_OWN_NAMES)
    said = project.pytest("--rig", "mine")
    assert "2 passed" in said, said


def test_benches_run_on_the_loop_of_the_test_that_asks(project: Project) -> None:
    project.write(test_one_loop=ONE_LOOP.read_text(encoding="utf-8"))
    said = project.pytest("-o", "asyncio_default_fixture_loop_scope=function", plugins=(ASYNCIO,))
    assert "4 passed" in said, said


@pytest.mark.slow
def test_a_project_that_runs_everything_on_one_loop(project: Project) -> None:
    text = (
        "import pytest\nfrom bleak import BleakClient\n\n"
        "@pytest.mark.parametrize('again', range(3))\nasync def test_one_value(bench, bluetooth, again):\n"
        "    async with BleakClient(bluetooth['cgm'], pair=True) as client:\n"
        "        assert len(await client.read_gatt_char('00002aa8-0000-1000-8000-00805f9b34fb')) == 6\n"
    )
    project.write(test_session=text)
    options = ("asyncio_mode=auto", "asyncio_default_fixture_loop_scope=session", "asyncio_default_test_loop_scope=session")
    began = time.monotonic()
    said = project.pytest(*(word for option in options for word in ("-o", option)), plugins=(ASYNCIO,))
    assert "3 passed" in said, said
    assert time.monotonic() - began < 150


ON_ANYIO = """
import pytest
from bleak import BleakClient

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def client(bluetooth):
    async with BleakClient(bluetooth["cgm"], pair=True) as connected:
        yield connected


async def test_it(bench, client, pump):
    assert len(await client.read_gatt_char("00002aa8-0000-1000-8000-00805f9b34fb")) == 6
    assert pump.state["kind"] == "pump"
"""


@pytest.mark.slow
def test_a_project_on_anyio_without_pytest_asyncio(project: Project) -> None:
    project.write(test_anyio=ON_ANYIO)
    said = project.pytest(plugins=(ANYIO,))
    assert "1 passed" in said, said


@pytest.mark.slow
def test_a_project_whose_tests_run_side_by_side_and_beside_a_bench_that_is_up(project: Project) -> None:
    text = (
        "import pytest, serial\n\n"
        "@pytest.mark.parametrize('number', range(4))\ndef test_ports(serial_ports, number):\n"
        "    serial.Serial(serial_ports['pump']).close()\n"
    )
    project.write(test_ports=text)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(project.place)}
    environment.pop("ISLETBENCH_DIR", None)
    command = [str(project.environment.python), "-m", "isletbench", "up", "--json"]
    with subprocess.Popen(command, cwd=project.place, env=environment, stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout is not None
        assert up.stdout.readline()
        said = project.pytest("-n", "2", plugins=(XDIST,))
        up.terminate()
    assert "4 passed" in said, said


@pytest.mark.slow
def test_a_project_that_does_not_use_it(project: Project) -> None:
    project.write(test_other="def test_other():\n    assert 1 + 1 == 2\n")
    said = project.pytest()
    assert "1 passed" in said, said
    assert "warning" not in said
