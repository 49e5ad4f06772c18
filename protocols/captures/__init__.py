"""Files of captured traffic, for tools that people have: what Wireshark, tshark and btmon open.

``att_pdus`` and ``hci`` are the packets of Bluetooth that go into them, ``btsnoop`` and ``pcapng`` the two kinds of file.
"""

MAKER = "isletbench"
"""The program that a capture names as its maker; by it a file is recognised that may be written again."""
