"""Show the alloy explorer as a page in the browser, without a notebook's cells; `make app` runs it.

    python -m tools.app                          # opens the browser
    python -m tools.app --no-browser --port=8866 # any option of Voilà

The page is made from `notebooks/source/app/explorer.py`. Ctrl-C stops it.
"""

import os
import sys
from pathlib import Path

from tools.build.lessons import ROOT, write_notebook
from tools.build.notebooks import read_source

# The widgets' extensions are all that the page needs; others of JupyterLab do not fit into it.
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]
SETTINGS = ["--template=lab", "--theme=light"]
# Each page that is opened has a kernel of its own, about 400 MB. It ends two minutes after its page was closed.
SETTINGS += ["--MappingKernelManager.cull_idle_timeout=120", "--MappingKernelManager.cull_interval=30"]
SETTINGS += [f"--VoilaConfiguration.extension_allowlist={name}" for name in EXTENSIONS]


def write_app(root: Path = ROOT) -> Path:
    """Write the app's notebook, without outputs, from its source into `build`; return its path."""
    path = root / "build" / "app" / "explorer.ipynb"
    notebook = read_source("app/explorer", root)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"app-{number:03d}"
    write_notebook(notebook, path)
    return path


def main(arguments: list[str] | None = None) -> None:
    """Become Voilà, with the library of this clone."""
    options = sys.argv[1:] if arguments is None else arguments
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.execv(sys.executable, [sys.executable, "-m", "voila", str(write_app()), *SETTINGS, *options])


if __name__ == "__main__":
    main()
