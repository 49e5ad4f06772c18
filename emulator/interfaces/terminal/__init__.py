"""A live line a device on a terminal."""
