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
    looks_for_an_address: bool = True
    """Else for a name."""

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
    learns_the_cadence: bool = True
    """Else every sensor measures every five minutes."""
    maps_the_sensors_time: bool = True
    """Else readings from a sensor whose clock is ahead are out of the future, and thrown away."""
    counts_past_255: bool = True
    """Else a length has one octet."""
    doubts_what_never_changes: bool = True
    """Else a sensor that is stuck is a steady one."""
    decides_once_a_reading: bool = True
    """Else whatever wakes it up is a reason to decide anew."""
    decides_when_a_reading_comes: bool = True
    """Else every five minutes by its own clock, on what there is."""

    looks_whether_it_has_started: bool = True
    """Else the answer to a start of a session is all it goes by."""

    # insulin
    bounds_its_adjustments: bool = True
    """Else the higher glucose is, the more insulin there is, without an end."""
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
    sees_things_through: bool = True
    """Else a button that was pressed is a thing that was done."""
    rounds_to_the_pumps_steps: bool = True
    """Else it asks for amounts that the pump does not have."""
    reads_back: bool = True
    """Else a temp basal is what it was meant to be."""
    admits_what_it_cannot_know: bool = True
    """Else the last that it has seen of a bolus is all there was."""
    knows_what_displays_can_show: bool = True
    """Else *50 U or more* are 50 U, and 0 U are none."""

    # history and clock
    knows_doses_by_their_numbers: bool = True
    """Else what it reads is what it knows when amount and time are alike."""
    allows_for_the_grain_of_stamps: bool = True
    """Else what a pump dates a minute before it was asked for is somebody else's."""
    places_records_by_their_order: bool = True
    """Else a record was written when its date says, whatever has become of the pump's calendar."""
    waits_for_a_history_that_lags: bool = True
    """Else what the history does not tell has not happened."""
    reads_again_what_may_change: bool = True
    """Else a record is read once, and a bolus without a record of its end stays as it was."""
    keeps_what_is_readable: bool = True
    """Else one damaged record, or an answer that breaks off, spoils all that came with it."""
    goes_on_from_the_highest_number: bool = True
    """Else from the number of the record that came last."""
    reads_history_in_pages: bool = True
    """Else all of it at once, however long that takes."""
    reads_alarms_in_the_history: bool = True
    """Else what was over before it looked has not been."""
    reads_an_odd_clock_twice: bool = True
    """Else one odd date is a changed clock."""
    leaves_the_clock_alone: bool = True
    """Else it sets a clock that differs from its own, unasked."""

    # the device itself
    ties_what_it_knows_to_the_device: bool = True
    """Else another pump in the old one's place is the same, with its numbers and its age."""
    goes_by_the_step_that_is_reported: bool = True
    """Else by the one that it remembers to have come to."""
    heeds_what_a_pump_shows_first: bool = True
    """Else it sets a pump going that shows a fault."""
    tells_warnings_from_the_end: bool = True
    """Else whatever is shown ends automation and boluses."""
    asks_what_a_device_can: bool = True
    """Else every pump is like the one that it was written for."""

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
    "matches_doses_by_time": Habits(knows_doses_by_their_numbers=False),
    "compares_to_the_second": Habits(allows_for_the_grain_of_stamps=False),
    "goes_by_the_calendar": Habits(places_records_by_their_order=False),
    "trusts_an_empty_history": Habits(waits_for_a_history_that_lags=False),
    "reads_each_record_once": Habits(reads_again_what_may_change=False),
    "drops_a_history_with_holes": Habits(keeps_what_is_readable=False),
    "follows_the_last_record": Habits(goes_on_from_the_highest_number=False),
    "swallows_history_whole": Habits(reads_history_in_pages=False),
    "overlooks_past_alarms": Habits(reads_alarms_in_the_history=False),
    "believes_every_clock": Habits(reads_an_odd_clock_twice=False),
    "sets_the_clock": Habits(leaves_the_clock_alone=False),
    "believes_its_buttons": Habits(sees_things_through=False),
    "asks_for_any_amount": Habits(rounds_to_the_pumps_steps=False),
    "never_reads_back": Habits(reads_back=False),
    "knows_everything": Habits(admits_what_it_cannot_know=False),
    "trusts_displays": Habits(knows_what_displays_can_show=False),
    "mixes_devices": Habits(ties_what_it_knows_to_the_device=False),
    "remembers_its_step": Habits(goes_by_the_step_that_is_reported=False),
    "sets_anything_going": Habits(heeds_what_a_pump_shows_first=False, heeds_refusals=False),
    "stops_for_every_warning": Habits(tells_warnings_from_the_end=False),
    "assumes_the_model": Habits(asks_what_a_device_can=False),
    "assumes_five_minutes": Habits(learns_the_cadence=False),
    "counts_in_one_octet": Habits(counts_past_255=False),
    "trusts_a_flat_line": Habits(doubts_what_never_changes=False),
    "decides_on_every_callback": Habits(decides_once_a_reading=False),
    "discards_what_is_ahead": Habits(maps_the_sensors_time=False),
    "decides_by_the_clock": Habits(decides_when_a_reading_comes=False),
    "goes_by_the_code": Habits(looks_whether_it_has_started=False),
    "knows_no_bounds": Habits(bounds_its_adjustments=False),
    "looks_for_a_name": Habits(looks_for_an_address=False),
}
