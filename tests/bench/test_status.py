"""What ``status`` says of devices, at whatever moment somebody asks."""

from collections.abc import Iterator
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import hours
from isletbench.emulator.rigs.rig import load_rig


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in plain data, with its place."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(inner, f"{path}.{key}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


@pytest.mark.parametrize("rig", [pytest.param("closed_loop", marks=pytest.mark.slow), "meter", "integrated"])
def test_no_age_and_no_amount_is_negative_however_late_or_early_somebody_asks(rig: str) -> None:
    async def main() -> None:
        async with Bench(load_rig(rig), ports=Ports.MEMORY) as bench:
            for at in (0, hours(1)):
                await bench.run(at - bench.clock.now())
                for late in (-1, 0, 61_000, hours(2)):
                    for name, host in bench.hosts.items():
                        shown = dict(host.endpoint.machine.status(bench.clock.now() + late))
                        negative = [place for place, one in numbers(shown, name) if one < 0 and "trend" not in place]
                        assert not negative, (late, negative)

    run(main(), Pace(None))
