"""A careful controller: it follows a CGM, adjusts a pump's basal insulin, gives the boluses its user asks for, and logs doses.

It is the client that passes every scenario of the package, over Bluetooth LE and over the serial link, and a place to read how
uncertain doses, missed readings and lost connections can be dealt with. ``hil_rigs/clients/careless/`` has clients that do one
thing differently each, and fail somewhere. **For tests only: this is no therapy software.**

    python -m isletbench.hil_rigs.clients.controller   # its devices are in ISLETBENCH_CGM_SERIAL, ISLETBENCH_PUMP_BLE, ...
"""
