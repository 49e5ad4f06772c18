"""Clients of a Paradigm pump behind a stick or a RileyLink: a careful one, and careless ones that differ in one method."""
