"""Many runs: cells over scenarios, subjects, faults, exchanges, seeds and clients; stored, resumed, shrunk when they fail."""
