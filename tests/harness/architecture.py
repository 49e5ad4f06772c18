"""The house as a table: floors, rooms that never import each other, where libraries may be met, and what is imported."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FACE = "isletbench"
PACKAGES = ("protocols", "emulator", "hil_rigs")

# From the ground up. A module imports from its own floor and from those below it; the longest prefix decides.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("protocols",),
    ("emulator.core",),
    ("emulator.gatt", "emulator.pump", "emulator.cgm", "emulator.meter", "emulator.patient", "emulator.metrics"),
    ("emulator.journal", "emulator.transports"),
    ("emulator.endpoints", "emulator.faults", "emulator.collectors"),
    ("emulator.rigs", "hil_rigs"),
    ("emulator.bench", "emulator.codegen"),
    ("emulator.scenarios",),
    ("emulator.audit", "emulator.campaigns", "emulator.reports"),
    ("emulator.interfaces", "hil_rigs.clients"),
)

# Rooms that never import each other.
STRANGERS: tuple[frozenset[str], ...] = (
    frozenset({"emulator.cgm", "emulator.pump", "emulator.meter", "emulator.patient", "emulator.gatt", "emulator.metrics"}),
    frozenset({"emulator.journal", "emulator.transports"}),
    frozenset({"emulator.endpoints", "emulator.faults", "emulator.collectors"}),
    frozenset({"emulator.bench", "emulator.codegen"}),
)

# Where a library of the outside world may be met, and nowhere else.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "asyncio": (
        "emulator.core.clock",
        "emulator.journal.tail",
        "emulator.transports",
        "emulator.collectors",
        "emulator.rigs.bring_up",
        "emulator.bench",
        "emulator.scenarios",
        "emulator.audit",
        "emulator.interfaces",
        "hil_rigs.clients",
    ),
    "bumble": ("emulator.transports.ble",),
    "bleak": ("emulator.collectors", "hil_rigs.clients"),
    "labgrid": ("hil_rigs.clients",),
    "serial": ("emulator.collectors", "emulator.interfaces.cli", "hil_rigs.clients"),
    "serialx": ("emulator.transports",),
    "construct": ("protocols",),
    "construct_typed": ("protocols",),
    "time": (
        "emulator.core.clock",
        "emulator.interfaces.cli",
        "emulator.collectors",
        "emulator.transports",
        "emulator.campaigns.forked",
        "hil_rigs.clients",
    ),
    "logging": (
        "emulator.transports",
        "emulator.collectors",
        "emulator.interfaces",
        "emulator.bench",
    ),
}


# The only module that may ask whether something is a concrete transport or machine.
ASSEMBLY = "emulator.bench.assembly"

# The rooms of the kinds of device, and the registry that knows them all.
ROOMS_OF_KINDS: tuple[str, ...] = (
    *("emulator.cgm", "emulator.pump", "emulator.meter"),
    *("emulator.endpoints.cgms", "emulator.endpoints.ids", "emulator.endpoints.gls", "emulator.endpoints.registry"),
    "emulator.endpoints.dexcom_receiver",  # a personality is the face of one kind
    "emulator.endpoints.paradigm",  # likewise
)

# What else may name a kind of device, and why.
NAMES_KINDS: dict[str, str] = {
    "emulator.codegen": "the firmware stubs are two devices of their own, a sensor and a pump",
    "emulator.interfaces.pytest.plugin": "the fixtures `cgm` and `pump` are for the kinds of this package",
    "emulator.journal": "a journal has no service for a characteristic: it is found by the kind of device",
    "emulator.scenarios.scenario": "the scenarios of this package are played to clients of a sensor and a pump",
}


@dataclass(frozen=True, slots=True)
class Module:
    """A module, by its name below ``isletbench``."""

    name: str
    path: Path

    @property
    def room(self) -> str:
        """The room it stands in: ``emulator.cgm``, ``protocols``."""
        parts = self.name.split(".")
        return ".".join(parts[:2]) if parts[0] == "emulator" else parts[0]


@cache
def modules() -> dict[str, Module]:
    """Every module of the packages."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path)
    return found


@cache
def tree(module: Module) -> ast.Module:
    """Its syntax tree."""
    return ast.parse(module.path.read_text(encoding="utf-8"))


@cache
def nodes(module: Module) -> tuple[ast.AST, ...]:
    """Every node of its syntax tree: walked once, asked by every rule."""
    return tuple(ast.walk(tree(module)))


