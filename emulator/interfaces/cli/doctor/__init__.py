"""The `doctor` command: what this machine has of what the bench can use, and the command that fixes what is missing.

``machine`` and ``rig_facts`` collect facts and never raise; ``machine_findings`` and ``rig_findings`` derive findings from the
facts and access nothing.
"""
