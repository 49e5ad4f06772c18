"""Personalities as somebody else would add them."""
