"""The virtual devices and the bench that runs them, a room each."""
