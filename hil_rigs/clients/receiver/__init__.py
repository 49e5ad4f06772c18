"""Clients of a CGM receiver as Dexcom receivers are: a careful one, and careless ones that differ in one method."""
