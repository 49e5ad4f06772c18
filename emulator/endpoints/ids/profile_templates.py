"""How the templates of each profile type are read and written. Source: IDS 1.0.2, sections 3.7.2.1, 3.7.2.2 and 3.8."""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.core.values import dataclass
from isletbench.protocols import ids
from isletbench.protocols.ids import Feature, TemplateType


@dataclass(frozen=True, slots=True)
class ProfileProcedures:
    """How the templates of one profile type are read and written: the operations, and the blocks of a record."""

    feature: Feature
    read: type[Any]
    record: type[Any]
    write: type[Any]
    written: type[Any]
    block: type[Any] = ids.Block
    per_record: int = 3


PROFILES: Mapping[TemplateType, ProfileProcedures] = {
    TemplateType.BASAL_RATE_PROFILE: ProfileProcedures(
        Feature.BASAL_RATE,
        ids.ReadBasalRateProfileTemplate,
        ids.BasalRateProfileTemplateRecord,
        ids.WriteBasalRateProfileTemplate,
        ids.WriteBasalRateProfileTemplateResponse,
    ),
    TemplateType.ISF_PROFILE: ProfileProcedures(
        Feature.ISF_PROFILE_TEMPLATE,
        ids.ReadIsfProfileTemplate,
        ids.IsfProfileTemplateRecord,
        ids.WriteIsfProfileTemplate,
        ids.WriteIsfProfileTemplateResponse,
    ),
    TemplateType.I2CHO_RATIO_PROFILE: ProfileProcedures(
        Feature.I2CHO_RATIO_PROFILE_TEMPLATE,
        ids.ReadI2ChoRatioProfileTemplate,
        ids.I2ChoRatioProfileTemplateRecord,
        ids.WriteI2ChoRatioProfileTemplate,
        ids.WriteI2ChoRatioProfileTemplateResponse,
    ),
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: ProfileProcedures(
        Feature.TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE,
        ids.ReadTargetGlucoseRangeProfileTemplate,
        ids.TargetGlucoseRangeProfileTemplateRecord,
        ids.WriteTargetGlucoseRangeProfileTemplate,
        ids.WriteTargetGlucoseRangeProfileTemplateResponse,
        block=ids.RangeBlock,
        per_record=2,
    ),
}
READS = {procedures.read: type_ for type_, procedures in PROFILES.items()}
WRITES = {procedures.write: type_ for type_, procedures in PROFILES.items()}
