"""The Continuous Glucose Monitoring Service over a sensor. Source: CGMS 1.0.2."""
