"""Exercise of a patient: sessions, and what they do to glucose by one of two published models."""
