"""What only the lessons need: explorers, the environment check, and checks with hints."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
