"""A pump's settings, laid out otherwise in each generation."""

from construct import Int8ub, Int16ub, Padding

from isletbench.protocols.medtronic.layouts import after
from isletbench.protocols.packet import packet, wire


@packet
class _Common:
    """What stands at the same place in every generation."""

    auto_off: int = wire(Int8ub, "h, 0 off")
    alert: int = wire(Int8ub, "volume 1..3, 4 vibrates")
    audio_bolus: int = wire(Int8ub, "1 on")
    audio_step: int = wire(Int8ub, "1/10 U")
    variable_bolus: int = wire(Int8ub, "1 on")


@packet
class Settings512(_Common):
    """Settings of the generation of the 512, op code 91: 18 octets. Clients find the temp type at 13, or at 14."""

    max_bolus: int = wire(Int8ub, "1/10 U")
    max_basal: int = wire(Int16ub, "1/40 U/h")
    time_format: int = wire(Int8ub, "0 12 h, 1 24 h")
    concentration: int = wire(Int8ub, "0 U100, 1 U50")
    patterns: int = wire(Int8ub, "1 on")
    pattern: int = wire(Int8ub, "0 standard, 1 A, 2 B")
    radio: int = wire(Int8ub, "1 on")
    temp_type: int = wire(Int16ub, "0 absolute; 1 percent cannot be told to every client")
    insulin_type: int = wire(after(2, Int8ub), "0 fast, 1 regular")


@packet
class Settings515(_Common):
    """Settings of the generation of the 522, op code C0: 21 octets."""

    max_bolus: int = wire(Int8ub, "1/10 U")
    max_basal: int = wire(Int16ub, "1/40 U/h")
    time_format: int = wire(Int8ub, "0 12 h, 1 24 h")
    concentration: int = wire(Int8ub, "0 U100, 1 U50")
    patterns: int = wire(Int8ub, "1 on")
    pattern: int = wire(Int8ub, "0 standard, 1 A, 2 B")
    radio: int = wire(Int8ub, "1 on")
    block: int = wire(Int8ub, "1 on")
    temp_type: int = wire(Int8ub, "0 absolute, 1 percent")
    temp_percent: int = wire(Int8ub, "%")
    paradigm_link: int = wire(Int8ub, "1 on")
    insulin_action: int = wire(Int8ub, "h")
    low_reservoir_kind: int = wire(Int8ub, "0 units, 1 time")
    low_reservoir: int = wire(Int8ub, "U or h")
    keypad_lock: int = wire(Int8ub, "1 on")


@packet
class Settings523(_Common):
    """Settings of the generation of the 723, op code C0: 25 octets."""

    max_bolus: int = wire(after(1, Int8ub), "1/10 U")
    max_basal: int = wire(Int16ub, "1/40 U/h")
    concentration: int = wire(Int8ub, "0 U100, 1 U50")
    patterns: int = wire(Int8ub, "1 on")
    pattern: int = wire(Int8ub, "0 standard, 1 A, 2 B")
    radio: int = wire(Int8ub, "1 on")
    block: int = wire(Int8ub, "1 on")
    temp_type: int = wire(Int8ub, "0 absolute, 1 percent")
    temp_percent: int = wire(Int8ub, "%")
    paradigm_link: int = wire(Int8ub, "1 on")
    insulin_action: int = wire(Int8ub, "h")
    low_reservoir_kind: int = wire(Int8ub, "0 units, 1 time")
    low_reservoir: int = wire(Int8ub, "U or h")
    keypad_lock: int = wire(Int8ub, "1 on")
    unknown_21: None = wire(Padding(4), "0", default=None)
