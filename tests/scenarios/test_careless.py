"""The careful controller has no flag for a flaw, and each careless client is a class with one method of its own."""

import ast
import re
from inspect import getdoc
from types import FunctionType

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome
from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller.in_process import client_of
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from tests.harness.architecture import Module, modules, tree, within
from tests.harness.library import shipped
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


def shown_in(name: str) -> list[tuple[str, str]]:
    """The reports that a careless client stands for, empty where there are none, each with the scenario that shows it."""
    text = getdoc(CARELESS[name]) or ""
    found = REPORT.findall(text)
    return found + [("", one) for scenarios in SHOWN_BY.findall(text) for one in scenarios.split(", ")]


@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_client_says_what_it_does_wrong_and_where_that_shows(name: str) -> None:
    assert (getdoc(CARELESS[name]) or "").startswith("The client ")
    assert shown_in(name)
    for report, scenario in shown_in(name):
        assert not report or report in load_scenario(scenario).seen
        assert name in WRITTEN[scenario], f"{name} does not fail {scenario}"


NAMED = [(name, scenario) for name in CARELESS for _, scenario in shown_in(name)]
"""Each careless client, and a scenario that it says shows its flaw."""


@pytest.mark.parametrize(
    ("name", "scenario", "seed"),
    [
        pytest.param(name, scenario, seed, marks=[] if seed == 1 and number % 4 == 0 else [pytest.mark.slow])
        for number, (name, scenario) in enumerate(NAMED)
        for seed in (1, 2, 3)
    ],
)
def test_a_careless_client_fails_the_scenario_that_it_names_whatever_the_seed(name: str, scenario: str, seed: int) -> None:
    one = shipped(scenario).model_copy(update={"seed": seed})
    verdict = run(play(one, client_of(one, Parts(CARELESS[name])), one.over[0]), Pace(None))
    assert verdict.outcome is Outcome.FAILED, verdict.sentences()


def test_a_controller_is_built_from_careful_classes_but_for_one() -> None:
    for client in CARELESS.values():
        (base,) = client.__bases__
        assert CAREFUL.of(base) is base
        assert Parts(client).of(base) is client
        assert Parts(client).of(int) is int
