"""What a controller takes care of. Every default is careful; each of ``CARELESS`` leaves one thing out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """What a controller does."""

    # connections
    waits_before_reconnecting: bool = True
    """Longer each time it fails; else it tries at once, and again."""
    reconnects: bool = True
    notices_silence: bool = True
    """Gives up a connection on which nothing has come for 12 minutes."""
    pairs_anew: bool = True
    """Gives up keys that do not work any more."""
    knows_its_own: bool = True
    """Else it talks to whoever is there."""

    # readings
    fetches: bool = True
    """Asks for the stored readings that it has not got."""
    knows_what_it_has: bool = True
    """Else what comes a second time is stored a second time."""
    goes_by_the_sensors_time: bool = True
    """A reading is of when it was measured; else of when it came."""
    minds_the_age_of_readings: bool = True
    """Adjusts nothing on a reading older than 12 minutes."""
    tells_numbers_from_sentinels: bool = True
    """Else what is no number, or not to be relied upon, is glucose."""

    # insulin
    asks_what_became_of_a_bolus: bool = True
    """Else it sends the bolus again when nothing is answered."""
    looks_at_the_pump_first: bool = True
    """After every connection, before any insulin."""
    leaves_a_stopped_pump_alone: bool = True
    """Else it starts it."""
    believes_in_its_boluses: bool = True
    """Else a connection lost during one means that the rest has to be given again."""
    books_what_was_delivered: bool = True
    """Else what was asked for stands on the books."""
    books_each_dose_once: bool = True
    """Else what it has ordered and what it reads in the history are two doses."""
    books_the_pumps_basal: bool = True
    """Else it goes by the schedule, whatever the pump was doing."""
    heeds_refusals: bool = True
    """Else a bolus that is refused is asked for again and again."""
    falls_back: bool = True
    """Else its last temp basal is set again and again while no reading comes."""

    # people, and what is not there
    remembers_what_is_not_answered: bool = True
    """Else it asks again, at once."""
    tells_its_user: bool = True
    """Else nobody hears of what is wrong."""


CAREFUL = Habits()
CARELESS = {
    "hammers": Habits(waits_before_reconnecting=False),
    "gives_up": Habits(reconnects=False),
    "waits_for_ever": Habits(notices_silence=False),
    "keeps_its_keys": Habits(pairs_anew=False),
    "takes_whoever_is_there": Habits(knows_its_own=False),
    "never_fetches": Habits(fetches=False),
    "stores_twice": Habits(knows_what_it_has=False),
    "trusts_arrival_time": Habits(goes_by_the_sensors_time=False),
    "acts_on_old_readings": Habits(minds_the_age_of_readings=False),
    "takes_anything_for_glucose": Habits(tells_numbers_from_sentinels=False),
    "sends_again": Habits(asks_what_became_of_a_bolus=False, heeds_refusals=False, looks_at_the_pump_first=False),
    "does_not_look": Habits(looks_at_the_pump_first=False),
    "overrides_its_user": Habits(leaves_a_stopped_pump_alone=False),
    "gives_the_rest": Habits(believes_in_its_boluses=False),
    "books_what_it_asked_for": Habits(books_what_was_delivered=False),
    "books_twice": Habits(books_each_dose_once=False),
    "credits_its_schedule": Habits(books_the_pumps_basal=False),
    "takes_no_for_an_answer_never": Habits(heeds_refusals=False),
    "never_falls_back": Habits(falls_back=False),
    "asks_for_ever": Habits(remembers_what_is_not_answered=False),
    "keeps_quiet": Habits(tells_its_user=False),
}
