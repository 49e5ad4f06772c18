"""The floors of the house: imports run downwards only, and each outside world is met in one room."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("protocols", "emulator", "hil_rigs")

# From the ground up. A module may import from its own floor and from those below it; the longest prefix decides.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("protocols",),
    ("isletbench.emulator.core.quantities", "isletbench.emulator.core.clock", "isletbench.emulator.core.chance"),
    (
        "isletbench.emulator.core.device",
        "isletbench.emulator.core.ring",
        "isletbench.emulator.gatt.record_access",
        "isletbench.emulator.core.models",
        "isletbench.emulator.journal.beliefs",
        "isletbench.emulator.rigs.tuning",
        "isletbench.emulator.core.actions",
    ),
    ("isletbench.emulator.gatt",),
    (
        "isletbench.emulator.gatt.companions",
        "isletbench.emulator.gatt.catalogue",
        "isletbench.emulator.journal.conversation",
        "isletbench.emulator.codegen",
    ),
    ("isletbench.emulator.cgm", "isletbench.emulator.pump"),
    (
        "isletbench.emulator.journal.writer",
        "isletbench.emulator.transports.carrier",
        "isletbench.emulator.collectors",
        "isletbench.emulator.bench.state_file",
    ),
    ("isletbench.emulator.bench.host",),
    ("isletbench.emulator.faults",),
    ("hil_rigs",),
    (
        "isletbench.emulator.rigs.rig",
        "isletbench.emulator.core.running",
        "isletbench.emulator.patient.traces",
        "isletbench.emulator.bench.steering",
        "isletbench.emulator.rigs.wiring",
        "isletbench.emulator.rigs.wiring_pictures",
        "isletbench.emulator.codegen.profiles",
        "isletbench.emulator.codegen.sensors",
    ),
    ("isletbench.emulator.scenarios.checks",),
    ("isletbench.emulator.bench.store", "isletbench.emulator.journal.replay"),
    ("isletbench.emulator.bench.bench", "isletbench.emulator.rigs.bring_up"),
    ("isletbench.emulator.scenarios.scenario",),
    ("isletbench.emulator.scenarios.judge",),
    (
        "isletbench.emulator.interfaces.control",
        "isletbench.emulator.interfaces.terminal.display",
        "isletbench.emulator.interfaces.pytest.plugin",
        "isletbench.emulator.interfaces.pytest.devices",
    ),
    ("isletbench.emulator.scenarios.belief_pipe",),
    ("isletbench.emulator.scenarios.program",),
    ("isletbench.emulator.scenarios.junit",),
    ("isletbench",),
    ("isletbench.hil_rigs.clients",),
)
STRANGERS = (("isletbench.emulator.cgm", "isletbench.emulator.pump"),)

# Where a library of the outside world may be met, and nowhere else.
ROOMS = {
    "asyncio": (
        "isletbench.emulator.core.clock",
        "isletbench.emulator.bench.host",
        "isletbench.emulator.bench.steering",
        "isletbench.emulator.bench.bench",
        "isletbench.emulator.rigs.bring_up",
        "isletbench.emulator.scenarios.judge",
        "isletbench.emulator.scenarios.belief_pipe",
        "isletbench.emulator.scenarios.program",
        "isletbench.emulator.interfaces.control",
        "isletbench.emulator.interfaces.terminal.display",
        "isletbench",
        "isletbench.emulator.transports.carrier",
        "isletbench.emulator.collectors",
        "isletbench.emulator.interfaces.pytest.plugin",
        "isletbench.hil_rigs.clients",
    ),
    "bumble": ("isletbench.emulator.transports.ble",),
    "bleak": ("isletbench.emulator.collectors", "isletbench.hil_rigs.clients"),
    "labgrid": ("isletbench.hil_rigs.clients",),
    "serial": ("isletbench.emulator.collectors", "isletbench", "isletbench.hil_rigs.clients"),
    "serialx": ("isletbench.emulator.transports.carrier",),
    "construct": ("protocols",),
    "construct_typed": ("protocols",),
    "time": (
        "isletbench.emulator.core.clock",
        "isletbench",
        "isletbench.emulator.collectors",
        "isletbench.emulator.transports.carrier",
        "isletbench.hil_rigs.clients",
    ),
    "logging": (
        "isletbench.emulator.transports.carrier",
        "isletbench.emulator.collectors",
        "isletbench.emulator.interfaces.control",
        "isletbench",
        "isletbench.emulator.bench.bench",
    ),
}


def modules() -> list[tuple[str, Path]]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


def imports(name: str, path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively: say the whole name"
            assert node.module is not None
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def floor_of(name: str) -> int:
    fits = [(len(prefix), floor) for floor, prefixes in enumerate(FLOORS) for prefix in prefixes if within(name, prefix)]
    assert fits, f"{name} is on no floor: join one, do not open one"
    return max(fits)[1]


ALL = [pytest.param(name, path, id=name) for name, path in modules() if name != "emulator"]


@pytest.mark.parametrize(("name", "path"), ALL)
def test_imports_run_downwards_only(name: str, path: Path) -> None:
    floor = floor_of(name)
    for imported in imports(name, path):
        if imported.split(".")[0] in PACKAGES and imported != "emulator":
            assert floor_of(imported) <= floor, f"{name} imports {imported}, which stands above it"


@pytest.mark.parametrize(("name", "path"), ALL)
def test_strangers_stay_strangers(name: str, path: Path) -> None:
    for one, other in STRANGERS:
        if within(name, one):
            assert not any(within(imported, other) for imported in imports(name, path)), f"{name} knows {other}"
        if within(name, other):
            assert not any(within(imported, one) for imported in imports(name, path)), f"{name} knows {one}"


@pytest.mark.parametrize(("name", "path"), ALL)
def test_each_outside_world_is_met_in_its_room(name: str, path: Path) -> None:
    for library, rooms in ROOMS.items():
        if any(within(imported, library) for imported in imports(name, path)):
            assert any(within(name, room) for room in rooms), f"{name} imports {library}"


@pytest.mark.parametrize(
    ("name", "path"), [p for p in ALL if str(p.values[0]).startswith("isletbench.emulator.transports.carrier")]
)
def test_transports_know_no_device(name: str, path: Path) -> None:
    known = {i for i in imports(name, path) if within(i, "isletbench.emulator.cgm") or within(i, "isletbench.emulator.pump")}
    assert not known


@pytest.mark.parametrize(
    ("name", "path"),
    [
        p
        for p in ALL
        if any(within(str(p.values[0]), core) for core in ("protocols", "isletbench.emulator.cgm", "isletbench.emulator.pump"))
    ],
)
def test_the_core_owns_no_randomness_and_no_time(name: str, path: Path) -> None:
    """Randomness is a seeded generator handed in by name; the module-level functions of ``random`` are shared and forbidden."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
            assert node.attr == "Random", f"{name} draws from the shared random.{node.attr}"
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"} and isinstance(node.value, ast.Name):
            assert node.value.id not in {"datetime", "date"}, f"{name} asks what time it is"
