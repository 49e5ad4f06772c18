"""History records: an op code, then what is known of each kind. Lengths and places differ between generations of pumps."""
