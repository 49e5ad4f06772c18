"""What a message asks for: the operation of the Insulin Delivery Service where there is the same one, else a word of its own.

Whoever judges a client can so judge one of a Paradigm pump as any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isletbench.protocols import ids
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids import BolusType, TbrType, TherapyControlState
from isletbench.protocols.medtronic import answers, parameters
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.packet import decode

UNKNOWN = "Unknown"
"""The word of an op code that no pump knows."""
ANNOUNCE = "Announce"
"""The word of a short message that announces parameters."""
ACKNOWLEDGE, REPEAT = "NextFrame", "RepeatFrame"
"""The words of a client's ACK and NAK between the frames of an answer."""
WORDS: Mapping[int, str] = {
    Opcode.ACK: ACKNOWLEDGE,
    Opcode.NAK: REPEAT,
    Opcode.WRITE_CGM_TIMESTAMP: "WriteGlucoseTimestamp",
    Opcode.WRITE_PROFILE_STD: "WriteBasalRateProfileTemplate",
    Opcode.WRITE_PROFILE_A: "WriteBasalRateProfileTemplate",
    Opcode.WRITE_PROFILE_B: "WriteBasalRateProfileTemplate",
    Opcode.SET_CLOCK: "SetClock",
    Opcode.SET_MAX_BOLUS: "SetMaxBolusAmount",
    Opcode.BOLUS: "SetBolus",
    Opcode.SELECT_PATTERN: "ActivateProfileTemplates",
    Opcode.TEMP_BASAL: "SetTbrAdjustment",
    Opcode.TEMP_BASAL_PERCENT: "SetTbrAdjustment",
    Opcode.SUSPEND: "SetTherapyControlState",
    Opcode.BUTTON: "PressButton",
    Opcode.WAKE_UP: "WakeUp",
    Opcode.SET_MAX_BASAL: "SetMaxBasalRate",
    Opcode.CLOCK: "ReadClock",
    Opcode.PUMP_ID: "ReadPumpId",
    Opcode.BATTERY: "ReadBattery",
    Opcode.RESERVOIR: "ReadReservoir",
    Opcode.FIRMWARE: "ReadFirmware",
    Opcode.ERROR_STATUS: "ReadErrorStatus",
    Opcode.REMOTE_IDS: "ReadRemoteIds",
    Opcode.DAILY_TOTALS: "ReadDailyTotals",
    Opcode.HISTORY_PAGE: "ReadHistoryPage",
    Opcode.PUMP_STATE: "ReadPumpState",
    Opcode.WIZARD_ENABLED: "ReadWizardEnabled",
    Opcode.CARB_UNITS: "ReadCarbUnits",
    Opcode.GLUCOSE_UNITS: "ReadGlucoseUnits",
    Opcode.CARB_RATIOS: "ReadCarbRatios",
    Opcode.SENSITIVITIES: "ReadSensitivities",
    Opcode.TARGETS_512: "ReadTargets",
    Opcode.TARGETS: "ReadTargets",
    Opcode.MODEL: "ReadModel",
    Opcode.SETTINGS_512: "ReadSettings",
    Opcode.SETTINGS: "ReadSettings",
    Opcode.PROFILE_STD: "ReadBasalProfile",
    Opcode.PROFILE_A: "ReadBasalProfile",
    Opcode.PROFILE_B: "ReadBasalProfile",
    Opcode.TEMP_BASAL_STATUS: "GetActiveBasalRateDelivery",
    Opcode.GLUCOSE_PAGE: "ReadGlucosePage",
    Opcode.ISIG_PAGE: "ReadIsigPage",
    Opcode.CALIBRATION_FACTOR: "ReadCalibrationFactor",
    Opcode.LAST_HISTORY_PAGE: "ReadLastHistoryPage",
    Opcode.GLUCOSE_PAGE_INFO: "ReadGlucosePageInfo",
    Opcode.STATUS: "GetActiveBolusIds",
    Opcode.VCNTR_PAGE: "ReadVcntrPage",
}
"""The word of each op code; that of the status is the operation that tells whether a bolus runs."""
CANCEL_TEMP_BASAL = "CancelTbrAdjustment"
"""The word of a temp basal of no duration."""
OPERATIONS = frozenset({*WORDS.values(), CANCEL_TEMP_BASAL, ANNOUNCE, UNKNOWN})
"""Every word of a pump."""
NEEDS_PARAMETERS: Mapping[int, type[Any]] = {
    Opcode.SET_CLOCK: answers.Clock,
    Opcode.SET_MAX_BOLUS: parameters.MaxBolus,
    Opcode.SELECT_PATTERN: parameters.SelectPattern,
    Opcode.TEMP_BASAL: parameters.TempBasal,
    Opcode.TEMP_BASAL_PERCENT: parameters.TempBasalPercent,
    Opcode.SUSPEND: parameters.Suspend,
    Opcode.BUTTON: parameters.Button,
    Opcode.SET_MAX_BASAL: parameters.MaxBasal,
    Opcode.HISTORY_PAGE: parameters.PageNumber,
    Opcode.VCNTR_PAGE: parameters.PageNumber,
    Opcode.GLUCOSE_PAGE: parameters.GlucosePageNumber,
    Opcode.ISIG_PAGE: parameters.GlucosePageNumber,
}
"""Commands with parameters, and what these are; ``Opcode.BOLUS`` differs between generations."""
PROFILE_WRITES = (Opcode.WRITE_PROFILE_STD, Opcode.WRITE_PROFILE_A, Opcode.WRITE_PROFILE_B)
"""Commands whose parameters come in several frames."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message asks for."""

    opcode: int
    parameters: Any = None
    """A packet; for the commands with several frames its octets; None without parameters."""

    @property
    def word(self) -> str:
        """The operation."""
        if isinstance(self.parameters, parameters.TempBasal | parameters.TempBasalPercent) and not self.parameters.half_hours:
            return CANCEL_TEMP_BASAL
        return WORDS.get(self.opcode, UNKNOWN)

    def operand(self, strokes: int) -> Any:
        """The operation of the service where there is the same one, else the parameters."""
        match self.parameters:
            case parameters.BolusTenths(count) | parameters.BolusFortieths(count):
                return ids.SetBolus(BolusType.FAST, count / strokes, 0.0, 0)
            case parameters.TempBasal(half_hours=0) | parameters.TempBasalPercent(half_hours=0):
                return ids.CancelTbrAdjustment()
            case parameters.TempBasal(rate, half_hours):
                return ids.SetTbrAdjustment(TbrType.ABSOLUTE, rate / 40, 30 * half_hours)
            case parameters.TempBasalPercent(percent, half_hours):
                return ids.SetTbrAdjustment(TbrType.RELATIVE, percent / 100, 30 * half_hours)
            case parameters.Suspend(on):
                return ids.SetTherapyControlState(TherapyControlState.STOP if on else TherapyControlState.RUN)
            case parameters.MaxBolus(tenths):
                return ids.SetMaxBolusAmount(tenths / 10)
            case other:
                return other


def parameters_of(opcode: int, generation: Generation) -> type[Any] | None:
    """What the parameters of a command are; None for one without, and for one with parameters in several frames."""
    if opcode == Opcode.BOLUS:
        return parameters.BolusFortieths if generation is Generation.X23 else parameters.BolusTenths
    return NEEDS_PARAMETERS.get(opcode)


def asked(opcode: int, given: bytes, generation: Generation) -> Asked:
    """What an op code and its parameters ask for. Octets beyond the parameters are left out. Raises ``WireError``."""
    if opcode in PROFILE_WRITES:
        return Asked(opcode, given)
    if opcode == Opcode.WAKE_UP:
        return Asked(opcode, decode(parameters.RadioOn, given, trailing=True) if given else None)
    kind = parameters_of(opcode, generation)
    return Asked(opcode) if kind is None else Asked(opcode, decode(kind, given, trailing=True))


def word_of(opcode: int, given: bytes, generation: Generation) -> str:
    """The operation of a message whose parameters may be anything."""
    try:
        return asked(opcode, given, generation).word
    except WireError:
        return WORDS.get(opcode, UNKNOWN)
