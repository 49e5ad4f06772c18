"""isletbench: a bench with a virtual insulin pump and a virtual CGM, for the programs that talk to them.

The public face stands on one screen in ``__init__.pyi``; each name is imported when it is first asked for, so that
``import isletbench`` costs next to nothing. For tests only, never near a therapy device.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
