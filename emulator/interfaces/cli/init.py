"""`init`: a skeleton of something to add to isletbench, with its test, written into a checkout."""

import keyword
import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from isletbench.emulator.interfaces.cli.errors import CallError

NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
IMPORTS = re.compile(r"(?:^from isletbench\..*\n)+", re.MULTILINE)
SCENARIO = re.compile(r"[A-Z][A-Z0-9]{1,7}-[0-9A-Z]{1,8}")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Files to write: each a template's name and the path in the checkout, in which ``{name}`` stands for the name."""

    files: tuple[tuple[str, str], ...]
    next_step: str
    names: re.Pattern[str] = NAME
    known: Callable[[], Container[str]] = tuple
    """The names that are taken, whatever their files are called."""


def _faults() -> Container[str]:
    from isletbench.emulator.faults.registry import FAULTS

    return FAULTS


def _checks() -> Container[str]:
    from isletbench.emulator.scenarios.checks import CHECKS

    return CHECKS


def _kinds() -> Container[str]:
    from isletbench.emulator.endpoints.registry import KINDS

    return KINDS


SKELETONS = {
    "packet": Skeleton(
        (("packet.py", "protocols/{name}.py"), ("test_packet.py", "tests/protocols/test_{name}.py")),
        "Replace the octets of the test by those of the specification; name the source. C headers: isletbench firmware headers",
    ),
    "fault": Skeleton(
        (("fault.py", "emulator/faults/families/{name}.py"), ("test_fault.py", "tests/faults/test_{name}.py")),
        "Write the table of faults anew: python -m tests.faults.test_documented",
        known=_faults,
    ),
    "check": Skeleton(
        (("check.py", "emulator/scenarios/checks/{name}.py"), ("test_check.py", "tests/scenarios/test_{name}.py")),
        "Demand it in a scenario, then: python -m tests.faults.test_documented",
        known=_checks,
    ),
    "scenario": Skeleton(
        (("scenario.toml", "hil_rigs/scenarios/{name}.toml"), ("test_scenario.py", "tests/scenarios/test_{module}.py")),
        "See who fails it: python -m tests.scenarios.matrix {name}; then: python -m tests.faults.test_documented",
        SCENARIO,
    ),
    "kind": Skeleton(
        (
            ("kind_init.py", "emulator/endpoints/{name}/__init__.py"),
            ("kind.py", "emulator/endpoints/{name}/kind.py"),
            ("test_kind.py", "tests/endpoints/test_{name}.py"),
        ),
        "Add it to BUILT_IN in emulator/endpoints/registry.py; once it grows, give its machine a room of its own",
        known=_kinds,
    ),
}
"""Each skeleton by what it makes."""


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(init)


def init(
    what: Annotated[str, typer.Argument(metavar="|".join(SKELETONS), help="What to add.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: lose_reply; of a scenario its identifier: MY-01.")],
) -> None:
    """Write a skeleton of a packet, fault, check, scenario or kind of device, with its test, into this checkout."""
    for path in write(what, name, Path.cwd()):
        print(f"wrote {path}")
    print(SKELETONS[what].next_step.format(name=name))


def write(what: str, name: str, checkout: Path) -> list[Path]:
    """Write a skeleton's files; their paths in the checkout. Raises ``CallError``, and then nothing is written."""
    skeleton = SKELETONS.get(what)
    if skeleton is None:
        raise CallError(f"init {what!r}: expected one of {', '.join(SKELETONS)}")
    if not skeleton.names.fullmatch(name):
        raise CallError(
            f"NAME {name!r}: expected {'MY-01' if what == 'scenario' else 'lower_case_words'}, as a {what} is named"
        )
    if keyword.iskeyword(name):
        raise CallError(f"NAME {name!r}: a keyword of Python; expected a name that a module can have")
    if name in skeleton.known():
        raise CallError(f"NAME {name!r}: there is a {what} of this name already; choose another name")
    project = checkout / "pyproject.toml"
    if not project.is_file() or 'name = "isletbench"' not in project.read_text(encoding="utf-8"):
        raise CallError("this directory is no checkout of isletbench: clone it, and call init in its top directory")
    module = name.lower().replace("-", "_")
    words = {
        "name": name,
        "module": module,
        "Class": "".join(word.capitalize() for word in module.split("_")),
        "CONSTANT": module.upper(),
    }
    made = {Path(path.format(**words)): template_text(template, words) for template, path in skeleton.files}
    for path in made:
        if (checkout / path).exists():
            raise CallError(f"{path}: there is such a file already; choose another name")
    for path, text in made.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text, encoding="utf-8")
    return list(made)


def template_text(template: str, words: dict[str, str]) -> str:
    """The text of a template with its words filled in, its imports in order."""
    text = (files("isletbench.emulator.interfaces.cli") / "templates" / f"{template}.txt").read_text(encoding="utf-8")
    return IMPORTS.sub(_in_order, Template(text).substitute(words))


def _in_order(imports: re.Match[str]) -> str:
    return "".join(sorted(imports[0].splitlines(keepends=True)))
