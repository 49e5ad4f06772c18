"""Writes the numbers of the pump stub down in C, from the rig ``stubs`` that is as the firmware is.

What the firmware has no switch for it takes for granted: a rig that wants something else is refused here, and not misunderstood
there.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from isletbench.emulator.codegen.sensors import cgm, identity
from isletbench.emulator.core.quantities import MS_PER_HOUR, milliseconds, minutes, units
from isletbench.emulator.endpoints.cgms.kind import CgmDevice
from isletbench.emulator.endpoints.ids.kind import BasalBlock, PumpDevice
from isletbench.emulator.endpoints.ids.service import identity_of
from isletbench.emulator.pump.battery_use import TIMED
from isletbench.emulator.pump.history import HistoryPolicy
from isletbench.emulator.pump.profile import Habits, Limits, PumpProfile
from isletbench.emulator.rigs.rig import load_rig
from isletbench.emulator.rigs.tuning import profile_of
from isletbench.protocols.ids import CounterType, Feature, TemplateType

BANNER = (
    "/* Written by `isletbench firmware headers` from hil_rigs/stubs.toml and emulator/pump/profile.py. Change it there. */"
)
KNOWN = (
    Feature.E2E_PROTECTION
    | Feature.BASAL_RATE
    | Feature.TBR_ABSOLUTE
    | Feature.TBR_RELATIVE
    | Feature.FAST_BOLUS
    | Feature.BOLUS_DELAY_TIME
    | Feature.BOLUS_ACTIVATION_TYPE
    | Feature.MULTIPLE_BOND
)
"""The features that the firmware has; it has no switch for any."""
MILLION = 1_000_000


def files() -> dict[str, str]:
    """Every generated file's text, by its path under ``firmware_stubs/generated``."""
    devices = load_rig("stubs").devices
    sensor, device = devices["cgm"], devices["pump"]
    assert isinstance(sensor, CgmDevice)
    assert isinstance(device, PumpDevice)
    return {"profiles/cgm.h": cgm(sensor), "profiles/pump.h": pump(device)}


def pump(device: PumpDevice) -> str:
    """The header of a pump. Raises ``ValueError`` for one that the firmware cannot be."""
    profile = profile_of(device)
    for what, is_so in _taken_for_granted(profile):
        if not is_so:
            raise ValueError(f"the pump stub cannot be this: expected {what}")
    lines = [BANNER, "#ifndef ISLETBENCH_PROFILES_PUMP_H", "#define ISLETBENCH_PROFILES_PUMP_H", ""]
    lines += [f"#define IB_PUMP_{name} {value} /* {unit} */" for name, value, unit in _numbers(profile, device)]
    blocks = ", ".join(f"{{{lasting}, {rate}}}" for lasting, rate in _blocks(device.basal))
    lines += ["/* struct ib_identity */", f"#define IB_PUMP_IDENTITY {identity(identity_of('pump', profile.name))}"]
    lines += ["/* The basal rates at power-up: minutes, uU/h. */"]
    lines += [f"#define IB_PUMP_BASAL {{{{{blocks}}}, {len(device.basal)}}}", "", "#endif", ""]
    return "\n".join(lines)


def _taken_for_granted(profile: PumpProfile) -> Iterator[tuple[str, bool]]:
    limits, policy = profile.limits, profile.history
    plain = Limits(limits.bolus, limits.bolus_steps, rate=limits.rate, rate_steps=limits.rate_steps)
    yield "the features that it has", profile.features == KNOWN
    yield "no habits of its own", profile.habits == Habits()
    yield "pulses as they fall due", profile.basal_cadence is None and profile.bolus_lead is None
    yield "what is in the reservoir to be told as it is", not profile.hidden_margin and profile.shows_at_most is None
    yield "history that tells at once, to the second", policy == HistoryPolicy(policy.capacity)
    yield "one step for all amounts, and one for all rates", len(limits.bolus_steps) == len(limits.rate_steps) == 1
    yield "boluses in whole pulses", limits.bolus_steps[0][1] % profile.pulse == 0
    yield "no limits but for each bolus, rate and TBR", limits == plain
    yield "no priming, and a bolus that can be limited", not profile.primes and profile.sets_max_bolus
    yield "a battery that time alone drains", profile.battery == TIMED
    yield "no life of its own", profile.stops_after is None and profile.reservoir_advisory is None
    yield "nothing configured at the factory", not profile.factory
    yield "templates for basal rates and no others", [t.type for t in profile.templates] == [TemplateType.BASAL_RATE_PROFILE]
    yield "all four counters", set(profile.counters) == set(CounterType)


def _numbers(profile: PumpProfile, device: PumpDevice) -> Iterator[tuple[str, str, str]]:
    def large(value: int) -> str:
        return f"INT64_C({value})"

    limits, policy, templates = profile.limits, profile.history, profile.basal_templates
    yield "FEATURES", f"0x{profile.features:06X}U", "enum ib_ids_feature"
    yield "CONCENTRATION", str(profile.concentration), "IU/mL"
    yield "PULSE", large(profile.pulse), "uU: a pulse is whole or does not happen"
    yield "PULSE_SPACING", large(profile.pulse_spacing), "ms, of a bolus, and the least between any two"
    yield "FILL", large(units(device.reservoir)), "uU in the reservoir at power-up"
    yield "LOW_RESERVOIR", large(profile.low_reservoir), "uU: it warns when this much is left"
    yield "BATTERY_LIFE", large(profile.battery_life), "ms"
    for counter, span in profile.counters.items():
        yield counter.name, large(span), "ms that a counter counts down from"
    yield "MAX_BOLUS", large(limits.bolus), "uU"
    yield "BOLUS_STEP", large(limits.bolus_steps[0][1]), "uU"
    yield "MAX_DELAY", large(limits.delay), "ms"
    yield "MAX_RATE", large(limits.rate), "uU/h"
    yield "RATE_STEP", large(limits.rate_steps[0][1]), "uU/h"
    yield "MAX_TBR_FACTOR", large(round(limits.tbr_factor * MILLION)), "millionths"
    yield "MAX_TBR_DURATION", large(limits.tbr_duration), "ms"
    yield "MAX_PAUSE", large(profile.max_pause), "ms; a longer pause becomes a stop"
    yield "SNOOZE", large(profile.snooze), "ms that a snoozed annunciation is quiet"
    yield "HISTORY", str(policy.capacity), "records"
    yield "REFERENCE_EVERY", large(policy.reference_every), "ms: how often it records what time it is"
    yield "RESERVOIR_EVERY", large(policy.reservoir_every), "uU delivered: then it records what is left"
    yield "TRANSFER_SPACING", str(profile.transfer_spacing), "ms between two notifications of history"
    yield "BASAL_FIRST", str(templates.first), "number of the first basal rate profile template"
    yield "BASAL_COUNT", str(templates.count), "as many as there are"
    yield "BASAL_BLOCKS", str(templates.max_blocks), "time blocks of one at most"


def _blocks(basal: Sequence[BasalBlock]) -> Iterator[tuple[int, int]]:
    """Minutes and uU/h of each."""
    starts = [milliseconds(MS_PER_HOUR * block.at.hour + minutes(block.at.minute)) for block in basal]
    for block, (start, end) in zip(basal, pairwise([*starts, 24 * MS_PER_HOUR]), strict=True):
        yield (end - start) // minutes(1), units(block.rate)
