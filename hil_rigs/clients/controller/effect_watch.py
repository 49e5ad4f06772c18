"""Whether insulin does what it should: a pump can only say what has left it, and glucose says what has arrived."""

from datetime import timedelta

from isletbench.hil_rigs.clients.algorithms.contract import Situation, value_at
from isletbench.hil_rigs.clients.algorithms.forecast import explained
from isletbench.hil_rigs.clients.algorithms.insulin import STEP
from isletbench.hil_rigs.clients.controller.alerts import Alerts

LOOK_BACK_MIN = 120
SHARE = 0.6
"""Insulin is missing when glucose has risen as if so much of the profile's basal insulin had not come for that long,"""
LEAST_MG_DL = 30.0
"""and by so much at least: a sensor errs."""
HIGH_MG_DL = 145.0
"""Glucose at which insulin begins to be missed,"""
STILL_HIGH_MG_DL = 135.0
"""and below which it is missed no more: a sensor's noise is not to call an alert off."""
AFTER_MEAL = timedelta(hours=3, minutes=LOOK_BACK_MIN)
"""A meal may have been larger than was said, or slower: none of its three hours may be among those that are looked at."""
READINGS = 2
"""In a row: a sensor errs, too."""


class EffectWatch:
    """Compares glucose with what the insulin that was delivered, as the pump says, should have done with it."""

    def __init__(self, alerts: Alerts) -> None:
        self._alerts = alerts.of("insulin")
        self._seen = 0
        """How many readings in a row were too high."""

    def look(self, situation: Situation) -> None:
        """A new reading has come: the user is notified while insulin seems to be missing."""
        self._seen = self._seen + 1 if self._is_missing(situation) else 0
        self._alerts.set("no_delivery", self.is_missing)

    @property
    def is_missing(self) -> bool:
        """Whether insulin seems not to arrive. Then more of it is no cure: all of it may arrive at once."""
        return self._seen >= READINGS

    def _is_missing(self, situation: Situation) -> bool:
        """Whether glucose is high, and has risen by more than insulin and carbohydrate explain."""
        least = STILL_HIGH_MG_DL if self.is_missing else HIGH_MG_DL
        if situation.glucose[-1].mg_dl < least or any(situation.now - meal.at < AFTER_MEAL for meal in situation.meals):
            return False
        therapy, at = situation.therapy, situation.now
        basal = value_at(therapy.basal, at) * LOOK_BACK_MIN / 60
        rise = max(SHARE * basal * value_at(therapy.sensitivity, at), LEAST_MG_DL)
        return explained(situation).unexplained(LOOK_BACK_MIN // STEP) > rise
