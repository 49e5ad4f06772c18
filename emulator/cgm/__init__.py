"""The sensor: session, measurement, calibration, alerts, error models. Knows no wire and no pump."""
