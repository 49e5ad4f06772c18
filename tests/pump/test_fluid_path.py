"""The fluid path: published times to alarm, what an obstruction does to insulin, and that none of it is lost to arithmetic."""

import math
from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.core.quantities import Instant, Insulin, Span, hours, minutes, seconds, units
from isletbench.emulator.pump.fluid_path import NORMAL, PATHS, Condition, FluidPath

FULL = Condition(block=math.inf)


def path(name: str = "tethered_medtronic", draw: float = 0.5, condition: Condition = FULL) -> FluidPath:
    made = FluidPath(PATHS[name], lambda: draw)
    made.set_condition(condition, 0)
    return made


def pulses(rate_per_hour: Insulin, pulse: Insulin) -> Iterable[Instant]:
    """When pulses of a steady rate fall due."""
    number = 1
    while True:
        yield number * pulse * hours(1) // rate_per_hour
        number += 1


def time_to_alarm(made: FluidPath, rate: str, pulse: str = "0.05", within: Span = hours(200)) -> Span | None:
    """With basal insulin at ``rate``, U/h."""
    amount = units(pulse)
    for at in pulses(units(rate), amount):
        due = made.next_deadline
        if due is not None and due <= at:
            made.advance(due)
            if made.occluded:
                return due
        if at > within:
            return None
        made.push(amount, at, units(rate) / 60)
        if made.occluded:
            return at
    raise AssertionError


