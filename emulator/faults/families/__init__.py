"""The declarations of faults, a module for each family. A new module here needs no entry anywhere else."""

ORDER = ("requests", "replies", "contents", "fields", "connections", "radio", "line", "clock", "actions")
"""The order in which families are listed; any other comes after these."""
