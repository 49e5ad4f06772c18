"""The examination of a pump: the rows of the Insulin Delivery Service."""

from isletbench.emulator.audit.ids import (
    activation,
    bits,
    boluses,
    history,
    layout,
    procedures,
    protection,
    records,
    reservoir,
    small_templates,
    status_reader,
    templates,
    therapy,
    transactions,
    values,
)

__all__ = [
    "activation",
    "bits",
    "boluses",
    "history",
    "layout",
    "procedures",
    "protection",
    "records",
    "reservoir",
    "small_templates",
    "status_reader",
    "templates",
    "therapy",
    "transactions",
    "values",
]
