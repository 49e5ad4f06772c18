"""What every other room is made of: quantities, the clock, seeded randomness, events, the ledger, machines, actions,
pydantic parts."""
