"""The settings of networks and training, once: one preset for small tables, one for large ones.

Both were chosen on validation rows. For large tables members keep their last weights unless groups are given, because
single members become too confident, and reach their smallest validation loss, while their mean still improves.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .settings import check_value

FEW_ROWS = 1500  # training rows from which on a table is large


@dataclass(frozen=True)
class Preset:
    """All sizes of an ensemble; ``dataclasses.replace(SMALL, width=32)`` changes one of them.

    >>> SMALL.n_members, LARGE.n_members
    (8, 6)
    """

    n_members: int  # networks in the ensemble
    steps: int  # gradient steps of each member, at least
    epochs: int  # passes over the training rows, at least
    batch_size: int  # rows per step
    learning_rate: float  # peak of the one-cycle schedule
    weight_decay: float  # of AdamW
    hidden: int  # neurons in each of the head's two layers
    dropout: float  # share of hidden neurons that are dropped in training
    branch_dropout: float  # share of alloys whose picture, or elements, are hidden in training; element columns only
    picture_width: int | None  # numbers into which the picture is mixed; None: all cells reach the head
    width: int  # numbers per element token
    n_heads: int  # attention heads
    n_blocks: int  # transformer blocks
    fraction_pieces: int  # pieces of each fraction of a formula
    pixel_pieces: int  # pieces of each pixel of the paper's picture; 0: its pixels are only standardised
    fine_dropout: float  # share of the pieces that are dropped in training
    keep_best: bool  # whether a member keeps the weights of its smallest validation loss
    tree_steps: float  # steps of the soft trees, as a share of the networks'
    tree_depth: int
    tree_temperature: float
    tree_weight_decay: float


SMALL = Preset(
    n_members=8, steps=1000, epochs=0, batch_size=64, learning_rate=1e-2, weight_decay=0.3, hidden=64,
    dropout=0.05, branch_dropout=0.5, picture_width=16, width=16, n_heads=2, n_blocks=1,
    fraction_pieces=8, pixel_pieces=0, fine_dropout=0.5, keep_best=True,
    tree_steps=0.6, tree_depth=4, tree_temperature=0.3, tree_weight_decay=0.06,
)  # fmt: skip
LARGE = Preset(
    n_members=6, steps=600, epochs=45, batch_size=128, learning_rate=3e-3, weight_decay=0.02, hidden=192,
    dropout=0.2, branch_dropout=0.0, picture_width=None, width=32, n_heads=4, n_blocks=1,
    fraction_pieces=24, pixel_pieces=8, fine_dropout=0.3, keep_best=False,
    tree_steps=1.0, tree_depth=5, tree_temperature=0.1, tree_weight_decay=0.004,
)  # fmt: skip
PRESETS = {"small": SMALL, "large": LARGE}


def sizes_of(preset: str | Preset, n_rows: int, composition: str | Sequence[str] | None) -> dict:
    """Give the sizes of a preset for so many training rows, as a dict; raise ``ValueError`` for another preset.

    "auto" is "small" below ``FEW_ROWS`` training rows, else "large".
    """
    name = preset if isinstance(preset, str) else "own"
    if name == "auto":
        name = "small" if n_rows < FEW_ROWS else "large"
    preset = PRESETS.get(name, preset)
    if not isinstance(preset, Preset):
        raise ValueError(f"preset must be 'auto', {', '.join(map(repr, PRESETS))} or a Preset, not {preset!r}")
    sizes = {"preset": name} | {k: check_value(k, v) for k, v in asdict(preset).items()}
    if composition is None or isinstance(composition, str):  # only element columns give the composition a second time
        sizes["branch_dropout"] = 0.0
    sizes["steps"] = max(sizes["steps"], sizes.pop("epochs") * n_rows // sizes["batch_size"])
    return sizes
