"""Scripts of what a client may do to a device, drawn at random: sensible, nearly sensible, and senseless."""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum, IntFlag
from typing import Any

from hypothesis import strategies as st

from isletbench.emulator.core.quantities import days, hours, minutes
from isletbench.protocols import cgms, companions, ids, racp
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.errors import Unencodable
from isletbench.protocols.fields import DstOffset, Number, Special
from isletbench.protocols.frames import FrameType
from isletbench.protocols.packet import ControlPoint
from tests.firmware.steps import Confirm, Hello, Listen, Octets, Operate, Send, Step, Wait

# --- values, drawn by their types ----------------------------------------------------------------------------------


def weighted(*choices: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """One of them, each as often as its weight says; ``one_of`` takes the same one only once, however often it is given."""
    tickets = [place for place, (weight, _) in enumerate(choices) for _ in range(weight)]
    return st.sampled_from(tickets).flatmap(lambda place: choices[place][1])


NUMBERS = st.one_of(
    st.sampled_from(
        [0.0, 0.05, 0.1, 0.5, 1.0, 1.5, 2.0, 5.0, 20.0, 30.0, 70.0, 100.0, 180.0, 250.0, 500.0, -1.0, -3.0, 0.01, 31.0]
    ),
    st.integers(0, 600).map(lambda n: n / 20),
    st.sampled_from(list(Special)),
)
INTEGERS = st.one_of(
    st.integers(0, 5), st.sampled_from([10, 15, 30, 59, 60, 61, 120, 254, 255, 256, 1439, 1440, 1441, 0xFFFE, 0xFFFF])
)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of ``protocols``: an operation, an enumeration, a number."""
    if kind == Number:
        return NUMBERS
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return st.one_of(*map(values, typing.get_args(kind)))
    if typing.get_origin(kind) is tuple:
        inner = typing.get_args(kind)
        return st.lists(values(inner[0]), max_size=4).map(tuple) if inner[-1] is ... else st.tuples(*map(values, inner))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{field.name: values(hints[field.name]) for field in fields(kind)})
    if issubclass(kind, IntFlag):
        return st.integers(0, (1 << max(member.bit_length() for member in kind)) - 1).map(kind)
    if issubclass(kind, IntEnum):
        return st.sampled_from(list(kind))
    return {
        int: INTEGERS,
        bool: st.booleans(),
        float: st.just(1.0),
        bytes: st.binary(max_size=3),
        Special: st.sampled_from(list(Special)),
        type(None): st.none(),
    }[kind]


def _octets_of(point: Characteristic) -> Callable[[Any], bytes]:
    def octets(content: Any) -> bytes:
        try:
            return point.encode_payload(content)
        except Unencodable:
            return b"\0"

    return octets


def _requests(dialect: racp.Dialect) -> st.SearchStrategy[racp.Request]:
    numbers = st.one_of(st.none(), st.integers(0, 40), st.sampled_from([0xFFFF]))
    filters = st.one_of(st.none(), st.sampled_from([int(kind) for kind in dialect.filters]))
    selection = st.builds(racp.Selection, st.sampled_from(list(racp.Operator)), filters, numbers, numbers)
    return st.builds(racp.Request, st.sampled_from([o for o in racp.Operation if o in dialect.opcodes]), selection)


def _selections(dialect: racp.Dialect) -> st.SearchStrategy[racp.Selection]:
    """Selections that can be: as many numbers as their operator needs."""
    numbers = st.integers(0, 60)
    kinds = st.sampled_from([int(kind) for kind in dialect.filters])
    return st.one_of(
        st.sampled_from([racp.Operator.ALL, racp.Operator.ALL, racp.Operator.FIRST, racp.Operator.LAST]).map(racp.Selection),
        st.builds(lambda kind, high: racp.Selection(racp.Operator.AT_MOST, kind, None, high), kinds, numbers),
        st.builds(lambda kind, low: racp.Selection(racp.Operator.AT_LEAST, kind, low), kinds, numbers),
        st.builds(lambda kind, low, more: racp.Selection(racp.Operator.WITHIN, kind, low, low + more), kinds, numbers, numbers),
    )


def _likely_requests(dialect: racp.Dialect) -> st.SearchStrategy[racp.Request]:
    asks = [racp.Operation.REPORT, racp.Operation.REPORT, racp.Operation.COUNT, racp.Operation.DELETE]
    request = st.builds(racp.Request, st.sampled_from(asks), _selections(dialect))
    return weighted((5, request), (1, st.just(racp.Request(racp.Operation.ABORT))))


TIMES = st.builds(
    DateTime,
    st.sampled_from([2024, 2025, 2026, 2027, 1999]),
    st.integers(1, 12),
    st.integers(1, 31),
    st.sampled_from([0, 1, 12, 23]),
    st.sampled_from([0, 30, 59]),
    st.sampled_from([0, 30, 59]),
)
ZONES = st.one_of(st.none(), st.integers(-48, 56))
DOSES = st.one_of(st.integers(1, 40).map(lambda pulses: pulses / 20), st.sampled_from([5.0, 29.95, 30.0, 30.05, 0.0, 0.01]))
ANNUNCIATIONS = st.sampled_from([1, 1, 1, 2, 2, 3])
TEMPLATES = st.sampled_from([1, 2, 3, 4, 2, 5])
BLOCKS = st.builds(ids.Block, st.sampled_from([1440, 720, 600, 840, 480, 1]), st.integers(0, 300).map(lambda rate: rate / 100))
ADJUSTMENTS = st.one_of(st.sampled_from([0.0, 0.01, 0.5, 2.51, 30.0]), st.integers(0, 250).map(lambda n: n / 100))
LEVELS = st.one_of(st.sampled_from([20.0, 54.0, 70.0, 100.0, 180.0, 250.0, 500.0, 3.0, -3.0]), NUMBERS)

LIKELY: Mapping[int, st.SearchStrategy[Any]] = {
    cgms.SPECIFIC_OPS_POINT.uuid: weighted(
        (2, st.sampled_from([cgms.StartSession(), cgms.StopSession(), cgms.ResetDeviceSpecificAlert()])),
        (1, st.builds(cgms.SetCommunicationInterval, st.sampled_from([0, 1, 5, 6, 10, 15, 60, 255]))),
        (
            3,
            st.sampled_from(
                [
                    operation
                    for operation in cgms.SPECIFIC_OPS.operations.values()
                    if operation.__name__.startswith("Set") and operation.__name__.endswith("Level")
                ]
            ).flatmap(lambda operation: st.builds(operation, LEVELS)),
        ),
        (
            2,
            st.builds(
                cgms.Calibration,
                st.sampled_from([60.0, 90.0, 100.0, 110.0, 140.0, 400.0, 401.0]),
                st.sampled_from([0, 0, 1, 5, 30]),
                values(tuple[cgms.SampleType, cgms.SampleLocation]),
                st.sampled_from([0, 60, 0xFFFF]),
                st.just(0),
                st.just(cgms.CalibrationStatus(0)),
            ).map(cgms.SetGlucoseCalibrationValue),
        ),
        (1, st.builds(cgms.GetGlucoseCalibrationValue, st.sampled_from([0, 1, 2, 3, 0xFFFF]))),
    ),
    cgms.RECORD_ACCESS.uuid: _likely_requests(racp.GENERIC),
    cgms.SESSION_START_TIME.uuid: st.builds(cgms.SessionStartTime, TIMES, ZONES, values(DstOffset)),
    companions.TIME.uuid: st.builds(
        companions.CurrentTime, TIMES, st.just(0), st.integers(0, 255), values(companions.AdjustReason)
    ),
    companions.LOCAL_TIME.uuid: st.builds(companions.LocalTimeInformation, ZONES, values(DstOffset)),
    ids.STATUS_READER_POINT.uuid: weighted(
        (4, st.builds(ids.GetActiveBolusDelivery, st.sampled_from([1, 1, 1, 2, 3]), values(ids.BolusValueSelection))),
        (2, st.builds(ids.ResetStatus, values(ids.StatusFlag))),
        (1, values(ids.GetCounter)),
        (
            3,
            st.sampled_from(
                [
                    ids.GetActiveBolusIds(),
                    ids.GetActiveBasalRateDelivery(),
                    ids.GetTotalDailyInsulinStatus(),
                    ids.GetDeliveredInsulin(),
                    ids.GetInsulinOnBoard(),
                ]
            ),
        ),
    ),
    ids.COMMAND_POINT.uuid: weighted(
        (
            6,
            st.builds(
                ids.SetBolus,
                st.just(ids.BolusType.FAST),
                DOSES,
                st.just(0.0),
                st.just(0),
                delay_time=st.sampled_from([None, None, None, 0, 1, 30, 480, 481]),
                activation_type=st.one_of(st.none(), values(ids.BolusActivation)),
                correction=st.booleans(),
                meal=st.booleans(),
            ),
        ),
        (2, st.builds(ids.CancelBolus, st.sampled_from([1, 1, 1, 2, 3]))),
        (
            4,
            st.builds(
                ids.SetTbrAdjustment,
                st.sampled_from([ids.TbrType.ABSOLUTE, ids.TbrType.RELATIVE]),
                ADJUSTMENTS,
                st.sampled_from([1, 2, 10, 15, 30, 60, 1440, 0, 1441]),
                context=st.one_of(st.none(), values(ids.BasalContext)),
                change=st.booleans(),
            ),
        ),
        (1, st.just(ids.CancelTbrAdjustment())),
        (3, values(ids.SetTherapyControlState)),
        (1, st.builds(ids.SetMaxBolusAmount, DOSES)),
        (1, st.sampled_from([ids.GetMaxBolusAmount(), ids.GetAvailableBoluses(), ids.GetActivatedProfileTemplates()])),
        (1, st.builds(ids.SnoozeAnnunciation, ANNUNCIATIONS)),
        (3, st.builds(ids.ConfirmAnnunciation, ANNUNCIATIONS)),
        (1, st.builds(ids.ReadBasalRateProfileTemplate, TEMPLATES)),
        (
            3,
            st.builds(
                ids.WriteBasalRateProfileTemplate,
                TEMPLATES,
                st.sampled_from([1, 1, 2, 3, 4]),
                BLOCKS,
                st.one_of(st.none(), BLOCKS),
                st.none(),
                end_transaction=st.booleans(),
            ),
        ),
        (1, st.builds(ids.ActivateProfileTemplates, st.lists(TEMPLATES, min_size=1, max_size=2).map(tuple))),
        (1, st.builds(ids.ResetTemplateStatus, st.lists(TEMPLATES, min_size=1, max_size=2).map(tuple))),
    ),
    ids.RECORD_ACCESS.uuid: _likely_requests(racp.IDS),
}
"""What a client that knows what it is doing writes."""


def payloads(point: Characteristic) -> st.SearchStrategy[bytes]:
    """What may be written to a characteristic: right, bent, cut, and anything."""
    contents: st.SearchStrategy[Any]
    if isinstance(point.layout, ControlPoint):
        contents = st.sampled_from(list(point.layout.operations.values())).flatmap(values)
    elif isinstance(point.layout, racp.Dialect):
        contents = _requests(point.layout)
    else:
        contents = values(point.layout)
    if (likely := LIKELY.get(point.uuid)) is not None:
        contents = weighted((4, likely), (1, contents))
    right = contents.map(_octets_of(point))
    return weighted(
        (12, right),
        (1, st.builds(lambda octets, end: octets[:-end], right, st.integers(1, 4))),
        (1, st.builds(lambda octets, more: octets + more, right, st.binary(min_size=1, max_size=4))),
        (1, st.builds(_bent, right, st.integers(0, 400))),
        (1, st.binary(max_size=24)),
    )


def _bent(octets: bytes, bit: int) -> bytes:
    if not octets:
        return octets
    place = bit // 8 % len(octets)
    return octets[:place] + bytes([octets[place] ^ 1 << bit % 8]) + octets[place + 1 :]


# --- steps ---------------------------------------------------------------------------------------------------------

WRITABLE: Mapping[str, tuple[Characteristic, ...]] = {
    "cgm": (
        *(cgms.SPECIFIC_OPS_POINT,) * 4,
        *(cgms.RECORD_ACCESS,) * 3,
        cgms.SESSION_START_TIME,
        companions.TIME,
        companions.LOCAL_TIME,
        companions.BOND_POINT,
    ),
    "pump": (
        *(ids.COMMAND_POINT,) * 6,
        *(ids.STATUS_READER_POINT,) * 4,
        *(ids.RECORD_ACCESS,) * 2,
        companions.TIME,
        companions.LOCAL_TIME,
        companions.ALERT_LEVEL,
        companions.BOND_POINT,
    ),
}
PINS = {"cgm": st.just(False), "pump": st.sampled_from([False, False, False, True])}
SPANS = st.one_of(
    st.sampled_from([0, 1, 7, 8, 9, 100, 2_000, 20_000, minutes(1), minutes(5), minutes(15), hours(1), hours(6)]),
    st.integers(0, minutes(10)),
    st.sampled_from([days(1)]),
)
HANDLES = st.one_of(st.integers(0, 62), st.sampled_from([0xFFFF, 0x0100]))
FLIPS = weighted((3, st.none()), (1, st.integers(0, 4_000)))


def steps(device: str) -> st.SearchStrategy[Step]:
    """One thing a client may do to this device."""
    points = WRITABLE[device]
    mostly_no = st.sampled_from([False] * 29 + [True])
    operate = st.sampled_from(points).flatmap(
        lambda point: st.builds(
            Operate,
            st.just(point.uuid),
            payloads(point),
            bare=mostly_no,
            again=mostly_no,
            spoil=weighted((29, st.none()), (1, st.integers(0, 300))),
            response=st.sampled_from([True] * 19 + [False]),
            confirms=st.sampled_from([True] * 7 + [False]),
        )
    )
    kinds = st.one_of(st.sampled_from([int(kind) for kind in FrameType]), st.integers(0, 255))
    contents = st.one_of(st.just(b""), st.binary(max_size=4), st.binary(max_size=520))
    return weighted(
        (16, operate),
        (3, st.builds(Wait, SPANS, st.just(100), st.just(False))),
        (2, st.builds(Wait, SPANS, st.integers(20, 450), PINS[device])),
        (1, st.builds(Confirm)),
        (1, st.builds(Confirm, st.integers(0, 2), st.integers(0, 1))),
        (1, st.builds(Send, kinds, HANDLES, contents, st.sampled_from([0, 0, 0, -1, -1, 5]), FLIPS)),
        (1, st.builds(Send, st.just(int(FrameType.READ)), HANDLES)),
        (1, st.builds(Octets, st.binary(max_size=40))),
        (1, st.builds(Listen, st.sampled_from([True, True, False]))),
        (1, st.builds(Hello)),
    )


def scripts(device: str, longest: int = 30) -> st.SearchStrategy[list[Step]]:
    """What a client may do, from power-up on; most begin by listening."""
    begin: st.SearchStrategy[list[Step]] = st.sampled_from([[Listen()], [Listen()], [Listen()], []])
    some = st.lists(steps(device), max_size=longest // 2)
    many = st.lists(steps(device), min_size=longest // 2, max_size=longest)
    return st.builds(lambda first, rest: first + rest, begin, weighted((1, some), (2, many)))
