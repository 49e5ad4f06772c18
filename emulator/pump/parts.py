"""What a pump consists of: one part for each state. No part knows another one; ``couplings`` says how they act together."""

from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.annunciations import Annunciations
from isletbench.emulator.pump.basal import Basal
from isletbench.emulator.pump.battery import Battery
from isletbench.emulator.pump.boluses import Boluses
from isletbench.emulator.pump.counters import Counters
from isletbench.emulator.pump.delivery import Delivery
from isletbench.emulator.pump.fluid_path import FluidPath
from isletbench.emulator.pump.glucose import Glucose
from isletbench.emulator.pump.glucose_alerts import GlucoseAlerts
from isletbench.emulator.pump.history import History
from isletbench.emulator.pump.infusion_set import InfusionSet
from isletbench.emulator.pump.low_suspend import LowSuspend
from isletbench.emulator.pump.operation import OperationControl
from isletbench.emulator.pump.priming import Priming
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.reservoir import Reservoir
from isletbench.emulator.pump.states import ReservoirState
from isletbench.emulator.pump.status import Status
from isletbench.emulator.pump.strokes import Strokes
from isletbench.emulator.pump.tbr import TemporaryBasal
from isletbench.emulator.pump.templates import Templates
from isletbench.emulator.pump.therapy import TherapyControl
from isletbench.emulator.pump.totals import Totals
from isletbench.emulator.pump.wall_clock import WallClock
from isletbench.protocols.ids import OperationalState


@dataclass(slots=True, kw_only=True, eq=False)
class Parts:
    """The parts of one pump, its ground truth, and the instant it has been advanced to."""

    profile: PumpProfile
    ledger: Ledger
    history: History
    path: FluidPath
    therapy: TherapyControl
    operation: OperationControl
    boluses: Boluses
    tbr: TemporaryBasal
    basal: Basal
    delivery: Delivery
    strokes: Strokes
    templates: Templates
    reservoir: Reservoir
    priming: Priming
    infusion_set: InfusionSet
    battery: Battery
    clock: WallClock
    annunciations: Annunciations
    totals: Totals
    counters: Counters
    status: Status
    glucose: Glucose
    glucose_alerts: GlucoseAlerts
    low_suspend: LowSuspend
    now: Instant = 0

    @property
    def may_run(self) -> bool:
        """Whether therapy may run: the pump is ready, its reservoir is filled and it has a basal rate."""
        ready = self.operation.state is OperationalState.READY
        return ready and self.reservoir.state is ReservoirState.FILLED and self.basal.schedule is not None

    @property
    def delivers(self) -> bool:
        """Whether a bolus can be set now."""
        return self.therapy.runs or (self.profile.habits.bolus_resumes and self.may_run)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left for its user to do."""
        filled = self.reservoir.state is ReservoirState.FILLED
        return filled and not (self.annunciations.blocking or self.infusion_set.unprimed or self.counters.worn_out)