def time_to_alarm_of_a_bolus(made: FluidPath, amount: str, pulse: str = "0.05", spacing: Span = 2_000) -> Span | None:
    """With a bolus of ``amount``, U."""
    one, now = units(pulse), 0
    made.bolus_runs(True, 0)
    for _ in range(units(amount) // one):
        now += spacing
        made.push(one, now, one * minutes(1) / spacing)
        if made.occluded:
            return now
    made.bolus_runs(False, now)
    due = made.next_deadline
    if due is None:
        return None
    made.advance(due)
    return due if made.occluded else None


def mode(name: str) -> float:
    """The draw that makes an occlusion the most common one."""
    least, often, most = PATHS[name].withheld
    return (often - least) / (most - least) if most > least else 0.5


# The makers' labels and papers, as docs/fluid-path.md lists them: typical time, and the range it may be in.
PUBLISHED = [
    ("tethered_medtronic", "1.0", minutes(75), minutes(30), hours(3)),
    ("tethered_medtronic", "0.1", hours(12.5), hours(5), hours(30)),
    ("omnipod", "1.0", hours(3), minutes(30), hours(5.5)),
    ("omnipod", "0.05", hours(51), hours(30), hours(100)),
    ("spirit_plastic", "2.0", minutes(75), 0, hours(3)),
    ("verified_stroke", "0.1", minutes(18), 0, minutes(30)),
    ("verified_stroke", "1.0", minutes(1.8), 0, minutes(30)),
    ("d_tron_plus", "1.0", hours(3.5), hours(2), hours(5)),
    ("touchcare_a6", "1.0", None, 0, hours(8)),
    *((name, "1.0", None, 0, hours(5)) for name in ("micro_pump", "solo", "tslim")),
]


@pytest.mark.parametrize(("name", "rate", "typical", "least", "most"), PUBLISHED, ids=str)
def test_a_full_block_is_noticed_when_the_makers_say(
    name: str, rate: str, typical: Span | None, least: Span, most: Span
) -> None:
    pulse = "0.01" if name == "verified_stroke" else "0.05"
    if typical is not None:
        at = time_to_alarm(path(name, mode(name)), rate, pulse)
        assert at is not None
        assert at == pytest.approx(typical, rel=0.05, abs=minutes(3))
    for seed in range(40):
        at = time_to_alarm(path(name, Random(seed).random()), rate, pulse)
        assert at is not None
        assert least <= at <= most * 1.03


def test_a_blocked_bolus_is_noticed_when_the_makers_say() -> None:
    at = time_to_alarm_of_a_bolus(path("tethered_medtronic", mode("tethered_medtronic")), "5")
    assert at is not None
    assert at == pytest.approx(seconds(25), abs=seconds(5))
    assert path("tethered_medtronic").in_line <= units(3)
    told = [time_to_alarm_of_a_bolus(path("tethered_medtronic", Random(seed).random()), "5") for seed in range(40)]
    assert all(at is not None and seconds(2) <= at <= minutes(2) for at in told)
    slow = path("omnipod", mode("omnipod"))
    at = time_to_alarm_of_a_bolus(slow, "5")
    assert at == pytest.approx(minutes(33), abs=minutes(1))
    assert slow.in_line == units(5), "it counts the time from the end of the bolus"


def test_a_small_bolus_into_a_block_is_not_noticed() -> None:
    made = path("omnipod", mode("omnipod"))
    assert time_to_alarm_of_a_bolus(made, "2") is None
    assert (made.in_line, made.to_tissue) == (units(2), 0)


def test_a_partial_block_that_settles_below_the_threshold_is_a_slow_but_whole_delivery() -> None:
    made = path(condition=Condition(block=20 / (1 / 60)))  # 20 kPa at 1 U/h
    assert time_to_alarm(made, "1.0", within=hours(48)) is None
    assert made.pressure_kpa(hours(48)) == pytest.approx(20, abs=5)
    assert units("47") < made.to_tissue < made.pushed
    made.advance(hours(60))
    assert made.to_tissue == made.pushed
    assert made.leaked == 0


def test_a_partial_block_above_the_threshold_is_noticed_late() -> None:
    steady = 130 * 60.0  # 130 kPa at 1 U/h
    partial, full = time_to_alarm(path(condition=Condition(block=steady)), "1.0"), time_to_alarm(path(), "1.0")
    assert partial is not None
    assert full is not None
    assert partial > full


def test_a_block_that_leaks_is_silent_and_its_insulin_is_missing() -> None:
    made = path(condition=Condition(block=math.inf, leak=40 * 60.0))
    assert time_to_alarm(made, "1.0", within=hours(48)) is None
    assert made.to_tissue == 0
    assert made.leaked > units(46)


def test_a_leak_takes_its_share() -> None:
    made = path(condition=NORMAL)
    out, _ = made._conductances(0)
    made.set_condition(Condition(leak=units(1) / out), 0)
    for at in range(1, 101):
        made.push(50_000, seconds(2 * at), 1.5e6)
    assert made.leaked == pytest.approx(made.to_tissue, abs=2)


def test_an_open_path_lets_every_pulse_through_at_once() -> None:
    made = path(condition=NORMAL)
    for at in range(1, 2000):
        made.push(50_000, seconds(2 * at), 1.5e6)
        assert (made.in_line, made.to_tissue, made.leaked) == (0, made.pushed, 0)
        assert made.pressure_kpa(seconds(2 * at)) == 0
        assert made.next_deadline is None


def test_clearing_releases_what_was_held_back_and_never_more() -> None:
    made = path("omnipod")
    for at in range(1, 41):
        made.push(50_000, minutes(at), 0.05e6)
    assert (made.in_line, made.to_tissue) == (units(2), 0)
    made.set_condition(NORMAL, minutes(40))
    made.advance(minutes(41))
    assert made.to_tissue == pytest.approx(units(2) * (1 - math.exp(-1)), abs=2), "one time constant"
    made.advance(hours(2))
    assert (made.in_line, made.to_tissue) == (0, units(2))


def test_a_bolus_soon_after_clearing_passes_at_once_and_is_no_occlusion() -> None:
    made = path("omnipod", mode("omnipod"))
    for at in range(1, 41):
        made.push(50_000, minutes(at), 0.05e6)
    made.set_condition(NORMAL, minutes(40))
    for pulse in range(1, 101):
        at = minutes(43) + seconds(2 * pulse)
        before = made.to_tissue
        made.push(50_000, at, 1.5e6)
        assert made.to_tissue >= before + 50_000
    assert not made.occluded
    assert made.next_deadline is None
    made.advance(hours(2))
    assert (made.in_line, made.to_tissue) == (0, made.pushed)


def test_a_kink_that_opens_by_itself_releases_a_little_each_time() -> None:
    kinked = Condition(block=math.inf, opens_every=minutes(30), opens_for=minutes(3))
    made = path(condition=kinked)
    assert time_to_alarm(made, "1.0", within=hours(24)) is None
    assert made.to_tissue > units(20)
    shut: list[Insulin] = []
    opened: list[Insulin] = []
    for minute in range(24 * 60 + 1, 25 * 60 + 1):
        before = made.to_tissue
        made.advance(minutes(minute))
        (opened if (minute - 1) % 30 >= 27 else shut).append(made.to_tissue - before)
    assert sum(shut) == 0
    assert sum(opened) > 0


def test_air_passes_in_place_of_insulin() -> None:
    made = path(condition=Condition(air=units(1)))
    for at in range(1, 41):
        made.push(50_000, seconds(2 * at), 1.5e6)
    assert (made.in_line, made.to_tissue, made.pushed) == (units(1), units(1), units(2))


def test_air_delays_the_alarm() -> None:
    plain = time_to_alarm(path(), "1.0")
    bubble = time_to_alarm(path(condition=Condition(block=math.inf, air=units(2))), "1.0")
    assert plain is not None
    assert bubble is not None
    assert bubble > 2 * plain


def test_a_cannula_that_is_out_is_felt_by_nobody() -> None:
    made = path(condition=Condition(cannula_out=True))
    assert time_to_alarm(made, "1.0", within=hours(48)) is None
    assert (made.to_tissue, made.leaked) == (0, made.pushed)


def test_height_above_the_site_is_pressure() -> None:
    made = path(condition=Condition(block=math.inf, head_kpa=9.8))
    assert made.pressure_kpa(0) == 9.8
    early, plain = time_to_alarm(made, "1.0"), time_to_alarm(path(), "1.0")
    assert early is not None
    assert plain is not None
    assert early < plain


def test_an_alarm_that_is_acknowledged_comes_again_with_the_next_pulse() -> None:
    made = path()
    at = time_to_alarm(made, "1.0")
    assert at is not None
    made.acknowledge(at)
    assert not made.occluded
    made.push(50_000, at + seconds(2), 1.5e6)
    assert made.occluded


def test_a_block_that_clears_before_its_alarm_is_due_raises_none() -> None:
    made = path("omnipod", mode("omnipod"))
    for at in range(1, 52):
        made.push(50_000, minutes(at), 0.05e6)
    assert made.next_deadline is not None
    made.set_condition(NORMAL, minutes(52))
    made.advance(hours(3))
    assert not made.occluded


def test_what_is_held_back_drips_away_when_it_is_taken_off() -> None:
    made = path()
    for at in range(1, 11):
        made.push(50_000, minutes(at), 0.05e6)
    made.add_air(300_000)
    assert made.purge(minutes(11)) == 300_000
    assert (made.in_line, made.leaked, made.pressure_kpa(minutes(11))) == (0, units("0.5"), 0)


@pytest.mark.parametrize(
    "wrong", [{"block": 0.0}, {"leak": -1.0}, {"block": math.nan}, {"opens_every": 10, "opens_for": 11}, {"air": -1}]
)
def test_a_condition_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Condition(**wrong)  # type: ignore[arg-type]  # wrong on purpose


conditions = st.builds(
    Condition,
    block=st.sampled_from([None, math.inf, 50.0, 3000.0, 20_000.0]),
    leak=st.sampled_from([None, 5.0, 2000.0]),
    opens_every=st.sampled_from([None, minutes(20)]),
    opens_for=st.just(minutes(2)),
    air=st.sampled_from([0, 0, 700_000]),
    head_kpa=st.sampled_from([0.0, 9.8]),
    cannula_out=st.booleans(),
)
steps = st.tuples(st.integers(0, hours(2)), st.integers(0, 12), st.none() | conditions, st.booleans())


def live(made: FluidPath, life: list[tuple[Span, int, Condition | None, bool]], cut: int) -> Instant:
    """Whatever happens, with every span of time cut into so many pieces."""
    now = 0
    for span, count, condition, taken_off in life:
        for piece in range(1, cut + 1):
            made.advance(now + span * piece // cut)
        now += span
        for _ in range(count):
            now += seconds(2)
            made.push(50_000, now, 1.5e6)
        if condition is not None:
            made.set_condition(condition, now)
        if taken_off:
            made.purge(now)
        assert made.pushed == made.in_line + made.to_tissue + made.leaked
        assert min(made.in_line, made.to_tissue, made.leaked) >= 0
    return now


@settings(max_examples=60, deadline=None)
@given(life=st.lists(steps, max_size=20), cut=st.integers(2, 50))
def test_insulin_is_conserved_and_it_makes_no_difference_how_often_one_looks(
    life: list[tuple[Span, int, Condition | None, bool]], cut: int
) -> None:
    one, other = path(condition=NORMAL), path(condition=NORMAL)
    now = live(one, life, 1)
    live(other, life, cut)
    for account in ("in_line", "to_tissue", "leaked"):
        assert abs(getattr(one, account) - getattr(other, account)) <= 1 + len(life)
    assert one.pressure_kpa(now) == pytest.approx(other.pressure_kpa(now), rel=1e-6, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(life=st.lists(steps, max_size=12), more=st.lists(steps, max_size=6))
def test_a_path_goes_on_from_what_was_kept_of_it(
    life: list[tuple[Span, int, Condition | None, bool]], more: list[tuple[Span, int, Condition | None, bool]]
) -> None:
    one, other = path(condition=NORMAL), path(condition=NORMAL)
    now = live(one, life, 1)
    other.restore(one.snapshot())
    for made in (one, other):
        made.advance(now + minutes(5))
        made.push(50_000, now + minutes(6), 1.5e6)
    assert one.snapshot() == other.snapshot()
