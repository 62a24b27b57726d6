"""Checks for lesson 04: a map that is linear or bent, attention to one's like, and the weights of a network."""

from collections.abc import Callable, Mapping

import numpy as np

from .verdict import Verdict, call, check, compare, named_values, numbers, refuse_if


@check()
def check_halfway(gap: Callable, layers, a, b) -> Verdict:
    """Check ``gap(layers, a, b)``: how far the halfway picture's output lies from halfway between the two outputs.

    It is the largest absolute difference. ``layers`` is a torch module, ``a`` and ``b`` are two of its inputs.
    """
    result = numbers(call(gap, layers, a, b), "a number")
    between, of_a, of_b, of_sum = (layers(x).detach().numpy() for x in ((a + b) / 2, a, b, a + b))
    difference = between - (of_a + of_b) / 2
    right, size = np.abs(difference).max(), np.abs(between).max()
    sum_of_outputs = "you compare with the sum of the outputs. Halfway between two numbers is their mean."
    mistakes = {
        sum_of_outputs: np.abs(between - (of_a + of_b)).max(),
        "the picture is the sum of both, not the one halfway between them.": np.abs(of_sum - (of_a + of_b) / 2).max(),
        "without the absolute value a negative difference is overlooked.": difference.max(),
        "that is the mean of the differences; the largest is asked for.": np.abs(difference).mean(),
    }
    if result.shape == () and right < 1e-5 * size and abs(result) < 1e-5 * size:
        result = right  # zero but for rounding, whatever the rounding
    otherwise = "layers(halfway picture) minus the mean of layers(a) and layers(b)."
    compare(result, right, mistakes, otherwise, tolerance=1e-2)


@check()
def check_attention(answer, tokens, sharpness: float = 1.0) -> Verdict:
    """Check attention weights (t, t) of elements that attend to their like in the first two numbers of their tokens.

    The ``tokens`` have the shape (t, k). The queries are multiplied by ``sharpness``.
    """
    x = np.asarray(tokens, dtype=float)
    two = x[:, :2]

    def weights(key: np.ndarray, query: np.ndarray, scale: float = sharpness) -> np.ndarray:
        scores = scale * query @ key.T / np.sqrt(query.shape[1])
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    right = weights(two, two)
    mistakes = {
        "each still looks for its opposite. Which sign had the key?": weights(-two, two),
        "you compare all numbers of a token; the first two are asked for.": weights(x, x),
        "the columns sum to 1. Over which axis does the softmax run?": right.T,
        "the queries are as they were; multiply them first.": weights(two, two, 1.0),
        "queries and keys are both multiplied.": weights(sharpness * two, two),
        "the scores are not divided by the root of a query's length.": weights(two, two, sharpness * np.sqrt(2)),
    }
    both = "attend returns two things, what was collected and the weights. Hand in the second."
    refuse_if(isinstance(answer, tuple), both)
    compare(answer, right, mistakes, "call attend with a query and a key that are the same two columns.")


@check()
def check_weight_counts(answer: Mapping[str, int], networks: Mapping[str, object]) -> Verdict:
    """Check how many learned numbers some torch networks hold."""
    given = named_values(answer, list(networks))
    tensors = [len(list(network.parameters())) for network in networks.values()]
    right = np.array([sum(x.numel() for x in network.parameters()) for network in networks.values()])
    stored = [sum(x.numel() for x in network.buffers()) for network in networks.values()]
    buffers = "what is only stored, such as the mean of the training rows, is counted as well: it is not learned."
    mistakes = {"those are the tensors; each holds many numbers.": tensors, buffers: right + stored}
    compare(given, right, mistakes, "add parameter.numel() up over network.parameters().", tolerance=0)
