"""The examination of a meter: the rows of the Glucose Service."""

from isletbench.emulator.audit.gls import layout, procedures, records, values

__all__ = ["layout", "procedures", "records", "values"]
