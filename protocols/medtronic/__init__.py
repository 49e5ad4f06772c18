"""The wire of Medtronic Paradigm pumps (5xx and 7xx) and of the adapters through which computers reach their radio.

    messages, reads, writes, settings, schedules     what a pump is asked and what it answers
    history, glucose, pages                          what it remembers, in pages with a CRC
    radio, line_code                                 a message on the air
    subg_rfspy, mmcommander, carelink, rileylink     the adapters: three on a serial port, one on Bluetooth LE

Integers are big endian unless a field says otherwise. The protocol has been documented in public for many years by the projects
decocare, mmeowlink, mdt and subg_rfspy; the pumps are no longer sold. Names are used only to say what is compatible.
"""
