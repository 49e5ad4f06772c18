"""A sensor against the truth: MARD and agreement by hand, error grids at their published borders."""

import pytest

from isletbench.emulator.metrics.accuracy import accuracy_of, agreement
from isletbench.emulator.metrics.error_grid import EDGES, Zone, clarke_zone, dts_border, dts_zone, parkes_zone, risk, shares

# Klonoff 2024, supplement, table A1: the ends of the borders between zones, (reference, measured); the corner is at 50 mg/dL.
UPPER = {0.5: (60.0, 500.0), 1.5: (86.5, 347.0), 2.5: (124.0, 241.0), 3.5: (179.0, 167.0)}
"""By risk: the measured value up to a reference of 50, and the reference at which it reaches 600."""
LOWER = {0.5: (62.5, 480.0), 1.5: (97.5, 307.0), 2.5: (153.0, 197.0), 3.5: (238.0, 126.0)}
"""By risk: the reference at a measured value of 50, and the measured value at a reference of 600."""
ROUNDED = 1.2
"""The table was drawn from coefficients of more digits than the paper gives, mg/dL."""


@pytest.mark.parametrize("edge", EDGES)
def test_the_borders_of_the_dts_grid_are_those_of_its_table(edge: float) -> None:
    low, reference_at_600 = UPPER[edge]
    assert dts_border(edge, 20, upper=True) == pytest.approx(low, abs=ROUNDED)
    assert dts_border(edge, reference_at_600, upper=True) == pytest.approx(600, abs=600 / reference_at_600 * ROUNDED)
    reference_at_50, at_600 = LOWER[edge]
    assert dts_border(edge, 600, upper=False) == pytest.approx(at_600, abs=ROUNDED)
    assert dts_border(edge, reference_at_50 - ROUNDED, upper=False) == 0
    assert dts_border(edge, reference_at_50 + ROUNDED, upper=False) == pytest.approx(50, abs=2)


def test_a_border_parts_two_zones() -> None:
    for number, edge in enumerate(EDGES):
        border = dts_border(edge, 100, upper=True)
        assert dts_zone(100, border * 0.999) is list(Zone)[number]
        assert dts_zone(100, border * 1.001) is list(Zone)[number + 1]


def test_too_much_is_more_dangerous_than_too_little_and_very_low_is_very_low() -> None:
    assert risk(200, 300) > -risk(300, 200)
    assert risk(30, 200) == risk(50, 200)
    assert dts_zone(20, 45) is Zone.A
    assert dts_zone(200, 10) is Zone.D


@pytest.mark.parametrize(
    ("reference", "measured", "zone"),
    [
        (100, 120, Zone.A),
        (60, 40, Zone.A),
        (100, 125, Zone.B),
        (100, 215, Zone.C),
        (160, 30, Zone.C),
        (60, 100, Zone.D),
        (260, 150, Zone.D),
        (60, 190, Zone.E),
        (200, 60, Zone.E),
    ],
)
def test_clarke_s_zones(reference: float, measured: float, zone: Zone) -> None:
    assert clarke_zone(reference, measured) is zone


@pytest.mark.parametrize(
    ("reference", "measured", "zone"),
    [
        (100, 100, Zone.A),
        (140, 171, Zone.B),
        (140, 169, Zone.A),
        (70, 111, Zone.C),
        (70, 109, Zone.B),
        (50, 126, Zone.D),
        (30, 156, Zone.E),
        (170, 144, Zone.B),
        (170, 146, Zone.A),
        (260, 129, Zone.C),
        (250.1, 39, Zone.D),
        (40, 10, Zone.A),
        (700, 600, Zone.A),
    ],
)
def test_parkes_s_zones(reference: float, measured: float, zone: Zone) -> None:
    assert parkes_zone(reference, measured) is zone


def test_accuracy_by_hand() -> None:
    found = accuracy_of([(100, 110), (200, 180), (50, 66), (39, 90), (401, 100)])
    assert found is not None
    assert (found.count, found.left_out) == (3, 2)
    assert found.mard == pytest.approx((10 + 10 + 32) / 3)
    assert found.bias == pytest.approx((10 - 20 + 16) / 3)
    assert found.agreement == {15: pytest.approx(200 / 3), 20: 100, 30: 100, 40: 100}
    assert found.dts[Zone.A] == pytest.approx(200 / 3)


def test_agreement_is_in_mg_dl_below_100_and_in_percent_above() -> None:
    assert agreement([(99, 114)], 15) == 100
    assert agreement([(99, 114.1)], 15) == 0
    assert agreement([(200, 230)], 15) == 100
    assert agreement([(200, 231)], 15) == 0


def test_without_a_pair_there_is_no_accuracy() -> None:
    assert accuracy_of([]) is None
    assert accuracy_of([(39, 50)]) is None
    with pytest.raises(ValueError, match="at least one pair"):
        shares([], dts_zone)
