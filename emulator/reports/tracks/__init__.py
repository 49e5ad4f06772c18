"""What a report shows, taken from the entries of a journal: glucose, insulin, and what happened, on one time axis."""
