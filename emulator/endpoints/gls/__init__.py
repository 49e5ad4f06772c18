"""A finger-stick meter behind the Glucose Service. docs/meter.md."""
