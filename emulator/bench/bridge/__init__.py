"""A device of a bench as a client of a CGM: its radio, its conversation with the CGM, and what it receives."""
