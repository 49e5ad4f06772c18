"""Episodes: 15 minutes make one, 15 minutes end it, and a gap ends what nobody saw."""

import pytest

from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.metrics.episodes import Level, Reading, episodes, interval_of
from tests.metrics.against_iglu import WANTED, on_a_grid


def readings(*values: float) -> list[Reading]:
    """Values five minutes apart."""
    return [Reading(minutes(5) * number, value) for number, value in enumerate(values)]


def spans(level: Level, *values: float) -> list[tuple[float, float]]:
    """Begin and end of every episode, in minutes."""
    return [(one.began / 60_000, one.ended / 60_000) for one in episodes(readings(*values), level)]


def test_three_readings_below_make_an_episode_and_two_do_not() -> None:
    assert spans(Level.LOW, 100, 69, 69, 100, 100, 100) == []
    assert spans(Level.LOW, 100, 69, 69, 69, 100, 100, 100) == [(5, 20)]
    assert spans(Level.LOW, 100, 70, 70, 70, 70, 100) == []


def test_two_readings_within_do_not_end_it() -> None:
    assert spans(Level.LOW, 60, 60, 60, 80, 80, 60, 80, 80, 80) == [(0, 30)]


def test_one_that_runs_at_the_end_ends_with_the_readings() -> None:
    assert spans(Level.HIGH, 100, 190, 190, 190) == [(5, 20)]
    assert spans(Level.HIGH, 100, 180, 180, 180) == []


def test_every_level_has_its_limit_and_its_extreme() -> None:
    (low,) = episodes(readings(50, 45, 52, 90, 90, 90), Level.VERY_LOW)
    (high,) = episodes(readings(260, 310, 255, 90, 90, 90), Level.VERY_HIGH)
    assert (low.extreme, high.extreme) == (45, 310)
    assert spans(Level.VERY_LOW, 54, 54, 54, 54) == []


def test_an_episode_of_more_than_two_hours_is_extended() -> None:
    def lasting(count: int) -> bool:
        (one,) = episodes(readings(*[60] * count, 100, 100, 100), Level.LOW)
        return one.is_extended

    assert not lasting(24)
    assert lasting(25)


def test_a_gap_of_more_than_45_minutes_parts_episodes() -> None:
    early, late = readings(60, 60, 60), [Reading(minutes(5) * number, 60) for number in range(13, 17)]
    assert len(episodes([*early, *late], Level.LOW)) == 2
    closer = [Reading(reading.at - minutes(10), 60) for reading in late]
    assert len(episodes([*early, *closer], Level.LOW)) == 1


def test_readings_of_every_minute_count_by_their_time() -> None:
    each_minute = [Reading(minutes(number), 60) for number in range(14)]
    assert episodes(each_minute, Level.LOW) == []
    assert len(episodes([*each_minute, Reading(minutes(14), 60)], Level.LOW)) == 1
    assert interval_of([reading.at for reading in each_minute]) == minutes(1)


def test_no_readings_have_no_episodes() -> None:
    assert episodes([], Level.LOW) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_iglu_python_finds_as_many_episodes() -> None:
    iglu = pytest.importorskip("iglu_python", reason=WANTED)
    pandas = pytest.importorskip("pandas", reason=WANTED)
    there = on_a_grid(days=10)
    frame = pandas.DataFrame(
        {
            "id": "one",
            "time": [pandas.Timestamp("2024-01-01") + pandas.Timedelta(milliseconds=one.at) for one in there],
            "gl": [one.mg_dl for one in there],
        }
    )
    found = iglu.episode_calculation(frame)
    theirs = {(row["type"], row["level"]): row["total_episodes"] for _, row in found.iterrows()}
    for level, name in {
        Level.LOW: ("hypo", "lv1"),
        Level.VERY_LOW: ("hypo", "lv2"),
        Level.HIGH: ("hyper", "lv1"),
        Level.VERY_HIGH: ("hyper", "lv2"),
    }.items():
        assert len(episodes(there, level)) == theirs[name], level
