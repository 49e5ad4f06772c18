"""Octets to values and back: packets declared once over construct. No I/O, no clock, no device."""
