"""Careless clients: the tests of a meter."""

from collections.abc import Hashable, Sequence
from typing import Any

from isletbench.hil_rigs.clients.controller.blood_tests import PER_KG_L, BloodTestStore
from isletbench.hil_rigs.clients.controller.meter import MeterReader
from isletbench.hil_rigs.clients.controller.meter_time import MeterTime
from isletbench.protocols.fields import Number, Special
from isletbench.protocols.gls import Measurement
from isletbench.protocols.racp import Operator, Response, Selection


class TrustsTheDisplay(MeterTime):
    """The client takes what a meter's display showed at a test for the time of the test, however wrong the display is.

    Report: NightscoutFoundation/xDrip#120 (BGM-01).
    """

    def date(self, tests: Sequence[Measurement], shown: float | None, now: float, since: float) -> list[float | None]:
        self._ahead = shown if self._ahead is None else self._ahead
        return [self._base(test) + 60 * (test.time_offset or 0) - (self._ahead or 0.0) for test in tests]


class ReadsTheOffsetUnsigned(MeterTime):
    """The client reads the time offset as a number without sign: an hour back becomes 45 days ahead.

    Report: nordicsemi/Android-BLE-Common-Library#3 (BGM-02).
    """

    def _offset(self, test: Measurement) -> int | None:
        return (test.time_offset or 0) & 0xFFFF


class IgnoresTheOffset(MeterTime):
    """The client takes Base Time for what the display shows, and knows of no time offset.

    Report: NightscoutFoundation/xDrip#44 (BGM-02).
    """

    def _offset(self, test: Measurement) -> int | None:
        return 0


class AsksForHigherNumbers(MeterReader):
    """The client asks for numbers above the highest that it knows, and for nothing else: a meter that numbers anew has no news.

    Report: theonlytruebigmac/Glucoripper: its full sweep when the count drops (BGM-03).
    """

    def _selection(self, newest: Measurement, count: int) -> tuple[Selection, int]:
        return (self._from(self._newest.sequence + 1), 0) if self._newest is not None else (Selection(Operator.ALL), count)


class GoesByTheNumber(BloodTestStore):
    """The client takes a test whose number it knows for one that it has stored.

    Report: tidepool-org/ble-glucose: a test with the number of the one before is dropped (BGM-03).
    """

    def _identity(self, test: Measurement) -> Hashable:
        return test.sequence


class StoresEachTransfer(BloodTestStore):
    """The client stores a test as often as it is transferred.

    Report: NightscoutFoundation/xDrip#138 (BGM-04).
    """

    def _identity(self, test: Measurement) -> Hashable:
        return object()


class ReadsEverythingAgain(MeterReader):
    """The client reads the whole memory whenever it looks at the meter.

    Report: NightscoutFoundation/xDrip#762 (BGM-04).
    """

    async def _may_have_news(self, count: int) -> bool:
        self._newest = None
        return True


class TakesControlForBlood(BloodTestStore):
    """The client takes tests of control solution for tests of blood.

    Report: tidepool-org/uploader#158 (BGM-05).
    """

    def _is_blood(self, test: Measurement) -> bool:
        return True


class TakesLimitsForValues(BloodTestStore):
    """The client takes the limit that a meter sends for HI or LO for a result.

    Report: tidepool-org/uploader#123 (BGM-06).
    """

    def _beyond(self, test: Measurement) -> str | None:
        return None


class IgnoresTheUnit(BloodTestStore):
    """The client takes every concentration for one in kg/L.

    Report: nordicsemi/IOS-nRF-Toolbox#12 (BGM-07).
    """

    def _mg_dl(self, concentration: Number, *, molar: bool) -> float | None:
        return None if isinstance(concentration, Special) else round(concentration * PER_KG_L, 3)


class ReadsTheStatusAsAResult(BloodTestStore):
    """The client reads the concentration where it usually is: in a record without one it finds the status there.

    Report: NightscoutFoundation/xDrip: GlucoseReadingRx (BGM-08).
    """

    def _result(self, test: Measurement) -> tuple[float | None, str | None] | None:
        if test.result is None:
            return float(test.annunciation or 0), None
        return super()._result(test)


class TakesAnyEndForTheEnd(MeterReader):
    """The client takes every response code for the end of a complete report.

    Report: sugarlite/GlucoseRelay: any response is taken for the end (BGM-09).
    """

    def _is_complete(self, answer: Any, came: int, expected: int) -> bool:
        return isinstance(answer, Response)


class OverlooksTheStatus(MeterReader):
    """The client tells its user nothing of what a test says about its meter.

    Report: tidepool-org/ble-glucose: the status is read with a result only (BGM-10).
    """

    def _heed(self, newest: Measurement) -> None:
        pass


class DeletesEverything(MeterReader):
    """The client deletes the whole memory: a test that was made since it was read is lost.

    Shown by: BGM-11.
    """

    def _deleted(self, newest: Measurement) -> Selection:
        return Selection(Operator.ALL)
