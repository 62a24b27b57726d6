"""How fast are the pictures? 6470 alloys from descriptors to pictures, ours and the field's, in one run, in one thread.

    python -m tools.measure.bench.pictures             # two seconds: ours, and a torch DataLoader fed from memory
    python -m tools.measure.bench.pictures --peers     # some minutes: TINTOlib and pyDeepInsight, too, where installed

Learning an arrangement or a scale (fit) and drawing (transform) are timed apart. Ours is the best of five runs, a peer
runs once. TINTOlib, from ``pip install '.[pictures]'``, draws to files alone. pyDeepInsight 0.2.3 wants more than it
declares: ``pip install 'pyDeepInsight[cam]' opencv-python-headless`` and a torchvision that fits torch. Exits with 1
where our pictures take more than 0.8 of the time of their descriptors.
"""

import argparse
import sys
import tempfile
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch.utils.data import DataLoader, TensorDataset

from mcvn_utils import CompositionDescriptor, CompositionImager, ImageTemplate, fractions, load_metallic_glass
from tools.measure.bench.timing import best_time

SIDE = 20  # the smallest square that holds the descriptors that change
SLOWEST_SHARE = 0.8


def tintolib(grays: pd.DataFrame) -> Iterator[tuple[str, float, float]]:
    """Name, seconds of fit and seconds of transform (to PNG files) of two of TINTOlib's methods."""
    from TINTOlib.deepInsight import DeepInsight
    from TINTOlib.igtd import IGTD

    table = grays.assign(target=0)
    methods = {
        "IGTD (TINTOlib, to files)": IGTD(problem="regression", scale=[SIDE, SIDE], max_step=3000),
        "DeepInsight (TINTOlib, to files)": DeepInsight(SIDE, "regression", algorithm_rd="t-SNE"),
    }
    for name, method in methods.items():
        fit = best_time(lambda method=method: method.fit(table), 1)
        with tempfile.TemporaryDirectory() as folder:
            yield name, fit, best_time(lambda method=method, folder=folder: method.transform(table, folder), 1)


def pydeepinsight(grays: pd.DataFrame) -> Iterator[tuple[str, float, float]]:
    """Name, seconds of fit and seconds of transform (in memory) of pyDeepInsight."""
    from pyDeepInsight import ImageTransformer
    from sklearn.manifold import TSNE

    reducer = TSNE(n_components=2, metric="cosine", random_state=0)
    method, values = ImageTransformer(reducer, discretization="lsa", pixels=SIDE), grays.to_numpy()
    fit = best_time(lambda: method.fit(values), 1)
    yield "pyDeepInsight", fit, best_time(lambda: method.transform(values, img_format="scalar"), 1)


def loader_speed(images: np.ndarray, batch_size: int = 256) -> tuple[float, float]:
    """Pictures a second from a shuffling DataLoader over a tensor in memory, item by item and batch by batch."""
    data = TensorDataset(torch.from_numpy(images))
    sampler = torch.utils.data.BatchSampler(torch.utils.data.RandomSampler(data), batch_size, drop_last=False)
    loaders = DataLoader(data, batch_size, shuffle=True), DataLoader(data, sampler=sampler, batch_size=None)
    single, whole = (len(images) / best_time(lambda loader=loader: sum(1 for _ in loader)) for loader in loaders)
    return single, whole


def main() -> int:
    """Measure, print, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", action="store_true", help="time TINTOlib and pyDeepInsight as well")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    formulas = load_metallic_glass().X["formula"]
    table, describe = fractions(formulas), CompositionDescriptor()
    descriptors = np.asarray(describe.fit_transform(table), dtype=float)
    described = best_time(lambda: describe.transform(table))
    imager = CompositionImager()
    fit, drawn = best_time(lambda: imager.fit(descriptors)), best_time(lambda: imager.transform(descriptors))
    images = imager.transform(descriptors)
    print(f"{len(images)} alloys, seconds                 fit  transform   transform / ours")
    print(f"  descriptors from formulas            {best_time(lambda: describe.transform(formulas)):9.3f}")
    print(f"  descriptors from fractions           {described:9.3f}")
    print(f"  ours: CompositionImager      {fit:7.3f} {drawn:9.3f}")
    print(f"ratio pictures (transform) / descriptors: {drawn / described:.2f}")
    single, whole = loader_speed(images)
    print(f"DataLoader from memory, pictures a second: {single:,.0f}; {whole:,.0f} with a batch sampler")
    if asked.peers:
        grays = pd.DataFrame(images[:, 0, ImageTemplate.expert().pixels != ""], columns=imager.low_.index)
        grays = grays.loc[:, grays.std() > 0].astype(float)
        for peer in (tintolib, pydeepinsight):
            try:
                for name, learned, transformed in peer(grays):
                    print(f"  {name:32s} {learned:7.1f} {transformed:9.3f} {transformed / drawn:10.0f}", flush=True)
            except ImportError as error:
                print(f"  {peer.__name__}: left out, {error}")
    return int(drawn > SLOWEST_SHARE * described)


if __name__ == "__main__":
    sys.exit(main())
