"""Draw the lessons' figures: functions that show the numbers they are given and compute nothing else.

Each function returns what it drew on. ``ax`` are the axes to draw on, by default those of a new figure; ``title``
stands above it, and ``label`` says what is drawn, with its unit, or ``unit`` is that of all values.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
