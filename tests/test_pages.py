"""What the pages name exists: links and their anchors, files, tests, commands with their options."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from isletbench.emulator.interfaces.cli import app

ROOT = Path(__file__).parents[1]
GENERATED = {"scenario-matrix.md"}
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "firmware_stubs/*.md", "hil_rigs/**/*.md")
    for path in ROOT.glob(pattern)
    if path.name not in GENERATED
)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"^    (isletbench .*)$", re.MULTILINE)
PLACEHOLDER = re.compile(r"[\[\]|<>{}]|\.\.\.")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on the web."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-") for heading in headings}


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        to = (page.parent / name).resolve() if name else page
        assert to.exists(), f"{target}: no such file"
        if anchor and to.suffix == ".md":
            assert anchor in anchors(to), f"{target}: {name or page.name} has {sorted(anchors(to))}"


@cache
def known_tests() -> frozenset[str]:
    """The names of all tests, classes and modules of tests."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        found.add(path.stem)
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        found |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return frozenset(found)


def code_of(page: Path) -> list[str]:
    """Everything that a page shows as code within a sentence."""
    return CODE.findall(FENCE.sub("", page.read_text(encoding="utf-8")))


@each_page
def test_every_test_that_is_named_exists(page: Path) -> None:
    named = {code for code in code_of(page) if re.fullmatch(r"test_\w+", code)}
    assert named <= known_tests()


@each_page
def test_every_path_that_is_named_exists(page: Path) -> None:
    tops = "docs|emulator|protocols|tests|hil_rigs|firmware_stubs"
    for code in code_of(page):
        if re.fullmatch(rf"(?:{tops})/[\w./-]+", code) and not re.search(r"\b(NAME|ID)\b", code):
            assert (ROOT / code).exists(), code


@each_page
def test_every_name_that_is_imported_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for _, language, block in FENCE.findall(text):
        for module, names in re.findall(r"^ *from (isletbench[\w.]*) import ([\w, ]+)$", block, re.MULTILINE):
            if language == "python" and "NAME" not in names:
                for name in names.split(","):
                    assert hasattr(import_module(module), name.strip()), f"{module} has no {name}"


# Commands


def commands(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command by its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def calls(page: Path) -> Iterator[str]:
    """The calls of the command line that a page shows."""
    text = page.read_text(encoding="utf-8")
    lines = [line for _, _, block in FENCE.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *INDENTED.findall(text), *code_of(page)]:
        found = re.search(r"(?:^|(?<!from)[ $/(])isletbench ((?:[a-z]).*)", line)
        if found and "=" not in line.partition("isletbench")[0].removeprefix("ISLETBENCH_DIR="):
            yield found[1]


def words_of(call: str) -> list[str]:
    """The words of a call, without comments, pipes, and what follows ``--``."""
    plain = re.split(r"\s#|\s\|\s|&&|;|\s>|`|\)$", PLACEHOLDER.sub(" ", call).replace("'", "").replace('"', ""))[0]
    return [word for word in shlex.split(plain.partition(" -- ")[0]) if word]


@each_page
def test_every_call_is_of_a_command_with_these_options(page: Path) -> None:
    for call in calls(page):
        words = words_of(call)
        command = COMMANDS.get(tuple(words[:2])) or COMMANDS.get(tuple(words[:1]))
        if command is None:
            assert words[:1] == [] or not words[0].isalpha() or words[0] in {name[0] for name in COMMANDS}, call
            continue
        known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h", "--"}
        given = {word.partition("=")[0] for word in words if re.fullmatch(r"-{1,2}[a-z][\w-]*(=.*)?", word)}
        assert given <= known, f"{call}: no {', '.join(sorted(given - known))}"
