"""Rig files: which devices stand where, how they are wired, and how firmware is brought up."""
