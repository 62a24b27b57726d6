"""Instant feedback on an answer: right, or a hint that names the likely mistake and keeps the solution back.

Each check works out the right answer and the plausible wrong ones, so that each mistake has its own hint.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
