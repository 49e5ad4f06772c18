"""Programs written against bleak's public API, as its documentation shows it, run unchanged: with ``isletbench bleak`` in a
process of their own, and in the process of a bench."""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.rigs.rig import load_rig
from isletbench.protocols import cgms, racp
from isletbench.protocols.racp import GENERIC
from tests.interfaces.cli.test_up import Up, start_up
from tests.transports.ble.test_conditions import jumping

PROGRAMS = Path(__file__).with_name("programs")
CGM, PUMP = "F0:10:00:00:00:01", "F0:10:00:00:00:02"


def uuid(number: int) -> str:
    return f"{number:08x}-0000-1000-8000-00805f9b34fb"


COUNT_ALL = GENERIC.encode(racp.Request(racp.Operation.COUNT, racp.Selection(racp.Operator.ALL))).hex()


@dataclass(frozen=True)
class Case:
    """A program, its words, and lines that its output has, each at least once."""

    program: str
    words: tuple[str, ...]
    lines: tuple[str, ...]


CASES = [
    Case("discover", ("0.3",), (f"{CGM} IB-CGM -60 {uuid(0x181F)}", f"{PUMP} IB-Pump -60 {uuid(0x183A)}")),
    Case("detection_callback", (uuid(0x181F), "0.3"), (f"first {CGM}", f"second {CGM}")),
    Case(
        "scan_iterator",
        ("IB-CGM", "IB-Pump"),
        (f"found IB-CGM {CGM}", f"found IB-Pump {PUMP}", "2 discovered, 2 with data"),
    ),
    Case(
        "service_explorer",
        ("IB-CGM",),
        (
            f"connected {CGM} IB-CGM True 517",
            f"service {uuid(0x181F)} Continuous Glucose Monitoring",
            f"characteristic {uuid(0x2AA7)} notify",
            f"characteristic {uuid(0x2A52)} write,indicate",
            f"descriptor {uuid(0x2902)} 0000",
            "disconnected False",
        ),
    ),
    Case(
        "service_explorer",
        ("IB-Pump", "pair"),
        (f"connected {PUMP} IB-Pump True 517", f"characteristic {uuid(0x2B26)} notify", "disconnected False"),
    ),
    Case("service_explorer", ("IB-Nobody", "", "0.5"), ("nobody of that name",)),
    Case("notifications", (CGM, uuid(0x2AA7), "320"), (f"value {uuid(0x2AA7)} ", "done")),
    Case("control_point", (CGM, uuid(0x2A52), COUNT_ALL), ("answer 0500", "refused 2", "gone")),
]
IDS = [" ".join((case.program, *case.words[:1])) for case in CASES]


def holds(output: str, case: Case) -> bool:
    printed = [line.strip() for line in output.splitlines()]
    return all(any(line.startswith(wanted) for line in printed) for wanted in case.lines)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = start_up(tmp_path_factory.mktemp("up"), "--pace", "120x")
    yield running
    running.process.terminate()
    _, stderr = running.process.communicate(timeout=60)
    assert running.process.returncode == 0, stderr


def seconds_for(case: Case) -> tuple[str, ...]:
    """Its words for a program that waits in real time while the bench goes 120 times as fast: a reading every 2.5 s."""
    return tuple("2.7" if word == "320" else word for word in case.words)


FEW = {"notifications", "control_point"}
"""Programs that are played in a process of their own every time: each costs two seconds, and all are played in the bench's."""
APART = [pytest.param(case, marks=[] if case.program in FEW else [pytest.mark.slow]) for case in CASES]


@pytest.mark.parametrize("case", APART, ids=IDS)
def test_in_a_process_of_its_own(case: Case, up: Up) -> None:
    ended = up.run("bleak", "--", str(PROGRAMS / f"{case.program}.py"), *seconds_for(case))
    assert ended.returncode == 0, ended.stderr
    assert holds(ended.stdout, case), ended.stdout
    heard = [line.split()[2] for line in ended.stdout.splitlines() if line.startswith("value")]
    measured = [cgms.MEASUREMENT.decode(bytes.fromhex(value), protected=True) for value in heard]
    samples = {entry["time_offset"]: entry["mg_dl"] for entry in up.entries() if entry.get("ledger") == "sample"}
    assert {m.time_offset: m.glucose for m in measured}.items() <= samples.items(), "what was told is what was measured"


@pytest.mark.slow
def test_over_every_kind_of_place_that_a_program_can_attach_to(tmp_path: Path) -> None:
    places = [f"unix:{tmp_path}/hci", f"pty:{tmp_path}/uart"]
    running = start_up(tmp_path, *(word for place in places for word in ("--hci", place)))
    assert running.ready["hci"] == places
    for place in places:
        ended = running.run("bleak", place, "--", str(PROGRAMS / "service_explorer.py"), "IB-Pump")
        assert ended.returncode == 0, ended.stderr
        assert "disconnected False" in ended.stdout
    running.process.terminate()
    assert running.process.communicate(timeout=60)[1] == ""


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_in_the_process_of_a_bench(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    place = importlib.util.spec_from_file_location(case.program, PROGRAMS / f"{case.program}.py")
    assert place is not None
    assert place.loader is not None
    program = importlib.util.module_from_spec(place)
    place.loader.exec_module(program)

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air, passkey=123456):
                await program.main(*case.words)

    jumping(main())
    output = capsys.readouterr().out
    assert holds(output, case), output
