"""The public face as a user's type checker sees it. mypy reads this file with every other test; nothing runs it."""

from collections.abc import Callable, Coroutine
from typing import Any, assert_type

from isletbench import (
    Bench,
    E2eProtection,
    Journal,
    Key,
    Pace,
    Ports,
    RigError,
    SerialClient,
    Verdict,
    load_rig,
    load_scenario,
    play,
    run,
    virtual_bluetooth,
)
from isletbench.protocols import cgms


async def on_a_bench() -> dict[str, Any]:
    """A rig in this process, a bleak program on its radio, and what its devices do."""
    try:
        rig = load_rig("default")
    except RigError:
        raise
    async with Bench(rig, ports=Ports.MEMORY, seed=7, journal=Journal()) as bench:
        assert_type(bench, Bench)
        with virtual_bluetooth(bench.air, passkey=123456):
            await bench.run(60_000)
        return bench.status()


async def judged(client: Callable[[Bench, str], Coroutine[Any, Any, None]]) -> bool:
    """A scenario played to a client in this process."""
    verdict = await play(load_scenario("CGM-01"), client, "serial")
    assert_type(verdict, Verdict)
    return verdict.passed


def on_a_port(path: str) -> cgms.Feature:
    """A device's value, read with pyserial, its end-to-end protection checked."""
    with SerialClient(path) as link:
        value = link.read(Key(cgms.SERVICE, cgms.FEATURE.uuid))
    feature: cgms.Feature = E2eProtection(protected=True).open(cgms.FEATURE, value)
    return feature


assert_type(run(on_a_bench(), Pace.parse("jump")), dict[str, Any])
