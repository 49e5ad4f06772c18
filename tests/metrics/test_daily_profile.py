"""The ambulatory glucose profile: percentiles by time of day, smoothed only where there is something to smooth."""

import pytest

from isletbench.emulator.metrics.daily_profile import BINS, daily_profile, percentile


def test_percentiles_are_interpolated() -> None:
    assert percentile([100], 95) == 100
    assert percentile([0, 10], 25) == 2.5
    assert [percentile([1, 2, 3, 4, 5], one) for one in (5, 25, 50, 75, 95)] == pytest.approx([1.2, 2, 3, 4, 4.8])


def test_every_quarter_of_an_hour_has_its_own() -> None:
    bins = daily_profile([(0, 100), (14.9, 110), (15, 200), (1439.9, 50)], days=1)
    assert len(bins) == BINS
    first, second, last = bins[0], bins[1], bins[-1]
    assert first is not None
    assert second is not None
    assert last is not None
    assert (first.minute, first.values[2]) == (7, 105)
    assert (second.minute, second.values[2]) == (22, 200)
    assert last.values == (50,) * 5
    assert bins[2] is None


def test_many_days_are_smoothed_around_midnight_too_and_few_are_not() -> None:
    values = [(minute, 100.0 + 100 * (minute == 0)) for minute in range(0, 1440, 15)]
    few, many = daily_profile(values, days=4), daily_profile(values, days=5)
    assert [one.values[2] for one in (few[-1], few[0], few[1]) if one] == [100, 200, 100]
    assert [one.values[2] for one in (many[-1], many[0], many[1]) if one] == [125, 150, 125]
