"""The patient: glucose that answers to insulin, meals and exercise; sources and recorded traces. Knows no device."""
