"""The numbers of a glucose series: by hand at the edges, and on a recorded trace as iglu_python has them."""

import pytest

from isletbench.emulator.metrics.glucose import (
    Range,
    glycemia_risk_index,
    management_indicator,
    range_of,
    risk_indices,
    summary_of,
)
from tests.metrics.against_iglu import WANTED, values


@pytest.mark.parametrize(
    ("mg_dl", "expected"),
    [
        (53.9, Range.VERY_LOW),
        (54, Range.LOW),
        (69.9, Range.LOW),
        (70, Range.TARGET),
        (180, Range.TARGET),
        (180.1, Range.HIGH),
        (250, Range.HIGH),
        (250.1, Range.VERY_HIGH),
    ],
)
def test_each_edge_belongs_to_the_range_of_the_consensus(mg_dl: float, expected: Range) -> None:
    assert range_of(mg_dl) is expected


def test_a_series_by_hand() -> None:
    summary = summary_of([50, 60, 100, 140, 150, 200, 300, 100, 100, 100])
    assert summary.mean == 130
    assert summary.ranges == {
        Range.VERY_LOW: 10,
        Range.LOW: 10,
        Range.TARGET: 60,
        Range.HIGH: 10,
        Range.VERY_HIGH: 10,
    }
    assert (summary.in_range, summary.below, summary.above, summary.tight) == (60, 20, 20, 50)
    assert summary.sd == pytest.approx(73.9369, abs=1e-4)
    assert summary.cv == pytest.approx(56.8745, abs=1e-4)
    assert (summary.lowest, summary.median, summary.highest) == (50, 100, 300)
    assert summary.gri == pytest.approx(30 + 24 + 16 + 8)


def test_the_risk_index_counts_each_range_once_and_ends_at_100() -> None:
    nothing = dict.fromkeys(Range, 0.0)
    assert glycemia_risk_index({**nothing, Range.VERY_LOW: 10, Range.TARGET: 90}) == 30
    assert glycemia_risk_index({**nothing, Range.LOW: 10, Range.TARGET: 90}) == 24
    assert glycemia_risk_index({**nothing, Range.HIGH: 10, Range.TARGET: 90}) == 8
    assert glycemia_risk_index({**nothing, Range.VERY_HIGH: 10, Range.TARGET: 90}) == 16
    assert glycemia_risk_index({**nothing, Range.VERY_LOW: 100}) == 100


def test_the_management_indicator_of_154_is_7_percent() -> None:
    """Bergenstal 2018: a mean of 154 mg/dL is a GMI of 7.0 %."""
    assert management_indicator(154) == pytest.approx(6.99, abs=0.005)


def test_the_risk_of_112_and_a_half_is_none_and_both_sides_have_one() -> None:
    """Kovatchev: the risk function is 0 at 112.5 mg/dL, and 100 at both ends of 20 to 600."""
    low, high = risk_indices([112.5])
    assert max(low, high) < 1e-3
    assert list(risk_indices([20.0])) == pytest.approx([100, 0], abs=0.5)
    assert list(risk_indices([600.0])) == pytest.approx([0, 100], abs=0.5)


def test_a_single_value_has_no_deviation_and_no_value_has_no_numbers() -> None:
    assert summary_of([100]).sd == 0
    with pytest.raises(ValueError, match="at least one glucose value"):
        summary_of([])
    with pytest.raises(ValueError, match=r"glucose -1.*above 0 mg/dL"):
        summary_of([100, -1])


def test_a_recorded_trace_has_the_numbers_that_iglu_python_finds() -> None:
    """Made with iglu_python 0.4.3 on the trace of the package."""
    summary = summary_of(values())
    assert summary.count == 13_392
    found = [summary.mean, summary.gmi, summary.cv, summary.in_range, summary.below, summary.above]
    assert found == pytest.approx([142.512, 6.71889, 25.6072, 84.9836, 0.88859, 14.1278], rel=1e-5)
    assert [summary.lbgi, summary.hbgi, summary.gri] == pytest.approx([0.322654, 3.429857, 14.37127], rel=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_iglu_python_finds_the_same_numbers() -> None:
    iglu = pytest.importorskip("iglu_python", reason=WANTED)
    pandas = pytest.importorskip("pandas", reason=WANTED)
    series, summary = pandas.Series(values()), summary_of(values())

    def number(found: object) -> float:
        return float(found.iloc[0, 0]) if hasattr(found, "iloc") else float(found)  # type: ignore[arg-type]

    ours = {
        "mean_glu": summary.mean,
        "sd_glu": summary.sd,
        "cv_glu": summary.cv,
        "gmi": summary.gmi,
        "lbgi": summary.lbgi,
        "hbgi": summary.hbgi,
        "gri": summary.gri,
    }
    theirs = {name: number(getattr(iglu, name)(series)) for name in ours}
    assert theirs == pytest.approx(ours, rel=1e-9)
