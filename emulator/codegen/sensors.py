"""Writes the numbers of the CGM stub down in C, from the rig ``stubs`` that is as the firmware is.

As ``profiles`` does for the pump: what the firmware takes for granted, a rig may not want otherwise.
"""

from collections.abc import Iterator

from isletbench.emulator.cgm.alerts import TREND_SPAN
from isletbench.emulator.cgm.calibration import CalibrationPolicy
from isletbench.emulator.cgm.error_models import Artefacts
from isletbench.emulator.cgm.losses import PERFECT
from isletbench.emulator.cgm.measurement import COMPARABLE
from isletbench.emulator.cgm.profile import EVERYTHING, Choices, Sending, SensorProfile
from isletbench.emulator.codegen.fields import initializer
from isletbench.emulator.core.quantities import hours, minutes
from isletbench.emulator.endpoints.cgms.kind import CgmDevice
from isletbench.emulator.endpoints.cgms.service import identity_of
from isletbench.emulator.endpoints.cgms.specific_ops import LEVELS
from isletbench.emulator.gatt.companions import Identity
from isletbench.emulator.rigs.tuning import profile_of

BANNER = "/* Written by `isletbench firmware headers` from hil_rigs/stubs.toml and emulator/cgm/profile.py. Change it there. */"


def identity(of: Identity) -> str:
    """What a device says of its make, as ``struct ib_identity`` is initialized."""
    return initializer((of.manufacturer, of.model, of.serial_number, of.firmware), of.system_id)


def cgm(device: CgmDevice) -> str:
    """The header of a CGM. Raises ``ValueError`` for one that the firmware cannot be."""
    profile = profile_of(device)
    for what, is_so in _taken_for_granted(profile):
        if not is_so:
            raise ValueError(f"the CGM stub cannot be this: expected {what}")
    lines = [BANNER, "#ifndef ISLETBENCH_PROFILES_CGM_H", "#define ISLETBENCH_PROFILES_CGM_H", ""]
    lines += [f"#define IB_CGM_{name} {value} /* {unit} */" for name, value, unit in _numbers(profile)]
    lines += ["/* struct ib_identity */", f"#define IB_CGM_IDENTITY {identity(identity_of('cgm'))}"]
    lines += ["/* Each alert level, in the order of their op codes: preset, lowest, highest; mg/dL, mg/dL/min. */"]
    return "\n".join([*lines, f"#define IB_CGM_ALERT_LEVELS {{{', '.join(_levels(profile))}}}", "", "#endif", ""])


def _taken_for_granted(profile: SensorProfile) -> Iterator[tuple[str, bool]]:
    policy = profile.calibration
    yield "all features", profile.features == EVERYTHING
    yield "a session that begins by itself, without warm-up", profile.starts_by_itself and not profile.warm_up
    yield "every result stored", profile.stored_every is None
    yield "results told at once", profile.sending == Sending()
    yield "a clock that is right", not profile.clock_drift
    yield "no error of its own", profile.error_model == "exact" and not profile.lag
    yield "no artefacts, losses or failures", _is_sound(profile)
    yield (
        "the plain choices",
        profile.choices
        == Choices(
            unresolved=profile.choices.unresolved,
            fastest_interval=profile.choices.fastest_interval,
            transfer_spacing=profile.choices.transfer_spacing,
            crc=profile.choices.crc,
        ),
    )
    yield "whole mg/dL", all(number == int(number) for number in (profile.low, profile.high, profile.quality))
    yield "every alert level, whole", all(float(level).is_integer() for level in _presets(profile))
    yield "no time of grace", not profile.grace
    yield "a reminder", profile.reminder is not None
    yield (
        "calibration that may be done, not must",
        policy is not None
        and policy
        == CalibrationPolicy(
            required=False,
            interval=policy.interval,
            processing=policy.processing,
            low=policy.low,
            high=policy.high,
            steepest=policy.steepest,
            tolerance=policy.tolerance,
            grace=policy.grace,
        ),
    )


def _is_sound(profile: SensorProfile) -> bool:
    return profile.artefacts == Artefacts() and profile.attenuation == PERFECT and not profile.early_failures


def _presets(profile: SensorProfile) -> list[float]:
    """The alert levels at power-up; NaN where there is none."""
    found = (getattr(profile.levels, level.attribute) for level in LEVELS)
    return [float("nan") if preset is None else preset for preset in found]


def _levels(profile: SensorProfile) -> Iterator[str]:
    for level, preset in zip(LEVELS, _presets(profile), strict=True):
        yield f"{{{preset:g}, {level.low:g}, {level.high:g}}}"


def _numbers(profile: SensorProfile) -> Iterator[tuple[str, str, str]]:
    policy, reminder = profile.calibration, profile.reminder
    assert policy is not None
    assert reminder is not None
    yield "FEATURES", f"0x{profile.features:06X}U", "enum ib_cgms_feature"
    yield "CRC", f"IB_CRC_{profile.choices.crc.name}", "enum ib_crc"
    yield "SAMPLE_TYPE", f"IB_CGMS_SAMPLE_TYPE_{profile.sample_type.name}", "what is measured in"
    yield "SAMPLE_LOCATION", f"IB_CGMS_SAMPLE_LOCATION_{profile.sample_location.name}", "where"
    yield "CADENCE_MIN", f"{profile.cadence // minutes(1)}U", "from one measurement to the next"
    yield "LIFE_HOURS", f"{profile.life // hours(1)}U", "of a session"
    yield "REMINDER_MIN", f"{reminder // minutes(1)}U", "before its end the device-specific alert is raised"
    yield "RECORDS", f"{profile.capacity}U", "that it keeps"
    yield "LOWEST", f"{profile.low:g}", "mg/dL that it can process"
    yield "HIGHEST", f"{profile.high:g}", "mg/dL"
    yield "QUALITY", f"{profile.quality:g}", "% of every result"
    yield "TREND_MIN", f"{TREND_SPAN // minutes(1)}U", "of the past make a rate of change"
    yield "BATTERY_LIFE_MIN", f"{profile.battery_life // minutes(1)}U", "from full to empty"
    yield "BATTERY_LOW", f"{profile.battery_low}", "%: below this it is said to be low"
    yield "FASTEST_MIN", f"{profile.choices.fastest_interval // minutes(1)}U", "the shortest communication interval"
    yield "TRANSFER_SPACING_MS", f"{profile.choices.transfer_spacing}U", "between two notifications of stored records"
    yield "CALIBRATION_MIN", f"{policy.interval // minutes(1)}U", "from one calibration to the next"
    yield "CALIBRATION_PROCESSING_MS", f"{policy.processing}U", "from a reference value to what becomes of it"
    yield "CALIBRATION_LOWEST", f"{policy.low:g}", "mg/dL of a reference value"
    yield "CALIBRATION_HIGHEST", f"{policy.high:g}", "mg/dL"
    yield "CALIBRATION_STEEPEST", f"{policy.steepest * 10:g}", "tenths of mg/dL/min: none is taken while glucose changes faster"
    yield "CALIBRATION_TOLERANCE", f"{policy.tolerance * 100:g}", "% that a reference may differ from what is shown"
    yield "COMPARABLE_MIN", f"{COMPARABLE // minutes(1)}U", "that a reading may be away from a reference"
