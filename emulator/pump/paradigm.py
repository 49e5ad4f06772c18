"""The two families of Medtronic Paradigm pumps as profiles: ten and forty strokes a unit.

What they have in common with ``tubed`` is said there; these write their history at once and to the second, as the pumps do, and
keep temp basals in the steps of each family. Source: MinimedKit's supported increments, the makers' manuals.
"""

from collections.abc import Mapping
from dataclasses import replace

from isletbench.emulator.core.quantities import units
from isletbench.emulator.pump.history import HistoryPolicy
from isletbench.emulator.pump.profile import PROFILES, PumpProfile

_TUBED = PROFILES["tubed"]
_AT_ONCE = HistoryPolicy(capacity=5_000)
_X23 = replace(_TUBED, name="paradigm_x23", history=_AT_ONCE, low_suspend=None)
_X22 = replace(
    _X23,
    name="paradigm_x22",
    pulse=units("0.05"),
    pulse_spacing=2 * _TUBED.pulse_spacing,
    limits=replace(
        _TUBED.limits,
        bolus_steps=((0, units("0.1")),),
        rate_steps=((0, units("0.05")), (units(10), units("0.1"))),
    ),
)
PARADIGM: Mapping[str, PumpProfile] = {profile.name: profile for profile in (_X22, _X23)}
"""By name: 512 to 722, and 523 to 754."""
