"""The declaration of the personality ``dexcom_receiver``."""

from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.endpoints.dexcom_receiver.face import Receiver
from isletbench.emulator.endpoints.dexcom_receiver.settings import ReceiverSettings
from isletbench.emulator.endpoints.personality import Personality
from isletbench.protocols.dexcom import packets

DEXCOM_RECEIVER: Personality[Sensor, ReceiverSettings] = Personality(
    name="dexcom_receiver",
    about="the receiver of Dexcom G4, G5 and G6, over USB",
    kind="cgm",
    settings=ReceiverSettings,
    operations=(
        *(command.operation for command in packets.Command),
        *(packets.UNKNOWN, packets.DAMAGED, packets.INCOMPLETE),
    ),
    framer=lambda settings: packets.PacketFramer(),
    face=Receiver,
    usb_id="22a3:0047",
)
"""A CGM as its receiver shows it."""
