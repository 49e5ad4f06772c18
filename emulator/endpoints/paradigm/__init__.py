"""A Medtronic Paradigm pump over the pump machine, and the adapters through which programs reach it."""
