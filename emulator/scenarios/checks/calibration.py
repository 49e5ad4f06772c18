"""What must hold of how a client calibrates a sensor with the tests of a meter."""

from collections.abc import Iterator
from typing import TypeAlias

from pydantic import Field

from isletbench.emulator.cgm.events import Calibrated, SessionChanged
from isletbench.emulator.cgm.states import Event
from isletbench.emulator.core.models import Lasting
from isletbench.emulator.core.quantities import Instant, clock, minutes
from isletbench.emulator.journal.conversation import Conversation, Exchange
from isletbench.emulator.journal.entries import LedgerEntry
from isletbench.emulator.meter.events import BloodTested, ControlTested
from isletbench.emulator.scenarios.checks.blood_tests import MG_DL
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding, misdated
from isletbench.emulator.scenarios.checks.queries import requests
from isletbench.protocols import cgms, gls
from isletbench.protocols.errors import WireError

Tested: TypeAlias = LedgerEntry[BloodTested] | LedgerEntry[ControlTested]
Origin: TypeAlias = tuple[cgms.SampleType, cgms.SampleLocation]


class CalibratesFromTests(Check):
    """Calibrate a sensor with recent tests of blood: each with what the meter has shown, in mg/dL, when it was made, and of
    what sample; none with an old test or with control solution (BGM-13).

    A client may try again what the sensor cannot take yet.
    """

    times: int = Field(default=1, ge=0, le=1_000)
    """How many calibrations the sensor has to have accepted at the end."""
    fresh: Lasting = 900_000
    """How old a test may be when it calibrates."""
    within: Lasting = 90_000
    """Of the time of the test: the sensor counts whole minutes, and so does the meter's offset."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        tests: list[Tested] = [*conversation.events(BloodTested), *conversation.events(ControlTested)]
        origins = _origins(conversation)
        for exchange, reference in self._sent(conversation):
            request = exchange.request
            drawn = _instant_of(reference, request.device, request.at, conversation)
            words = f"the sensor is calibrated at {clock(request.at)} with {reference.glucose:g} mg/dL of {clock(drawn)}"
            made = [test for test in tests if test.at <= request.at]
            test = min(made, key=lambda one: abs(one.at - drawn), default=None)
            for wrong, excuse in self._wrong(reference, drawn, request.at, test, origins):
                yield Finding(request.at, request.line, f"{words}, {wrong}", excuse)
        accepted = {one.event.number for one in conversation.events(Calibrated, self.device) if not one.event.status}
        if len(accepted) < self.times:
            words = f"{len(accepted)} calibrations are accepted, where {self.times} were wanted"
            yield Finding(conversation.ended, 0, words, Excuse(None, conversation.ended))

    def _wrong(
        self,
        reference: cgms.Calibration,
        drawn: Instant,
        sent: Instant,
        test: Tested | None,
        origins: dict[int, Origin],
    ) -> Iterator[tuple[str, Excuse | None]]:
        """What is wrong with a reference value that was drawn and sent at these instants, given the test that it can be, and
        what excuses it."""
        if test is None or abs(test.at - drawn) > self.within:
            last = "" if test is None else f": the nearest test was made {clock(test.at)}"
            excuse = None if test is None else misdated(test.at, drawn, sent, self.within)
            yield f"and no blood was tested then{last}", excuse
            return
        if isinstance(test.event, ControlTested):
            yield "and that was control solution", None
            return
        if sent - test.at > self.fresh:
            yield "and that is too long ago", Excuse(test.at, sent, sent - test.at - self.fresh)
        shown = test.event.beyond or ("nothing" if test.event.mg_dl is None else f"{test.event.mg_dl:g} mg/dL")
        is_number = test.event.mg_dl is not None and test.event.beyond is None
        if not is_number or abs(_number(reference) - (test.event.mg_dl or 0.0)) > MG_DL:
            yield f"and the meter has shown {shown}", None
        origin = origins.get(test.event.sequence)
        if origin is not None and reference.origin != origin:
            yield f"of {_sample(reference.origin)}, and the meter says {_sample(origin)}", None

    def _sent(self, conversation: Conversation) -> Iterator[tuple[Exchange, cgms.Calibration]]:
        """Every reference value that was sent to a sensor."""
        for exchange in conversation.exchanges:
            if not (self.concerns(exchange) and requests(exchange, ("SetGlucoseCalibrationValue",))):
                continue
            operation = _operation(exchange.request.octets)
            if operation is not None:
                yield exchange, operation.calibration

    def unjudged(self, conversation: Conversation) -> str:
        """Nothing was tested."""
        return "" if any(conversation.events(BloodTested)) else "no blood was tested"


def _operation(octets: bytes) -> cgms.SetGlucoseCalibrationValue | None:
    for protected in (True, False):
        try:
            operation = cgms.SPECIFIC_OPS_POINT.decode(octets, protected=protected)
        except WireError:
            continue
        if isinstance(operation, cgms.SetGlucoseCalibrationValue):
            return operation
    return None


def _instant_of(reference: cgms.Calibration, device: str, sent: Instant, conversation: Conversation) -> Instant:
    """When the blood of a reference value was drawn, as its client has it: the session counts from its start."""
    starts = [
        entry.at
        for entry in conversation.events(SessionChanged, device)
        if entry.event.event == Event.START.value and entry.at <= sent
    ]
    return max(starts, default=0) + minutes(reference.time)


def _origins(conversation: Conversation) -> dict[int, Origin]:
    """What a meter says of the sample of each test, by its number, as clients have it: both services count samples alike."""
    found: dict[int, Origin] = {}
    for message in conversation.notifications:
        if message.arrived and message.type == "gls.Measurement":
            try:
                test: gls.Measurement = gls.MEASUREMENT.decode(message.octets, protected=False)
            except WireError:
                continue
            if test.result is not None:
                kind, location = test.result.origin
                found[test.sequence] = cgms.SampleType(kind), cgms.SampleLocation(location)
    return found


def _number(reference: cgms.Calibration) -> float:
    """The reference value, mg/dL; infinite for a special value, which no test has shown."""
    return reference.glucose if isinstance(reference.glucose, float) else float("inf")


def _sample(origin: Origin | None) -> str:
    if origin is None:
        return "no sample"
    return ", ".join(one.name.lower().replace("_", " ") for one in origin)
