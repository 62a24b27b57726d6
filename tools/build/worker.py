"""Run a student's cells in a process of their own, and answer questions about the student's variables.

`tools.build.examiner` starts this file for each submission; it belongs to the student's side. Nothing that it says is
believed but as *data*: the marks are given in the examiner's process, in which no line of the student runs. So it does
not matter what the student's code replaces in here (builtins, numpy, IPython, this file itself).

Requests and replies are lines of JSON on what were standard input and output. Each request carries a token, drawn at
random, which its reply repeats. Plain values (numbers, text, lists, dicts, arrays, tables, tensors) are sent as they
are; a function or any other object stays here, and the reply names it by a number.
"""

import base64
import io
import json
import os
import pickle
import resource
import signal
import sys
import traceback

LONGEST = 20_000  # characters of one output
LARGEST = 50_000_000  # characters of one reply, bytes of one file


def encode(value, kept: list):
    """Return a value as plain JSON; what cannot be sent is appended to `kept`, and named by its number."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        kind = "list" if isinstance(value, list) else "tuple" if isinstance(value, tuple) else "set"
        return {kind: [encode(part, kept) for part in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(part, kept) for part in pair] for pair in value.items()]}
    numpy, pandas, torch = (sys.modules.get(name) for name in ("numpy", "pandas", "torch"))
    if numpy and isinstance(value, numpy.generic):
        return encode(value.item(), kept) if isinstance(value.item(), bool | int | float | str) else name(value, kept)
    if numpy and type(value) is numpy.ndarray and value.dtype.kind in "biuf":
        data = base64.b64encode(value.tobytes()).decode()
        return {"array": data, "dtype": value.dtype.str, "shape": value.shape}
    if numpy and type(value) is numpy.ndarray and value.dtype.kind in "OUT":
        return {"objects": [encode(part, kept) for part in value.ravel().tolist()], "shape": value.shape}
    if pandas and isinstance(value, pandas.MultiIndex):
        return {"index": encode(list(value), kept)}
    if pandas and isinstance(value, pandas.Index):
        return {"index": encode(numpy.asarray(value), kept)}
    if pandas and isinstance(value, pandas.Series):
        return {"series": encode(numpy.asarray(value), kept), "rows": encode(value.index, kept)}
    if pandas and isinstance(value, pandas.DataFrame):
        columns = [encode(numpy.asarray(value.iloc[:, k]), kept) for k in range(value.shape[1])]
        return {"frame": columns, "rows": encode(value.index, kept), "names": encode(value.columns, kept)}
    if torch and isinstance(value, torch.Tensor):
        return {"tensor": encode(value.detach().cpu().numpy(), kept), "learned": value.requires_grad}
    return name(value, kept)


def name(value, kept: list) -> dict:
    """Keep an object here, and return its number, its classes and its own name."""
    kept.append(value)
    classes = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(value).__mro__]
    own = str(getattr(value, "__name__", ""))
    return {"kept": len(kept) - 1, "classes": classes, "callable": callable(value), "name": own}


def take(data: str, kept: list):
    """Return the examiner's arguments; objects that stayed here are put in by their numbers."""
    loader = pickle.Unpickler(io.BytesIO(base64.b64decode(data)))
    loader.persistent_load = lambda number: kept[number]
    return loader.load()


def ask(shell, kept: list, request: dict):
    """Return what a request asks for, as plain JSON."""
    if request["do"] == "get":
        return encode(shell.user_ns[request["name"]], kept)
    thing, (args, kwargs) = kept[request["of"]], take(request["with"], kept)
    actions = {"call": lambda: thing(*args, **kwargs), "attribute": lambda: getattr(thing, *args)}
    actions |= {"item": lambda: thing[args[0]], "length": lambda: len(thing), "list": lambda: list(thing)}
    return encode(actions[request["do"]](), kept)


def run(shell, source: str) -> list[dict]:
    """Run a cell, and return its outputs in the notebook's form."""
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        result = shell.run_cell(source, store_history=True)
    outputs = []
    if captured.stdout:
        outputs.append({"output_type": "stream", "name": "stdout", "text": captured.stdout[:LONGEST]})
    for shown in captured.outputs:
        text = {kind: data for kind, data in shown.data.items() if isinstance(data, str) and len(data) < 20 * LONGEST}
        outputs.append({"output_type": "display_data", "data": text, "metadata": {}})
    error = result.error_before_exec or result.error_in_exec
    return [*outputs, describe(error)] if error else outputs


def describe(error: BaseException) -> dict:
    """Return an error in the notebook's form, with its classes."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    text, lines = str(error)[:LONGEST], traceback.format_exception(error)[-3:]
    return {"output_type": "error", "ename": kinds[0], "evalue": text, "traceback": [line[:LONGEST] for line in lines]}


def limit(seconds: float) -> None:
    """Interrupt what runs after so many seconds, and then each second again; 0 ends the limit."""
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0 if seconds else 0.0)


def main() -> None:
    """Answer requests until there are no more."""
    requests, replies = os.fdopen(os.dup(0), "r", encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    try:  # when memory runs out, this process goes first, not the examiner
        with open("/proc/self/oom_score_adj", "w", encoding="utf-8") as file:
            file.write("1000")
    except OSError:
        pass
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))  # no file may fill the disk
    sys.path[0] = ""  # as in a kernel: the folder of the notebook, not that of this file

    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.ask_exit = lambda: None
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None  # the error itself is sent
    kept, owner = [], os.getpid()

    def stop(*_):
        raise KeyboardInterrupt("stopped: it took too long")

    signal.signal(signal.SIGALRM, stop)
    for line in requests:
        request, reply = json.loads(line), {}
        try:
            limit(request["seconds"])
            if request["do"] == "run":
                reply["value"] = run(shell, request["source"])
            else:
                reply["value"] = ask(shell, kept, request)
            limit(0)
        except BaseException as error:
            limit(0)
            reply = {"error": describe(error), "classes": [kind.__name__ for kind in type(error).__mro__]}
        if os.getpid() != owner:  # a fork of the student's that came back here
            os._exit(0)
        text = json.dumps(reply | {"token": request["token"]})
        if len(text) > LARGEST:
            error = describe(ValueError("the answer is too large"))
            text = json.dumps({"error": error, "classes": ["ValueError", "Exception"], "token": request["token"]})
        replies.write(text + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
