"""Careless clients: what they calibrate a sensor with."""

from isletbench.hil_rigs.clients.controller.blood_tests import MMOL_L, StoredTest
from isletbench.hil_rigs.clients.controller.calibration import Calibrator
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.protocols.cgms import SampleLocation, SampleType


class CalibratesInMmol(Calibrator):
    """The client sends a sensor that counts in mg/dL the number that its user sees in mmol/L.

    Report: StephenBlackWasAlreadyTaken/xDrip-Experimental#393 (BGM-13).
    """

    def _glucose(self, test: StoredTest) -> float:
        return round((test.mg_dl or 0.0) / MMOL_L, 1)


class CalibratesWithTheLastTest(Calibrator):
    """The client calibrates with the last test of the meter, however old it is.

    Report: NightscoutFoundation/xDrip#790 (BGM-13).
    """

    def _is_fresh(self, test: StoredTest) -> bool:
        return True


class CalibratesAsOfNow(Calibrator):
    """The client dates a calibration when it is sent: the sensor compares it with another reading than that of the test.

    Report: Artificial-Pancreas/iAPS#2040 (BGM-13).
    """

    def _made(self, test: StoredTest) -> float:
        return now()


class TakesEverySampleForWholeBlood(Calibrator):
    """The client says of every sample that it was whole blood, though the meter says plasma: that has 11 % less glucose.

    Shown by: BGM-13.
    """

    def _origin(self, test: StoredTest) -> tuple[SampleType, SampleLocation]:
        return SampleType.CAPILLARY_WHOLE_BLOOD, SampleLocation.FINGER
