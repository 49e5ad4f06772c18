"""The patient on a bench: steered and written down like a device, and met over no wire."""
