"""Numbers that people judge glucose and sensors by: pure functions of values in mg/dL. Sources: docs/report.md."""
