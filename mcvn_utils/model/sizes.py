"""How large networks and trees are, and how long they are trained, where the user leaves that to the number of rows."""

FEW_ROWS = 1500
SMALL = {
    "n_members": 8, "steps": 1000, "batch_size": 64, "learning_rate": 1e-2, "weight_decay": 0.3, "hidden": 64,
    "dropout": 0.05, "branch_dropout": 0.5, "picture_width": 16, "width": 16, "n_heads": 2, "n_blocks": 1,
    "fraction_pieces": 8, "pixel_pieces": 0, "fine_dropout": 0.5, "keep_best": True,
    "tree_steps": 0.6, "tree_depth": 4, "tree_temperature": 0.3, "tree_weight_decay": 0.06,
}  # fmt: skip
LARGE = {
    "n_members": 6, "steps": 600, "batch_size": 128, "learning_rate": 3e-3, "weight_decay": 0.02, "hidden": 192,
    "dropout": 0.2, "branch_dropout": 0.0, "picture_width": None, "width": 32, "n_heads": 4, "n_blocks": 1,
    "fraction_pieces": 24, "pixel_pieces": 8, "fine_dropout": 0.3, "keep_best": False,
    "tree_steps": 1.0, "tree_depth": 5, "tree_temperature": 0.1, "tree_weight_decay": 0.004,
}  # fmt: skip
"""What ``"auto"`` means below ``FEW_ROWS`` training rows, and from there on; chosen on validation rows.

``tree_steps`` is the share of the steps that the trees take. Many rows are read by more pieces, the picture's pixels
too; and, unless groups are given, their networks are kept as they are after the last step: there the best moment of a
single member comes before that of the ensemble, whose members grow too sure one by one while their mean improves.
"""

EPOCHS = 45
"""How often a member sees its training rows, from ``FEW_ROWS`` on."""

NETWORK_SIZES = (
    "hidden", "dropout", "fine_dropout", "branch_dropout", "picture_width", "width", "n_heads", "n_blocks",
)  # fmt: skip
PLAN = ("steps", "batch_size", "learning_rate", "weight_decay", "keep_best")


def automatic(n_rows: int, composition: str | list[str] | None) -> dict:
    """What ``"auto"`` means for so many rows, and for a formula column, element columns or no composition."""
    auto = dict(SMALL if n_rows < FEW_ROWS else LARGE)
    if composition is None or isinstance(composition, str):
        auto["branch_dropout"] = 0.0  # only element columns tell the composition again when both branches are hidden
    if n_rows >= FEW_ROWS:
        auto["steps"] = max(auto["steps"], EPOCHS * n_rows // auto["batch_size"])
    return auto
