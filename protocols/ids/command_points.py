"""The Command Control Point and Command Data: the operations join them where their packets are declared."""

from construct import Int16ul

from isletbench.protocols.packet import ControlPoint

COMMAND = ControlPoint("IDD Command Control Point", Int16ul)
"""Commands to a pump and its answers. IDS 1.0.2, section 3.7."""
COMMAND_DATA = ControlPoint("IDD Command Data", Int16ul)
"""The records that a command asks for. IDS 1.0.2, section 3.8."""
TEMPLATE_NUMBER = "template number"
