"""Draw the lessons' figures from the numbers that are handed in; each function returns what it drew on.

``ax`` are the axes, by default new ones; ``label`` says what is drawn, with its unit, or ``unit`` is that of all
values.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
