"""The scenarios of the package, each read once: hundreds of tests are named after them before any runs."""

from functools import cache

from isletbench.emulator.scenarios.scenario import Scenario, load_scenario


@cache
def shipped(name: str) -> Scenario:
    """The scenario of this identifier."""
    return load_scenario(name)
