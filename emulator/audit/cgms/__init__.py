"""The examination of a sensor: the rows of the CGM Service."""

from isletbench.emulator.audit.cgms import layout, records, sending, specific_ops, start_time, values

__all__ = ["layout", "records", "sending", "specific_ops", "start_time", "values"]
