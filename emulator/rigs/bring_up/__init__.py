"""Bring-up: from a rig that is switched off to one that answers, step by step.

``off``: nothing runs. ``flashed``: the firmware is built, and on a board's flash. ``running``: every device has answered on its
link. A rig of virtual devices has nothing to flash; one with a ``[firmware]`` table runs programs (``on = "host"``), QEMU
(``"qemu"``) or a board (``"board"``). What differs between them is data: the commands in the rig file.
"""
