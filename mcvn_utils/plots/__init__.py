"""Draw the lessons' figures: functions that show the numbers they are given and compute nothing else."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
