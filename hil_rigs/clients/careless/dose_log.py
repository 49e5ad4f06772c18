"""Careless clients: which doses they log, and how much of each."""

from isletbench.hil_rigs.clients.controller.bolus import BolusDelivery
from isletbench.hil_rigs.clients.controller.doses import Dose, DoseLog
from isletbench.hil_rigs.clients.controller.ended_boluses import EndedBolusReconciler
from isletbench.hil_rigs.clients.controller.loop_time import now


class BooksWhatItAskedFor(DoseLog):
    """The client logs the amount that it has asked for, not the amount that was delivered.

    Report: nightscout/Trio#627 (DLV-07).
    """

    def delivered(self, dose: Dose, units: float, *, is_over: bool) -> None:
        super().delivered(dose, units if dose.requested is None else dose.requested, is_over=is_over)


class BooksTwice(DoseLog):
    """The client logs a bolus that it has ordered, and the same one that it finds in the history, as two doses.

    Report: nightscout/AndroidAPS#2713 (HIS-01).
    """

    def _match(self, bolus_id: int, requested: float | None, when: float | None) -> Dose | None:
        return None


class MatchesDosesByTime(DoseLog):
    """The client takes two doses for the same one when their amounts are equal and their times less than a minute apart.

    Report: nightscout/AndroidAPS#1768 (HIS-01).
    """

    def _known(self, bolus_id: int, requested: float | None, when: float | None) -> Dose | None:
        if requested is None or when is None:
            return super()._known(bolus_id, requested, when)
        alike = [dose for dose in self.of_this_pump if dose.requested == requested and dose.began is not None]
        return next((dose for dose in alike if abs((dose.began or 0.0) - when) <= 60.0), None)


class ComparesToTheSecond(DoseLog):
    """The client takes a bolus that is dated more than two seconds before it was asked for, for somebody else's.

    Report: nightscout/AndroidAPS#2017 (HIS-02).
    """

    def _is_too_early(self, question: Dose, when: float | None) -> bool:
        return when is not None and question.began is not None and when < question.began - 2.0


class TrustsAnEmptyHistory(BolusDelivery):
    """The client takes a bolus for never begun as long as the history has no record of it.

    Report: LoopKit/Loop#845 (HIS-05).
    """

    async def _may_have_begun(self, dose: Dose) -> bool:
        return False


class ReadsEachRecordOnce(EndedBolusReconciler):
    """The client reads a record once: a bolus without a record of its end stays as it was.

    Report: ps2/rileylink_ios#211 (HIS-06).
    """

    async def _units_found_later(self, dose: Dose, at: float) -> float | None:
        return None


class KnowsEverything(EndedBolusReconciler):
    """The client takes the last that it has seen of a bolus for all there was.

    Report: LoopKit/Loop#1913 (DLV-08).
    """

    def _give_up(self, dose: Dose) -> None:
        pass


class BelievesProgress(DoseLog):
    """The client logs a bolus as delivered when its progress says so, and looks at no record of it afterwards.

    Report: AAPS-Omnipod/AndroidAPS-OLD#61 (DLV-34).
    """

    def delivered(self, dose: Dose, units: float, *, is_over: bool) -> None:
        if not dose.is_over:
            super().delivered(dose, units, is_over=is_over or units == dose.requested)


class TakesStandstillForFailure(BolusDelivery):
    """The client gives a bolus anew whose progress has not moved for a minute.

    Report: nightscout/AndroidAPS#97 (DLV-35).
    """

    async def look_at_running(self) -> tuple[int, ...]:
        active = await super().look_at_running()
        for dose in self._doses.of_this_pump:
            if dose.bolus_id in active and not dose.units and dose.began is not None and now() - dose.began > 60:
                self.not_given(dose)
        return active