@cache
def imports(module: Module) -> frozenset[str]:
    """Every dotted name it imports, lazily or not; for a name taken from a package that name as well."""
    found = set()
    for node in nodes(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name} imports relatively: say the whole name"
            assert node.module is not None
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return frozenset(found)


@cache
def sources(module: Module) -> dict[str, str]:
    """Where the names that it imports from us come from: name in this module to the module it is taken from."""
    found: dict[str, str] = {}
    for node in nodes(module):
        if isinstance(node, ast.ImportFrom) and node.module and within(node.module, FACE):
            found |= {alias.asname or alias.name: node.module.removeprefix(FACE).lstrip(".") for alias in node.names}
    return found


def type_checks(module: Module) -> list[tuple[str, str]]:
    """The classes of ours that it asks for, by ``isinstance`` or in a ``case``: name, and module it is taken from."""
    asked: list[str] = []
    for node in nodes(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            asked += [name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)]
        elif isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name):
            asked.append(node.cls.id)
    return [(name, sources(module)[name]) for name in asked if name in sources(module)]


@cache
def neighbours(module: Module) -> frozenset[str]:
    """The modules of ours that it imports from: of a name taken from a package, the submodule where it is one."""
    found = set()
    for node in nodes(module):
        if isinstance(node, ast.ImportFrom) and node.module and within(node.module, FACE):
            package = node.module.removeprefix(FACE).lstrip(".")
            for alias in node.names:
                name = f"{package}.{alias.name}"
                found.add(name if name in modules() else package)
    return frozenset(found - {"", module.name})


def within(name: str, prefix: str) -> bool:
    """Whether a dotted name is ``prefix`` or stands below it."""
    return name == prefix or name.startswith(prefix + ".")


def floor_of(name: str) -> int:
    """The floor of a module, from 0."""
    fits = [(len(prefix), floor) for floor, prefixes in enumerate(FLOORS) for prefix in prefixes if within(name, prefix)]
    assert fits, f"{name} is on no floor: join one, do not open one"
    return max(fits)[1]


def circles() -> list[list[str]]:
    """Modules that import each other in a loop, lazy imports counted: strongly connected components (Tarjan 1972)."""
    graph = {name: sorted(neighbours(module) & set(modules())) for name, module in modules().items()}
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in graph[name]:
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            at = stack.index(name)
            component = stack[at:]
            del stack[at:]
            if len(component) > 1:
                found.append(sorted(component))

    for name in graph:
        if name not in order:
            visit(name)
    return found


# Sizes

LARGEST_FILE, LARGEST_CLASS = 430, 300
"""Lines."""


def files() -> dict[str, int]:
    """The lines of every module."""
    return {name: len(module.path.read_text(encoding="utf-8").splitlines()) for name, module in modules().items()}


def classes() -> dict[str, int]:
    """The lines of every class."""
    return {
        f"{name}.{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for name, module in modules().items()
        for node in nodes(module)
        if isinstance(node, ast.ClassDef)
    }


# The page

PAGE = ROOT / "docs" / "architecture.md"
PLACE = re.compile(r"(?<=<!-- made by python -m tests.harness.architecture -->\n).*?(?=\n<!-- end -->)", re.DOTALL)


def rooms() -> dict[str, str]:
    """Every room that is there, and what it is for: the first paragraph of its package's docstring."""
    found = {}
    for prefixes in FLOORS:
        for prefix in prefixes:
            if prefix in modules():
                text = ast.get_docstring(tree(modules()[prefix])) or ""
                found[prefix] = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    return found


def drawn() -> str:
    """The part of the page that is made from the tables of this module."""
    known = rooms()
    lines = ["| floor | room | what it is for |", "|---|---|---|"]
    placed = [(floor, room) for floor, there in enumerate(FLOORS, 1) for room in there if room in known]
    placed.sort(key=lambda place: -place[0])
    lines += [f"| {floor} | `{room.replace('.', '/')}/` | {known[room]} |" for floor, room in placed]
    lines += ["", "Rooms that never import each other:", ""]
    lines += ["* " + ", ".join(f"`{room}`" for room in sorted(strangers & known.keys())) for strangers in STRANGERS]
    lines += ["", "| library | may be imported in |", "|---|---|"]
    lines += [f"| `{library}` | {', '.join(f'`{room}`' for room in where)} |" for library, where in LIBRARIES.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(PLACE.sub(lambda _: drawn(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
