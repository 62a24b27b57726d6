"""Checks for lesson 04: a map that is linear or bent, attention to one's like, and the weights of a network."""

from collections.abc import Callable, Mapping

import numpy as np

from .verdict import Verdict, call, compare, hint


def check_halfway(gap: Callable, layers, a, b) -> Verdict:
    """Check ``gap(layers, a, b)``: how far the halfway picture's output lies from halfway between the two outputs.

    Parameters
    ----------
    gap : returns the largest absolute difference, a number. layers : a torch module. a, b : its inputs, tensors.
    """
    import torch

    found = call(gap, layers, a, b)
    if isinstance(found, Verdict):
        return found
    with torch.no_grad():
        between, of_a, of_b = (layers(x).numpy() for x in ((a + b) / 2, a, b))
        of_sum = layers(a + b).numpy()
    difference = between - (of_a + of_b) / 2
    right = np.abs(difference).max()
    size = np.abs(between).max()
    mistakes = {
        "you compare with the sum of the outputs. Halfway between two numbers is their mean.": np.abs(
            between - (of_a + of_b)
        ).max(),
        "the picture is the sum of both, not the one halfway between them.": np.abs(of_sum - (of_a + of_b) / 2).max(),
        "without the absolute value a negative difference is overlooked.": difference.max(),
        "that is the mean of the differences; the largest is asked for.": np.abs(difference).mean(),
    }
    if np.shape(found) == () and right < 1e-5 * size and abs(float(found)) < 1e-5 * size:
        found = right  # zero but for rounding, whatever the rounding
    return compare(
        found, right, mistakes, "layers(halfway picture) minus the mean of layers(a) and layers(b).", tolerance=1e-2
    )


def check_attention(answer, tokens, sharpness: float = 1.0) -> Verdict:
    """Check attention weights (t, t) of elements that look for their like in the first two numbers of their tokens.

    Parameters
    ----------
    answer : weights, row i is what element i looks at. tokens : (t, k), a tensor or an array.
    sharpness : what the queries are multiplied by.
    """
    x = np.asarray(tokens, dtype=float)

    def weights(key: np.ndarray, query: np.ndarray, scale: float = sharpness) -> np.ndarray:
        scores = scale * query @ key.T / np.sqrt(query.shape[1])
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    two = x[:, :2]
    right = weights(two, two)
    mistakes = {
        "each still looks for its opposite. Which sign had the key?": weights(-two, two),
        "you compare all numbers of a token; the first two are asked for.": weights(x, x),
        "the columns sum to 1. Over which axis does the softmax run?": right.T,
        "the queries are as they were; multiply them first.": weights(two, two, 1.0),
        "queries and keys are both multiplied.": weights(sharpness * two, two),
        "the scores are not divided by the root of a query's length.": weights(two, two, sharpness * np.sqrt(2)),
    }
    if isinstance(answer, tuple):
        return hint("attend returns two things, what was collected and the weights. Hand in the second.")
    return compare(answer, right, mistakes, "call attend with a query and a key that are the same two columns.")


def check_weight_counts(answer: Mapping[str, int], networks: Mapping[str, object]) -> Verdict:
    """Check how many learned numbers some torch networks hold.

    Parameters
    ----------
    answer : name to number of weights. networks : name to network.
    """
    if not isinstance(answer, Mapping) or set(answer) != set(networks):
        return hint(f"hand in a dict with the keys {', '.join(map(repr, networks))}.")
    parameters = {name: list(network.parameters()) for name, network in networks.items()}
    held = {name: sum(x.numel() for x in network.buffers()) for name, network in networks.items()}
    right = np.array([sum(p.numel() for p in parameters[name]) for name in networks])
    mistakes = {
        "those are the tensors; each holds many numbers.": [len(parameters[name]) for name in networks],
        "what is only stored, such as the mean of the training rows, is counted as well: it is not learned.": [
            count + held[name] for name, count in zip(networks, right, strict=True)
        ],
    }
    return compare(
        [answer[name] for name in networks], right, mistakes, "add parameter.numel() up over network.parameters()."
    )
