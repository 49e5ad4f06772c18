"""Clients of a Paradigm pump behind a subg_rfspy stick: a careful one, and careless ones that differ in one method."""
