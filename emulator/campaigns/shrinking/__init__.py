"""A failing cell, reduced as long as it fails the same check in the same way."""
