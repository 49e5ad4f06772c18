"""The floors of the house: imports run downwards only, and each outside world is met in one room."""

import ast
import importlib
from enum import Enum
from typing import get_type_hints

import pytest

from isletbench.emulator.endpoints.registry import KINDS
from tests.harness.architecture import (
    ASSEMBLY,
    FACE,
    LARGEST_CLASS,
    LARGEST_FILE,
    LIBRARIES,
    NAMES_KINDS,
    PACKAGES,
    PAGE,
    PLACE,
    ROOMS_OF_KINDS,
    ROOT,
    STRANGERS,
    Module,
    circles,
    classes,
    drawn,
    files,
    floor_of,
    imports,
    modules,
    neighbours,
    nodes,
    type_checks,
    within,
)


def by_room(*rooms: str) -> list[object]:
    """Every module below these, in one test for each room: a test for each module would be thousands."""
    found: dict[str, list[Module]] = {}
    for module in modules().values():
        if module.name != "emulator" and any(within(module.name, room) for room in rooms):
            found.setdefault(".".join(module.name.split(".")[:2]), []).append(module)
    return [pytest.param(tuple(of_room), id=room) for room, of_room in found.items()]


ALL = by_room(*PACKAGES)


@pytest.mark.parametrize("of_room", ALL)
def test_imports_run_downwards_only(of_room: tuple[Module, ...]) -> None:
    for module in of_room:
        for imported in neighbours(module):
            assert floor_of(imported) <= floor_of(module.name), f"{module.name} imports {imported}, which stands above it"


@pytest.mark.parametrize("of_room", ALL)
def test_a_package_is_imported_by_the_one_name_it_has(of_room: tuple[Module, ...]) -> None:
    for module in of_room:
        for imported in imports(module):
            assert imported.split(".")[0] not in PACKAGES, f"{module.name} imports {imported}: say {FACE}.{imported}"


@pytest.mark.parametrize("of_room", ALL)
def test_strangers_stay_strangers(of_room: tuple[Module, ...]) -> None:
    for module in of_room:
        for strangers in STRANGERS:
            own = {room for room in strangers if within(module.name, room)}
            for imported in neighbours(module):
                others = {room for room in strangers - own if own and within(imported, room)}
                assert not others, f"{module.name} knows {imported}"


@pytest.mark.parametrize("of_room", ALL)
def test_each_outside_world_is_met_in_its_room(of_room: tuple[Module, ...]) -> None:
    for module in of_room:
        for library, rooms in LIBRARIES.items():
            if any(within(imported, library) for imported in imports(module)):
                assert any(within(module.name, room) for room in rooms), f"{module.name} imports {library}"


MACHINES = {get_type_hints(kind.machine)["return"].__name__ for kind in KINDS.values()}


def test_the_machines_are_found_by_the_registry() -> None:
    assert {"Sensor", "Pump"} <= MACHINES


@pytest.mark.parametrize("of_room", ALL)
def test_only_the_assembly_asks_for_a_concrete_transport_or_machine(of_room: tuple[Module, ...]) -> None:
    """Everything else asks ``Carrier``, ``Endpoint`` and ``Machine``; a transport may ask within its own room."""
    for module in of_room:
        if module.name == ASSEMBLY or within(module.name, "emulator.transports"):
            continue
        for name, source in type_checks(module):
            assert not within(source, "emulator.transports"), f"{module.name} asks whether something is a {name}"
            is_machine = name in MACHINES and within(source, "emulator")
            assert not is_machine, f"{module.name} asks whether something is a {name}"


@pytest.mark.parametrize("of_room", by_room("emulator"))
def test_a_kind_of_device_is_named_in_its_own_room_and_the_registry_only(of_room: tuple[Module, ...]) -> None:
    for module in of_room:
        if any(within(module.name, room) for room in (*ROOMS_OF_KINDS, *NAMES_KINDS)):
            continue
        for node in nodes(module):
            named = isinstance(node, ast.Constant) and node.value in KINDS
            assert not named, f"{module.name} names a kind of device in line {getattr(node, 'lineno', 0)}"
        for imported in neighbours(module):
            assert not imported.endswith(".kind") or imported == "emulator.endpoints.kind", f"{module.name} imports {imported}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles() == []


WITHOUT_PACKETS = ("emulator.pump", "emulator.cgm", "emulator.meter")
RESPONSES = {"Response", "Outcome", "AttCode", "AttError"}


@pytest.mark.parametrize("of_room", by_room(*WITHOUT_PACKETS))
def test_a_machine_builds_no_packet_and_knows_no_response_code(of_room: tuple[Module, ...]) -> None:
    """Of ``protocols`` a machine knows enumerations only: the words of its kind (therapy states, types of bolus).

    Number formats are not among them: SFLOAT, ``Special`` and ``DateTime`` say how a value is written on a wire, and a machine
    has integers, ``None`` and ``datetime``. A response code is an enumeration and says how a protocol answers: it is not
    vocabulary either.
    """
    for module in of_room:
        for node in nodes(module):
            if not isinstance(node, ast.ImportFrom) or not within(node.module or "", f"{FACE}.protocols"):
                continue
            assert node.module is not None
            there = importlib.import_module(node.module)
            for alias in node.names:
                found = getattr(there, alias.name)
                vocabulary = isinstance(found, type) and issubclass(found, Enum)
                assert vocabulary, f"{module.name} imports {node.module}.{alias.name}, which is no enumeration"
                assert alias.name not in RESPONSES, f"{module.name} knows how a protocol answers: {alias.name}"


def test_no_module_stands_loose_in_emulator() -> None:
    assert [path.name for path in (ROOT / "emulator").glob("*.py")] == ["__init__.py"]


def test_no_file_is_larger_than_430_lines_and_no_class_than_300() -> None:
    large = {name: lines for name, lines in files().items() if lines > LARGEST_FILE}
    assert large == {}
    large = {name: lines for name, lines in classes().items() if lines > LARGEST_CLASS}
    assert large == {}


def test_the_page_is_printed_from_the_tables() -> None:
    assert PLACE.findall(PAGE.read_text(encoding="utf-8")) == [drawn()], "run: python -m tests.harness.architecture"


@pytest.mark.parametrize("of_room", by_room("protocols", "emulator.cgm", "emulator.pump", "emulator.meter", "emulator.patient"))
def test_the_core_owns_no_randomness_and_no_time(of_room: tuple[Module, ...]) -> None:
    """Randomness is a seeded generator handed in by name; the module-level functions of ``random`` are shared and forbidden."""
    for module in of_room:
        for node in nodes(module):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
                assert node.attr == "Random", f"{module.name} draws from the shared random.{node.attr}"
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"} and isinstance(node.value, ast.Name):
                assert node.value.id not in {"datetime", "date"}, f"{module.name} asks what time it is"
