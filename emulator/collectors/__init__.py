"""The client's end of a device: over Bluetooth LE with bleak, over the serial link with asyncio or pyserial."""
