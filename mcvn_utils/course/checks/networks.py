"""Checks for lesson 04: a map that is linear or bent, attention to one's like, and the weights of a network."""

from collections.abc import Callable, Mapping

import numpy as np

from .verdict import Verdict, call, check, compare, hint, named_values, numbers


@check()
def check_halfway(gap: Callable, layers, a, b) -> Verdict:
    """Check ``gap(layers, a, b)``: how far the halfway picture's output lies from halfway between the two outputs.

    Parameters
    ----------
    gap : callable
        Returns the largest absolute difference, a number.
    layers : torch.nn.Module
    a, b : Tensor
        Two inputs of ``layers``.

    Examples
    --------
    >>> check_halfway(0.5, None, None, None)
    Not yet: hand in a function, not float.
    """
    result = numbers(call(gap, layers, a, b), "a number")
    import torch

    with torch.no_grad():
        between, of_a, of_b, of_sum = (layers(x).numpy() for x in ((a + b) / 2, a, b, a + b))
    difference = between - (of_a + of_b) / 2
    right, size = np.abs(difference).max(), np.abs(between).max()
    from_sum = np.abs(between - (of_a + of_b)).max()
    mistakes = {
        "you compare with the sum of the outputs. Halfway between two numbers is their mean.": from_sum,
        "the picture is the sum of both, not the one halfway between them.": np.abs(of_sum - (of_a + of_b) / 2).max(),
        "without the absolute value a negative difference is overlooked.": difference.max(),
        "that is the mean of the differences; the largest is asked for.": np.abs(difference).mean(),
    }
    if result.shape == () and right < 1e-5 * size and abs(result) < 1e-5 * size:
        result = right  # zero but for rounding, whatever the rounding
    otherwise = "layers(halfway picture) minus the mean of layers(a) and layers(b)."
    return compare(result, right, mistakes, otherwise, tolerance=1e-2)


@check()
def check_attention(answer, tokens, sharpness: float = 1.0) -> Verdict:
    """Check attention weights of elements that look for their like in the first two numbers of their tokens.

    Parameters
    ----------
    answer : Tensor or array-like of shape (t, t)
        Weights; row i is what element i looks at.
    tokens : Tensor or array-like of shape (t, k)
    sharpness : float
        What the queries are multiplied by.

    Examples
    --------
    >>> check_attention([[0.5, 0.5], [0.5, 0.5]], np.ones((2, 3)))
    Right.
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


@check()
def check_weight_counts(answer: Mapping[str, int], networks: Mapping[str, object]) -> Verdict:
    """Check how many learned numbers some torch networks hold.

    Examples
    --------
    >>> check_weight_counts({"small": None}, {"small": None})
    Not yet: nothing is handed in yet.
    """
    given = named_values(answer, list(networks))
    parameters = [list(network.parameters()) for network in networks.values()]
    right = np.array([sum(p.numel() for p in own) for own in parameters])
    stored = [sum(x.numel() for x in network.buffers()) for network in networks.values()]
    buffers = "what is only stored, such as the mean of the training rows, is counted as well: it is not learned."
    mistakes = {
        "those are the tensors; each holds many numbers.": [len(own) for own in parameters],
        buffers: right + stored,
    }
    return compare(given, right, mistakes, "add parameter.numel() up over network.parameters().")
