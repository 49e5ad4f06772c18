"""Examines a device it does not know, row by row of the conformance checklists, as a collector on its wire."""
