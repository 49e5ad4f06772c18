"""Why a procedure is refused, as IDS response codes: those of the pump, and those that only its protocol knows."""

from collections.abc import Mapping

from isletbench.emulator.pump.states import Reason, Refused
from isletbench.protocols.ids import Response

RESPONSES: Mapping[Reason, Response] = {
    Reason.NOT_POSSIBLE: Response.PROCEDURE_NOT_APPLICABLE,
    Reason.OUT_OF_RANGE: Response.PARAMETER_OUT_OF_RANGE,
    Reason.UNKNOWN: Response.INVALID_OPERAND,
    Reason.FAILED: Response.PROCEDURE_NOT_COMPLETED,
    Reason.TOO_MANY_BOLUSES: Response.MAXIMUM_BOLUS_NUMBER_REACHED,
}
"""What each refusal of a pump is answered with. IDS 1.0.2, table 4.19."""


class Rejected(Exception):
    """A request that the service does not pass on to the pump; ``response`` is the answer."""

    def __init__(self, response: Response, why: str) -> None:
        super().__init__(why)
        self.response = response


def response_to(error: Refused | Rejected) -> Response:
    """The response code that answers a refusal."""
    return error.response if isinstance(error, Rejected) else RESPONSES[error.reason]
