"""Rows of the Insulin Delivery Service on the values that can be read."""

from isletbench.emulator.audit.ids.exam import IdsExam
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import AnnunciationType

CONCENTRATIONS = (20, 1_000)
"""IU/mL: U-40 to U-500 are sold."""
MOST_IN_RESERVOIR = 1_000
TEMPERATURES = (-40, 120)
FEATURES_OF_OTHERS = 0x7F0000
"""Bits 16 to 22 are sent as 0. IDS 1.0.2, table 4.12."""


@examines("IDS-6")
async def little_endian(exam: IdsExam) -> None:
    """Numbers are what a pump can mean by them, and an answer names the op code, in this order of octets."""
    features = ids.FEATURES.decode_payload(exam.facts["feature"][3:])
    number = features.insulin_concentration
    plausible = not isinstance(number, Special) and CONCENTRATIONS[0] <= number <= CONCENTRATIONS[1]
    require(plausible, f"IDD Features {shown(exam.facts['feature'])}: {number!r} IU/mL")
    await exam.subscribe_all()
    answer = await exam.ask(ids.STATUS_READER_POINT, bytes.fromhex("3003"))
    require(answer[:2] == bytes.fromhex("3F03"), f"the op code of an answer: expected 3F 03, got {shown(answer[:2])}")


@examines("IDS-25")
async def status_changed(exam: IdsExam) -> None:
    """Two octets, the reserved bits 0."""
    octets = await exam.payload(ids.STATUS_CHANGED)
    require(len(octets) == 2, f"Status Changed: expected 2 octets, got {shown(octets)}")
    require(octets[1] == 0, f"Status Changed {shown(octets)}: bits 8 to 15 are reserved")


@examines("IDS-26")
async def bits_stay(exam: IdsExam) -> None:
    """Reading and reconnecting leave the bits as they are."""
    if exam.permissions.delivery:
        await exam.subscribe_all()
        await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.PAUSE))
        await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.RUN))
        exam.changed.append("therapy was paused and started again")
    first = await exam.changed_bits()
    second = await exam.changed_bits()
    await exam.begin()
    third = await exam.changed_bits()
    require(first & second == first, f"Status Changed is {first:04X}, and {second:04X} when it is read again")
    require(first & third == first, f"Status Changed is {first:04X}, and {third:04X} on the next connection")
    if not first:
        raise NotApplicable("no bit of Status Changed is set")


@examines("IDS-36")
async def status(exam: IdsExam) -> None:
    """The layout of Status, and values that are defined."""
    octets = await exam.payload(ids.STATUS)
    require(len(octets) == 5, f"Status: expected 5 octets, got {shown(octets)}")
    value = ids.STATUS.decode_payload(octets)
    amount = value.reservoir_remaining
    if value.reservoir_attached:
        require(
            not isinstance(amount, Special) and 0 <= amount <= MOST_IN_RESERVOIR,
            f"Status {shown(octets)}: {amount!r} IU in the reservoir",
        )
    if value.therapy_control_state is ids.TherapyControlState.RUN:
        require(
            value.operational_state is ids.OperationalState.READY,
            f"Status {shown(octets)}: therapy runs, and the operational state is {value.operational_state.name}",
        )


@examines("IDS-37")
async def no_reservoir(exam: IdsExam) -> None:
    """NaN and the flag 0 without a reservoir, and never one alone."""
    value = await exam.status()
    is_nan = value.reservoir_remaining is Special.NAN
    require(
        is_nan != value.reservoir_attached, f"Status has {value.reservoir_remaining!r} IU, attached: {value.reservoir_attached}"
    )
    if value.reservoir_attached:
        raise NotApplicable("a reservoir is attached")


@examines("IDS-39")
async def annunciation(exam: IdsExam) -> None:
    """A flags octet alone, or what it announces."""
    octets = await exam.payload(ids.ANNUNCIATION_STATUS)
    require(octets[0] & 0xC0 == 0, f"Annunciation Status {shown(octets)}: bits 6 and 7 of the flags are reserved")
    require(octets[0] & 1 or octets[0] == 0, f"Annunciation Status {shown(octets)}: auxiliary values without an annunciation")
    value = ids.ANNUNCIATION_STATUS.decode_payload(octets)
    if value.annunciation is not None:
        confirmed = value.annunciation.status is ids.AnnunciationStatus.CONFIRMED
        require(not confirmed, f"Annunciation Status {shown(octets)} shows an annunciation that is confirmed")


@examines("IDS-41")
async def temperature(exam: IdsExam) -> None:
    """A report of a temperature has its auxiliary values."""
    value = ids.ANNUNCIATION_STATUS.decode_payload(await exam.payload(ids.ANNUNCIATION_STATUS))
    if value.annunciation is None or value.annunciation.type is not AnnunciationType.TEMPERATURE:
        raise NotApplicable("no temperature is reported")
    require(value.aux1 is not None and value.aux2 is not None, "a report of a temperature has no auxiliary values 1 and 2")


@examines("IDS-43")
async def features(exam: IdsExam) -> None:
    """Eight octets, the concentration, and nothing in the reserved bits."""
    octets = exam.facts["feature"]
    require(len(octets) == 8, f"IDD Features: expected 8 octets, got {shown(octets)}")
    bits = exam.facts["features"]
    require(not bits & FEATURES_OF_OTHERS, f"IDD Features {shown(octets)}: bits 16 to 22 are reserved")
    number = ids.FEATURES.decode_payload(octets[3:]).insulin_concentration
    plausible = not isinstance(number, Special) and 40 <= number <= CONCENTRATIONS[1]
    require(plausible, f"IDD Features {shown(octets)}: {number!r} IU/mL")


@examines("IDS-44")
async def features_stay(exam: IdsExam) -> None:
    """Features do not change in a connection."""
    first = exam.opened(ids.FEATURES, await exam.read(ids.FEATURES))
    await exam.subscribe_all()
    if exam.permissions.delivery:
        await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.PAUSE))
        paused = exam.opened(ids.FEATURES, await exam.read(ids.FEATURES))
        await exam.command(ids.SetTherapyControlState(ids.TherapyControlState.RUN))
        require(paused == first, f"IDD Features is {shown(first)}, and {shown(paused)} while therapy pauses")
    second = exam.opened(ids.FEATURES, await exam.read(ids.FEATURES))
    require(second == first, f"IDD Features is {shown(first)}, and then {shown(second)}")
