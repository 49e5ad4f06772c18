"""How announced carbohydrate is absorbed: at a constant rate, after a delay, for as long as the user has said."""

from datetime import datetime

from isletbench.hil_rigs.clients.algorithms.contract import Meal, Situation

DELAY = 10
"""Minutes from eating to the first absorption."""


def absorbed(meal: Meal, at: datetime) -> float:
    """How much of a meal has been absorbed by then, g."""
    minutes = (at - meal.at).total_seconds() / 60 - DELAY
    return meal.grams * min(max(minutes / meal.absorbed_in, 0.0), 1.0)


def on_board(situation: Situation) -> float:
    """Carbohydrate that was eaten and is not yet absorbed, g."""
    eaten = [meal for meal in situation.meals if meal.at <= situation.now]
    return sum(meal.grams - absorbed(meal, situation.now) for meal in eaten)
