"""Calibrating a sensor with what a meter has shown of its user's blood."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.blood_tests import StoredTest
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.session_time import SessionTime
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest
from isletbench.protocols import cgms
from isletbench.protocols.cgms import CalibrationStatus, SampleLocation, SampleType
from isletbench.protocols.errors import WireError

FRESH_S = 600.0
"""A test that was made longer ago is no reference any more: at 2 mg/dL/min it is off by 20 mg/dL then."""
GIVE_UP_S = 1800.0
"""A calibration that could not be begun for so long is given up, and the user is notified."""
ROUND_S = 60.0
"""From one attempt to the next, and from one look at what has become of it to the next."""
NEWEST = 0xFFFF
"""The number of the calibration record made last. CGMS 1.0.1, section 3.7.2.2."""
NO_REMINDER = 0xFFFF
"""The time of the next calibration that leaves it to the sensor."""


class Calibrator:
    """Carries out the calibrations that the user of one sensor wants: each with one test of blood, made at about that time."""

    def __init__(self, session: Session, alerts: Alerts, requests: Sequence[UserRequest]) -> None:
        self._session, self._alerts = session, alerts
        self._wanted = list(requests)
        self._newest: StoredTest | None = None
        """The newest test of blood that has not calibrated the sensor."""
        self._sent: cgms.Calibration | None = None
        """What the sensor was sent for the first request; what has become of it is not known yet."""
        self._next_round = float("-inf")

    def new_test(self, test: StoredTest) -> None:
        """A test of blood was read from a meter."""
        if self._newest is None or (test.made or 0.0) > (self._newest.made or 0.0):
            self._newest = test

    async def run_round(self, time: SessionTime) -> None:
        """Do what there is to do for the calibration that the user wants by now; ``time`` is when the session began.

        The sensor's record says what has become of a calibration, not the answer, which may be lost. Raises one of
        ``COMMUNICATION_ERRORS``.
        """
        request = next((request for request in self._wanted if request.at <= now()), None)
        if request is None or now() < self._next_round or not time.can_date(now()):
            return
        self._next_round = now() + ROUND_S
        status = await self._status_of_sent()
        if status is not None:
            if CalibrationStatus.PROCESS_PENDING not in status:
                self._finish(request, refused=bool(status))
        elif (test := self._newest) is not None and self._is_usable(test):
            self._sent = self._reference(test, time)
            with suppress(WireError):
                await self._session.ask(cgms.SPECIFIC_OPS_POINT, cgms.SetGlucoseCalibrationValue(self._sent))
        elif now() - request.at > GIVE_UP_S:
            self._finish(request, refused=True)

    async def _status_of_sent(self) -> CalibrationStatus | None:
        """What has become of the value that was sent; None where the sensor has not taken it."""
        sent = self._sent
        if sent is None:
            return None
        answer: Any = await self._session.ask(cgms.SPECIFIC_OPS_POINT, cgms.GetGlucoseCalibrationValue(NEWEST))
        if not isinstance(answer, cgms.GlucoseCalibrationValueResponse):
            return None
        taken = answer.calibration
        return taken.status if (taken.glucose, taken.time) == (sent.glucose, sent.time) else None

    def _finish(self, request: UserRequest, *, refused: bool) -> None:
        """The calibration is over; the test has done its service."""
        self._alerts.set("refused", refused)
        self._wanted.remove(request)
        self._newest = self._sent = None

    # The reference value

    def _is_usable(self, test: StoredTest) -> bool:
        """Whether a sensor may be calibrated with a test: it has a result, and is recent."""
        return test.mg_dl is not None and test.beyond is None and self._is_fresh(test)

    def _is_fresh(self, test: StoredTest) -> bool:
        return test.made is not None and now() - test.made <= FRESH_S

    def _reference(self, test: StoredTest, time: SessionTime) -> cgms.Calibration:
        latest = int(now() - time.of(0)) // 60  # what is of the future is refused
        offset = max(0, min(round((self._made(test) - time.of(0)) / 60), latest))
        return cgms.Calibration(
            self._glucose(test), offset, self._origin(test), NO_REMINDER, record_number=0, status=CalibrationStatus(0)
        )

    def _glucose(self, test: StoredTest) -> float:
        """The value that is sent, mg/dL."""
        assert test.mg_dl is not None, "a usable test has a result"
        return float(round(test.mg_dl))

    def _made(self, test: StoredTest) -> float:
        """When the blood was drawn, s by the client's clock."""
        return now() if test.made is None else test.made

    def _origin(self, test: StoredTest) -> tuple[SampleType, SampleLocation]:
        """What was measured and where it was taken, as the meter says: both services count alike."""
        kind, location = test.origin
        return SampleType(kind), SampleLocation(location)
