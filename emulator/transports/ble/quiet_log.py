"""Keeps bumble from wording every packet for a debug log that nobody reads.

bumble writes ``logger.debug(f"{color(...)}: {packet}")`` some twenty times a packet: the sentence, its colours and the names of
all fields are made before the logger is asked whether it is enabled. That was half the processor time of a packet. Here
colours are left out, and a packet is worded only while bumble's logger is enabled for DEBUG; otherwise its words are the name
of its class. The octets and the behaviour of bumble stay as they are.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any

from bumble import att, colors, hci, l2cap, smp

LOG = logging.getLogger("bumble")
WORDED = (hci.HCI_Packet, hci.HCI_Object, att.ATT_PDU, l2cap.L2CAP_PDU, l2cap.L2CAP_Control_Frame, smp.SMP_Command)
"""The classes of packets; those below them included."""
_MARK = "worded_when_logged"


def install() -> None:
    """Do it, for the modules of bumble that are imported and for those that will be. Idempotent."""
    coloured = colors.color
    for name, module in tuple(sys.modules.items()):  # those that have imported it by name, and its own
        if name.startswith("bumble.") and getattr(module, "color", None) is coloured:
            setattr(module, "color", _uncoloured)  # noqa: B010  # its type differs: it takes any colours
    for cls in WORDED:
        _quieten(cls)


def _quieten(cls: type[Any]) -> None:
    words = vars(cls).get("__str__")
    if words is not None and not hasattr(words, _MARK):
        setattr(cls, "__str__", _when_logged(words))  # noqa: B010  # a function becomes the method
    for heir in cls.__subclasses__():
        _quieten(heir)


def _when_logged(words: Callable[[Any], str]) -> Callable[[Any], str]:
    def name_or_words(self: Any) -> str:
        return words(self) if LOG.isEnabledFor(logging.DEBUG) else type(self).__name__

    setattr(name_or_words, _MARK, True)
    return name_or_words


def _uncoloured(text: str, *_colours: Any, **_more: Any) -> str:
    return text
