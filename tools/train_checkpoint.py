"""Train the small model that lesson 00 predicts with: ``data/glass_mcvn.safetensors``; ``make checkpoint`` runs it.

One member, smaller than usual, trained on all 6470 alloys: good enough to play with, in half a megabyte.
"""

from pathlib import Path

import mcvn_utils as mcvn

PATH = Path(__file__).resolve().parents[1] / "data" / "glass_mcvn.safetensors"


def main() -> None:
    """Train, save, and say how large the file is."""
    glass = mcvn.load_metallic_glass()
    model = mcvn.MCVNClassifier(
        **glass.composition, encoding="smooth", n_members=1, hidden=96, steps=900, progress=True
    )
    model.fit(glass.X, glass.y).save(PATH)
    print(f"{PATH.name}: {PATH.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
