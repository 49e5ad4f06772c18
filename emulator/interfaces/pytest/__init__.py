"""The pytest plugin: benches, devices and virtual Bluetooth as fixtures."""
