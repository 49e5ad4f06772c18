"""The examination of a pump: the rows of the Insulin Delivery Service."""

from isletbench.emulator.audit.ids import (
    bits,
    boluses,
    history,
    layout,
    procedures,
    protection,
    records,
    status_reader,
    templates,
    therapy,
    values,
)

__all__ = [
    "bits",
    "boluses",
    "history",
    "layout",
    "procedures",
    "protection",
    "records",
    "status_reader",
    "templates",
    "therapy",
    "values",
]
