"""The finger-stick meter: test, error of the strip, clock, memory. Knows no wire and no other device."""
