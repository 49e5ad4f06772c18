"""Programs at the other end: examples, the careful controller and the careless ones."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["closed_loop"])
