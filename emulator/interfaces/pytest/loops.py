"""The running rig of a test on the loop of that test, whatever has made the loop: a fixture for each that there can be.

pytest-asyncio makes a loop for each scope, and a fixture of it is bound to one of them. anyio takes any async fixture.
"""

from collections.abc import AsyncIterator, Mapping
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Literal

import pytest

from isletbench.emulator.interfaces.pytest.rig_running import rig_running

if TYPE_CHECKING:
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp

ANYIO = "_isletbench_on_anyio"
SCOPES: tuple[Literal["function", "class", "module", "package", "session"], ...] = (
    "function",
    "class",
    "module",
    "package",
    "session",
)


async def _running(request: pytest.FixtureRequest) -> "AsyncIterator[Bench | FirmwareBringUp]":
    """The running rig of this test."""
    async with rig_running(request) as running:
        yield running


def on_anyio() -> ModuleType:
    """A plugin with the fixture for tests of anyio."""
    return _plugin({ANYIO: pytest.fixture(name=ANYIO)(_running)})


def on_asyncio() -> ModuleType:
    """A plugin with the fixtures for tests of pytest-asyncio: one for each scope that a loop can have."""
    import pytest_asyncio

    found = {}
    for name, scope in ((name_on(scope), scope) for scope in SCOPES):
        copy = FunctionType(_running.__code__, _running.__globals__, name)  # pytest-asyncio notes the scope on the function
        found[name] = pytest_asyncio.fixture(loop_scope=scope, name=name)(copy)
    return _plugin(found)


def _plugin(fixtures: Mapping[str, object]) -> ModuleType:
    """A plugin: pytest looks for fixtures in modules."""
    made = ModuleType(__name__)
    vars(made).update(fixtures)
    return made


def name_on(scope: str) -> str:
    """What the fixture on the loop of a scope is called."""
    return f"_isletbench_on_{scope}_loop"


def fixture_for(item: pytest.Item) -> str | None:
    """The fixture that runs a rig on the loop of a test; None for a test that is not async."""
    plugins = item.config.pluginmanager
    if any(map(plugins.hasplugin, ASYNCIO_NAMES)):
        import pytest_asyncio

        if pytest_asyncio.is_async_test(item):
            marker = item.get_closest_marker("asyncio")
            given = {} if marker is None else marker.kwargs
            default = item.config.getini("asyncio_default_test_loop_scope")
            return name_on(given.get("loop_scope") or given.get("scope") or default or "function")
    if "anyio_backend" in getattr(item, "fixturenames", ()):
        return ANYIO
    return None


ASYNCIO_NAMES = ("asyncio", "pytest_asyncio.plugin")
"""How pytest-asyncio is called among plugins: by its entry point, and by ``-p``."""
