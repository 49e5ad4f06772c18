"""What a run depends on besides its cell: the code of the bench, the rig, and the files of the client."""

import hashlib
import importlib.util
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from isletbench.emulator.campaigns.cell import Cell, ClientUnderTest, equipped, origin_of
from isletbench.emulator.campaigns.plain import hash_of
from isletbench.emulator.scenarios.scenario import validated

WITHOUT_EFFECT = ("campaigns", "codegen", "interfaces", "reports")
"""Rooms of the emulator that no run depends on."""


def package_version() -> str:
    """The version of the package; ``unknown`` where it is not installed."""
    try:
        return version("isletbench")
    except PackageNotFoundError:
        return "unknown"


@cache
def code_version() -> str:
    """The version of the package, and what stands for the code that runs depend on."""
    root = Path(str(files("isletbench.emulator"))).resolve().parent
    return f"{package_version()}+{_digest(_code(root), root)}"


def _code(root: Path) -> Iterator[Path]:
    for room in sorted((root / "emulator").iterdir()):
        if room.name not in WITHOUT_EFFECT:
            yield from sorted(room.rglob("*.py"))
    yield from sorted((root / "protocols").rglob("*.py"))
    yield from sorted((root / "hil_rigs" / "traces").iterdir())


def _digest(paths: Iterable[Path], root: Path | None = None) -> str:
    found = hashlib.sha256()
    for path in paths:
        if path.is_file():
            found.update(path.name.encode() if root is None else path.relative_to(root).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


_RIGS: dict[str, str] = {}


def rig_hash(cell: Cell) -> str:
    """What stands for the rig of a cell, the recordings that it names as files included. Raises ``ScenarioError``."""
    plain = equipped(cell)
    known = hash_of(*(plain.get(part) for part in ("rig", "devices", "patient")))
    if known not in _RIGS:
        rig = validated(plain, origin_of(cell)).rig_of()
        content = rig.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"seed"})
        _RIGS[known] = hash_of(content, _digest(sorted(_files_in(content))))
    return _RIGS[known]


def _files_in(plain: Any) -> Iterator[Path]:
    match plain:
        case dict():
            for inner in plain.values():
                yield from _files_in(inner)
        case list():
            for inner in plain:
                yield from _files_in(inner)
        case str() if "/" in plain and len(plain) < 1_000 and Path(plain).is_file():
            yield Path(plain)


@cache
def client_version(client: ClientUnderTest) -> str:
    """The version of a client: the one that is said; else what stands for the files that its command names.

    Of a program those are its own file and every file among its arguments; of a function the modules beside its own. A client
    that is built of more should say its version.
    """
    return client.version or f"files-{_digest(_files_of(client))[:8]}"


def _files_of(client: ClientUnderTest) -> list[Path]:
    first, *others = client.command
    named = [Path(word) for word in others if len(word) < 1_000 and Path(word).is_file()]
    if client.in_process:
        return [*_module_files(first.partition(":")[0]), *named]
    program = shutil.which(first)
    modules = [_module_files(after) for word, after in zip(client.command, others, strict=False) if word == "-m"]
    return [*([Path(program)] if program else []), *named, *(path for found in modules for path in found)]


def _module_files(module: str) -> list[Path]:
    """The file of a module, and those beside it where it is of a package."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return []
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        return []
    path = Path(spec.origin)
    return sorted(path.parent.glob("*.py")) if "." in module or path.name == "__init__.py" else [path]


def versions(client: ClientUnderTest) -> dict[str, str]:
    """What a result says of versions."""
    return {
        "isletbench": package_version(),
        "code": code_version(),
        "client": client_version(client),
        "python": platform.python_version(),
        "system": f"{sys.platform} {platform.machine()}",
    }
