"""A rig running: assembly, the host loop, steering, the state file."""
