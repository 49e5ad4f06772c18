"""A recorder in front of a real device: a bench with that device in the place of a virtual one.

A client opens a virtual port of the bench, as ever; what it asks goes through host and faults, and then to the real device,
whose messages come back the same way. Journal, faults, control and checks are those of every other bench.
"""
