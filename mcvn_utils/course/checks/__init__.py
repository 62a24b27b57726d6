"""Instant feedback on an exercise's answer: right, or a hint that names the likely mistake and keeps the solution back.

Each check works the right answer out itself, and also the wrong ones that look plausible (the bracket read as in
chemistry, wt% taken for at%, a scale learned on all rows, a split that leaks), so that each of these has its own hint.
There is one module per lesson; ``mcvn_utils.checks`` is the short name of them all.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
