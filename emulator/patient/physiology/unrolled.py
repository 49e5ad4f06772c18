"""Steps of the Runge-Kutta method written out: made from the ``derivatives`` of a model, never by hand.

A model says what changes in one readable method of simple assignments. Here its syntax tree becomes a function of local
variables that makes one step: what depends on the person only is computed once for the person, what depends on the drive only
once a step, the rest four times. The same operations are done in the same order as ``runge_kutta.step`` does them, so the
numbers are equal, bit for bit; only faster. With the functions of NumPy in place of those of Python the same code steps a
whole cohort.
"""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Any

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.physiology.model import Drive, Stepper

SCALARS: Mapping[str, Any] = {"max": max, "min": min, "tanh": math.tanh, "where": lambda test, yes, no: yes if test else no}
"""What the code of one person calls."""
_OF_PERSON, _OF_DRIVE, _OF_STATE = range(3)
"""What a value depends on at most."""


def stepper(model: Any) -> Stepper:
    """A function that makes one step of this person: state, minutes and drive to state."""
    return bound(type(model), model, SCALARS, vectors=False)


def bound(kind: type, values: Any, functions: Mapping[str, Any], *, vectors: bool) -> Stepper:
    """One step of a model of this kind, with the parameters of ``values`` and these functions.

    With ``vectors`` the values are arrays over persons, and the functions take arrays.
    """
    scope: dict[str, Any] = dict(functions)
    exec(_code(kind, vectors), scope)  # noqa: S102  # made from our own source
    made: Callable[[Any], Stepper] = scope["make"]
    return made(values)


@cache
def _code(model: type, vectors: bool) -> Any:
    return compile(written_out(model, vectors=vectors), f"<one step of {model.__name__}>", "exec")


def written_out(model: type, *, vectors: bool = False) -> str:
    """The source of ``make``, which binds a model and returns its step. Raises ``TypeError`` for what cannot be written out."""
    return _Writer(_Reading.of(model), vectors).source()


@dataclass(slots=True)
class _Reading:
    """What a ``derivatives`` says: names of the state, assignments in order, and the change of every number."""

    state: list[str] = field(default_factory=list)
    assigned: list[tuple[str, ast.expr]] = field(default_factory=list)
    changes: list[ast.expr] = field(default_factory=list)

    @classmethod
    def of(cls, model: type) -> "_Reading":
        source = textwrap.dedent(inspect.getsource(model.derivatives))  # type: ignore[attr-defined]  # every model has one
        (function,) = ast.parse(source).body
        assert isinstance(function, ast.FunctionDef)
        reading = cls()
        for statement in function.body[1:]:  # the first one is the docstring
            match statement:
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Name(id="state")):
                    reading.state = [name.id for name in names if isinstance(name, ast.Name)]
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    reading.assigned.append((name, value))
                case ast.Return(value=ast.Tuple(elts=changes)):
                    reading.changes = changes
                case _:
                    raise TypeError(f"{model.__name__}.derivatives, line {statement.lineno}: expected a simple assignment")
        if not reading.state or len(reading.changes) != len(reading.state):
            raise TypeError(f"{model.__name__}.derivatives: expected a change for each of {len(reading.state)} numbers")
        return reading


class _Renamed(ast.NodeTransformer):
    """An expression with local variables: ``self.kp1`` is ``p_kp1``, ``drive.meal`` is ``d_meal``, a state is the stage's."""

    def __init__(self, state: Sequence[str], prefix: str, *, vectors: bool) -> None:
        self._state, self._prefix, self._vectors = frozenset(state), prefix, vectors

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:  # a name of ast
        assert isinstance(node.value, ast.Name)
        return ast.Name({"self": "p_", "drive": "d_"}[node.value.id] + node.attr)

    def visit_Name(self, node: ast.Name) -> ast.expr:  # a name of ast
        return ast.Name(self._prefix + node.id) if node.id in self._state else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:  # a name of ast
        """Arrays have no truth value of their own: both alternatives are computed and chosen from."""
        self.generic_visit(node)
        return ast.Call(ast.Name("where"), [node.test, node.body, node.orelse], []) if self._vectors else node


class _Writer:
    """Writes the source of one step."""

    def __init__(self, reading: _Reading, vectors: bool) -> None:
        self._reading, self._vectors = reading, vectors
        self._level: dict[str, int] = dict.fromkeys(reading.state, _OF_STATE)
        for name, value in reading.assigned:
            self._level[name] = self._depends(value)

    def _depends(self, value: ast.expr) -> int:
        levels = {**self._level, "drive": _OF_DRIVE}
        return max(
            (levels.get(node.id, _OF_PERSON) for node in ast.walk(value) if isinstance(node, ast.Name)), default=_OF_PERSON
        )

    def _expression(self, value: ast.expr, prefix: str) -> str:
        fresh = ast.parse(ast.unparse(value), mode="eval").body
        return ast.unparse(_Renamed(self._reading.state, prefix, vectors=self._vectors).visit(fresh))

    def _assignments(self, level: int, prefix: str = "") -> list[str]:
        chosen = [(name, value) for name, value in self._reading.assigned if self._level[name] == level]
        return [f"{name} = {self._expression(value, prefix)}" for name, value in chosen]

    def _parameters(self) -> list[str]:
        values = [value for _, value in self._reading.assigned] + self._reading.changes
        nodes = [node for value in values for node in ast.walk(value) if isinstance(node, ast.Attribute)]
        names = {node.attr for node in nodes if isinstance(node.value, ast.Name) and node.value.id == "self"}
        return [f"p_{name} = self.{name}" for name in sorted(names)]

    def _stage(self, number: int, prefix: str) -> list[str]:
        lines = self._assignments(_OF_STATE, prefix)
        for name, change in zip(self._reading.state, self._reading.changes, strict=True):
            lines.append(f"k{number}_{name} = {self._expression(change, prefix)}")
        return lines

    def source(self) -> str:
        """The source of ``make``."""
        state = self._reading.state
        inner = [
            f"{', '.join(state)} = state",
            f"{', '.join(f'd_{name}' for name in Drive._fields)} = drive",
            *self._assignments(_OF_DRIVE),
            *self._stage(1, ""),
            "half = minutes / 2",
        ]
        for number, share in ((2, "half"), (3, "half"), (4, "minutes")):
            inner += [f"s_{name} = {name} + {share} * k{number - 1}_{name}" for name in state]
            inner += self._stage(number, "s_")
        inner.append("sixth = minutes / 6")
        later = ", ".join(f"{name} + sixth * (k1_{name} + 2 * k2_{name} + 2 * k3_{name} + k4_{name})" for name in state)
        inner.append(f"return ({later})")
        outer = [*self._parameters(), *self._assignments(_OF_PERSON), "def step(state, minutes, drive):"]
        return "\n".join(["def make(self):", *_indented(outer, 4), *_indented(inner, 8), *_indented(["return step"], 4)])


def _indented(lines: Sequence[str], by: int) -> list[str]:
    """Lines, moved to the right."""
    return [" " * by + line for line in lines]
