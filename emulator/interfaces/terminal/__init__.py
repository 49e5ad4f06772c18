"""A running bench in a terminal: bench time, pace, a line for each device, the faults."""
