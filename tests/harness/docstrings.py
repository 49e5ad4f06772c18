"""Counts docstrings: of public modules, classes, functions, methods and properties.

Public is a definition outside of any function whose dotted name has no part that begins with an underscore.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Definition: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Documented:
    """A public definition, and whether it has a docstring."""

    name: str
    has_docstring: bool
    is_packet: bool


def public(path: Path, module: str) -> Iterator[Documented]:
    """Every public definition of a source file, the module itself first."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if tree.body:
        yield Documented(module, ast.get_docstring(tree) is not None, is_packet=False)
    yield from _inside(tree, module)


def _inside(parent: Definition, place: str) -> Iterator[Documented]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
            if decorators & {"overload", "override"} or any(name.endswith((".setter", ".deleter")) for name in decorators):
                continue
            name = f"{place}.{node.name}"
            yield Documented(name, ast.get_docstring(node) is not None, is_packet="packet" in decorators)
            if isinstance(node, ast.ClassDef):
                yield from _inside(node, name)
