"""The careful controller has no flag for a flaw, and each careless client is a class with one method of its own."""

import ast
import re
from inspect import getdoc
from types import FunctionType

import pytest

from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from tests.harness.architecture import Module, modules, tree, within
from tests.scenarios.matrix import written

CONTROLLER = [module for name, module in modules().items() if within(name, "hil_rigs.clients.controller")]
REPORT = re.compile(r"^Report: (?P<report>.+) \((?P<scenario>[A-Z]+-\d+)\)\.$", re.MULTILINE)
SHOWN_BY = re.compile(r"^Shown by: (?P<scenarios>[A-Z]+-\d+(?:, [A-Z]+-\d+)*)\.$", re.MULTILINE)
"""Of an error that everybody makes, and nobody reports."""
WRITTEN = written()


def names(module: Module) -> set[str]:
    """Every name and attribute that a module uses or declares."""
    found = set()
    for node in ast.walk(tree(module)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case _:
                pass
    return found


def own_methods(client: type) -> list[str]:
    """The methods and properties in a class's own dictionary."""
    return [name for name, member in vars(client).items() if isinstance(member, FunctionType | property)]


def test_the_controller_is_found() -> None:
    assert len(CONTROLLER) > 15


@pytest.mark.parametrize("module", CONTROLLER, ids=lambda module: module.name)
def test_the_careful_controller_has_no_flag_for_a_flaw(module: Module) -> None:
    words = ("habit",) if module.name.endswith("__main__") else ("habit", "careless")
    assert not {name for name in names(module) if any(word in name.lower() for word in words)}


@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_client_overrides_one_method_of_one_careful_class(name: str) -> None:
    client = CARELESS[name]
    (method,) = own_methods(client)
    (base,) = client.__bases__
    assert base.__module__.startswith("isletbench.hil_rigs.clients.controller.")
    assert hasattr(base, method), f"{base.__name__} has no {method}: there is nothing to override"
    others = {key for key in vars(client) if not key.startswith("__")} - {method}
    assert not [key for key in others if callable(vars(client)[key])]


@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_client_says_what_it_does_wrong_and_where_that_shows(name: str) -> None:
    text = getdoc(CARELESS[name]) or ""
    assert text.startswith("The client ")
    found = REPORT.findall(text)
    found += [("", one) for scenarios in SHOWN_BY.findall(text) for one in scenarios.split(", ")]
    assert found
    for report, scenario in found:
        assert not report or report in load_scenario(scenario).seen
        assert name in WRITTEN[scenario], f"{name} does not fail {scenario}"


def test_a_controller_is_built_from_careful_classes_but_for_one() -> None:
    for client in CARELESS.values():
        (base,) = client.__bases__
        assert CAREFUL.of(base) is base
        assert Parts(client).of(base) is client
        assert Parts(client).of(int) is int
