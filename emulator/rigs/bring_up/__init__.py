"""Bring-up of a rig in steps, from off to running.

``off``: nothing runs. ``flashed``: the firmware is built, and on a board's flash. ``running``: every device has answered on its
link. A rig of virtual devices has nothing to flash; one with a ``[firmware]`` table runs programs (``on = "host"``), QEMU
(``"qemu"``) or a board (``"board"``). They differ in the commands of the rig file only.
"""
