"""Exercise by heart rate, against the two states of its publication."""

import pytest

from isletbench.emulator.patient.exercise.deichmann_2021 import ALPHA, BETA, FADING, RESTING_BPM, SMOOTHING, Deichmann2021
from isletbench.emulator.patient.modulators import Modulation


def test_a_session_does_what_the_two_states_of_the_publication_do() -> None:
    """H and Z as written there, integrated finely beside ours, through a session and ten hours after it."""
    ours = Deichmann2021()
    y = z = h = 0.0
    for second in range(11 * 3600):
        intensity = 50.0 if second < 3600 else 0.0
        f = 0.0 if y <= 0 else 1 / (1 + (0.1 * RESTING_BPM / y) ** 4)
        y, z, h = (
            y + (intensity - y) / SMOOTHING / 60,
            z + (f - (f + 1 / FADING) * z) / 60,
            h + intensity / 60,
        )
        if second % 60 == 59:
            ours.passes(1, intensity)
            theirs = Modulation(uptake=1 + ALPHA * h * z, clearance=BETA * y)
            assert ours.modulation().clearance == pytest.approx(theirs.clearance, abs=2e-4)
            if second > 600:
                assert ours.modulation().uptake == pytest.approx(theirs.uptake, abs=0.02), second // 60
