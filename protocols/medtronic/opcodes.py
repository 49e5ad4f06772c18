"""Op codes of pump messages, the reasons of a refusal, and the generations of pumps that lay things out differently."""

from enum import Enum, IntEnum


class Opcode(IntEnum):
    """What a message asks for, or that it is an answer without data."""

    ACK = 0x06
    NAK = 0x15
    WRITE_CGM_TIMESTAMP = 0x28
    WRITE_PROFILE_A = 0x30
    WRITE_PROFILE_B = 0x31
    SET_CLOCK = 0x40
    SET_MAX_BOLUS = 0x41
    BOLUS = 0x42
    SELECT_PATTERN = 0x4A
    TEMP_BASAL = 0x4C
    SUSPEND = 0x4D
    BUTTON = 0x5B
    WAKE_UP = 0x5D
    TEMP_BASAL_PERCENT = 0x69
    SET_MAX_BASAL = 0x6E
    WRITE_PROFILE_STD = 0x6F
    CLOCK = 0x70
    PUMP_ID = 0x71
    BATTERY = 0x72
    RESERVOIR = 0x73
    FIRMWARE = 0x74
    ERROR_STATUS = 0x75
    REMOTE_IDS = 0x76
    DAILY_TOTALS = 0x79
    HISTORY_PAGE = 0x80
    PUMP_STATE = 0x83
    WIZARD_ENABLED = 0x87
    CARB_UNITS = 0x88
    GLUCOSE_UNITS = 0x89
    CARB_RATIOS = 0x8A
    SENSITIVITIES = 0x8B
    TARGETS_512 = 0x8C
    MODEL = 0x8D
    SETTINGS_512 = 0x91
    PROFILE_STD = 0x92
    PROFILE_A = 0x93
    PROFILE_B = 0x94
    TEMP_BASAL_STATUS = 0x98
    GLUCOSE_PAGE = 0x9A
    ISIG_PAGE = 0x9B
    CALIBRATION_FACTOR = 0x9C
    LAST_HISTORY_PAGE = 0x9D
    TARGETS = 0x9F
    SETTINGS = 0xC0
    GLUCOSE_PAGE_INFO = 0xCD
    STATUS = 0xCE
    VCNTR_PAGE = 0xD5


class NakCode(IntEnum):
    """Why a pump refuses a message."""

    REFUSED = 0x08
    """The pump does not carry out the command now, or does not know it."""
    OUT_OF_RANGE = 0x09
    """A setting or an amount is outside its range."""
    BOLUS_IN_PROGRESS = 0x0C
    """A bolus is being delivered."""
    INVALID_PAGE = 0x0D
    """There is no history page of this number."""


class Generation(Enum):
    """The models that lay out their messages and records alike: the last two digits of the model number decide."""

    X12 = "x12"
    """512 and 712, and 508 to 511: settings under op code 91, targets are single values, no count of history pages."""
    X15 = "x15"
    """515, 715, 522 and 722: ten strokes a unit."""
    X23 = "x23"
    """523, 723 and later: forty strokes a unit."""

    @property
    def strokes(self) -> int:
        """Strokes a unit of a bolus and of the reservoir; basal rates are in fortieths in every generation."""
        return 40 if self is Generation.X23 else 10

    @classmethod
    def of(cls, model: str) -> "Generation":
        """The generation of a model number such as ``"723"``. Raises ``ValueError`` for what is no model number."""
        if len(model) != 3 or not model.isascii() or not model.isdigit():
            raise ValueError(f"model {model!r}: expected three digits such as 522 or 723")
        last = int(model[1:])
        return cls.X12 if last <= 12 else cls.X15 if last <= 22 else cls.X23
