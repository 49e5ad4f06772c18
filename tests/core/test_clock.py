"""The bench's clock: three paces, one loop; in jump pace a day costs nothing and two runs are the same run."""

import asyncio

import pytest

from isletbench.emulator.core.clock import BenchLoop, Clock, Deadlock, Pace, patience, run
from isletbench.emulator.core.quantities import hours, minutes, seconds


@pytest.mark.parametrize(("text", "factor"), [("real", 1.0), ("60x", 60.0), ("0.5x", 0.5), ("jump", None)])
def test_a_pace_is_a_word_or_a_factor(text: str, factor: float | None) -> None:
    pace = Pace.parse(text)
    assert pace.factor == factor
    assert Pace.parse(str(pace)) == pace


@pytest.mark.parametrize("text", ["", "fast", "x", "0x", "-1x", "60", "1e9x", "200000x"])
def test_a_wrong_pace_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected real, jump, paused or a factor"):
        Pace.parse(text)


def test_in_jump_pace_a_day_passes_at_once_and_in_order() -> None:
    seen: list[tuple[str, int]] = []

    async def tick(name: str, span: float, clock: Clock) -> None:
        while clock.now() < hours(24):
            await asyncio.sleep(span)
            seen.append((name, clock.now()))

    async def main() -> None:
        clock = Clock()
        await asyncio.gather(tick("cgm", 300, clock), tick("pump", 180, clock))

    run(main(), Pace(None))
    assert [at for name, at in seen if name == "cgm"] == [minutes(5) * n for n in range(1, 289)]
    assert [at for _, at in seen] == sorted(at for _, at in seen)
    again, seen = seen, []
    run(main(), Pace(None))
    assert seen == again


def test_instants_are_exact_however_long_the_run() -> None:
    async def main() -> None:
        clock = Clock()
        for n in range(1, 2001):
            deadline = n * 123_457
            due = asyncio.Event()
            asyncio.get_running_loop().call_at(clock.when(deadline), due.set)
            await due.wait()
            assert clock.now() == deadline

    run(main(), Pace(None))


def test_in_jump_pace_waiting_for_nothing_is_an_error_and_no_hang() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    loop = BenchLoop(Pace(None))
    task = loop.create_task(main())
    with pytest.raises(Deadlock):
        loop.run_until_complete(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()


def test_a_scaled_loop_runs_ahead_of_the_wall() -> None:
    async def main() -> tuple[int, int]:
        clock = Clock()
        await asyncio.sleep(60)
        slept = clock.now()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, BenchLoop)
        loop.change_pace(Pace(20_000))
        await asyncio.sleep(120)
        return slept, clock.now()

    first, second = run(main(), Pace(5_000))
    assert first >= seconds(60)
    assert second >= first + seconds(120)


def test_a_run_is_repeatable_or_it_is_not() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, BenchLoop)
        with pytest.raises(ValueError, match="cannot change from jump to real"):
            loop.change_pace(Pace())

    run(main(), Pace(None))


@pytest.mark.parametrize(("pace", "waits"), [("jump", 10.0), ("real", 10.0), ("2x", 10.0), ("60x", 120.0)])
def test_an_answer_has_its_real_seconds_however_fast_the_bench_is(pace: str, waits: float) -> None:
    """At 60x ten seconds of the bench are a sixth of a second, in which no computer that is busy connects to anything."""

    async def waited() -> float:
        return patience(10.0, at_least=2.0)

    assert run(waited(), Pace.parse(pace)) == waits
