"""How a patient survives in a state file: the state of the model, what is planned, and the ledger."""

import json

from isletbench.emulator.core.persistence import Mark, Snapshot, Stored
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.patient.person import Person


class PatientPersistence:
    """Takes snapshots of patients and restores them. Life goes on while the bench is away: ``advance`` catches up."""

    def snapshot(self, patient: Person, since: Mark, /) -> Snapshot:
        """The patient as now."""
        memory = json.dumps(patient.snapshot()).encode()
        return Snapshot(memory=memory, records=(), oldest=0, complete=False, mark=Mark())

    def restore(self, patient: Person, stored: Stored, now: Instant, /) -> Mark:
        """Restore the patient. Raises ``ValueError`` for what is no stored patient."""
        patient.restore(json.loads(stored.memory), stored.ledger)
        return Mark()
