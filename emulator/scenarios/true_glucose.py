"""True glucose in a run: what a blood test would have found, whatever a sensor showed."""

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.metrics.episodes import Reading
from isletbench.emulator.patient.events import Glucose, RecordedGlucose


def true_glucose(conversation: Conversation) -> list[Reading]:
    """The patient's glucose in plasma, or that of a recording; in a run without a patient what the first sensor was given to
    measure. In mg/dL."""
    plasma = [Reading(entry.at, entry.event.plasma_mg_dl) for entry in conversation.events(Glucose)]
    plasma = plasma or [Reading(entry.at, entry.event.mg_dl) for entry in conversation.events(RecordedGlucose)]
    if plasma:
        return plasma
    first = next((entry.device for entry in conversation.events(Sample)), None)
    return [Reading(entry.at, entry.event.true_mg_dl) for entry in conversation.events(Sample, first)]
