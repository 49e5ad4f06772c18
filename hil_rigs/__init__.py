"""Rigs, scenarios, recorded traces and example clients, shipped with the package."""
