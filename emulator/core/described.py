"""What the fields of a model mean: the docstrings below them, read from the source when somebody asks.

pydantic can collect them itself, but then it parses the source of every model while it is imported, which was a sixth of the
start of a bench; they are needed for JSON Schema and OpenAPI only.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any


@cache
def documented(cls: type[Any]) -> Mapping[str, str]:
    """The docstrings of the fields that the body of a class declares, by field."""
    return _in_module(cls.__module__).get(cls.__qualname__, {})


@cache
def _in_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """Those of every class of a module, by qualified name; none where there is no source."""
    try:
        source = inspect.getsource(sys.modules[name])
    except (OSError, TypeError):
        return {}
    return dict(_classes(ast.parse(source), ""))


def _classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.ClassDef(name=name):
                yield f"{prefix}{name}", _fields(child)
                yield from _classes(child, f"{prefix}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield from _classes(child, f"{prefix}{name}.<locals>.")
            case _:
                yield from _classes(child, prefix)


def _fields(body: ast.ClassDef) -> Mapping[str, str]:
    found = {}
    for declaration, after in zip(body.body, body.body[1:], strict=False):
        match declaration, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
            case _:
                pass
    return found
