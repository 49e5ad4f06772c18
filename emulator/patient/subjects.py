"""The subjects of every model, by name: whose glucose it is.

Personas of the model of Hovorka differ by one number, their sensitivity to insulin; the published parameters describe a very
sensitive person (sensitivity 1).
"""

from collections.abc import Mapping

from isletbench.emulator.patient.physiology.hovorka import Hovorka
from isletbench.emulator.patient.physiology.model import Model

SUBJECTS: Mapping[str, Mapping[str, Model]] = {
    "hovorka": {
        "adult": Hovorka(sensitivity=0.6),
        "published": Hovorka(),
        "sensitive": Hovorka(sensitivity=0.8),
        "resistant": Hovorka(sensitivity=0.5),
    },
}
"""By model, the first one of each is its default."""
DEFAULT_MODEL = "hovorka"


def subject_of(model: str, subject: str | None) -> Model:
    """The subject of this name, or the default one of the model. Raises ``ValueError`` naming those that there are."""
    if model not in SUBJECTS:
        raise ValueError(f"model: {model!r}: expected one of {', '.join(SUBJECTS)}")
    known = SUBJECTS[model]
    name = next(iter(known)) if subject is None else subject
    if name not in known:
        raise ValueError(f"subject: {name!r}: expected one of {', '.join(known)} with the model {model}")
    return known[name]
