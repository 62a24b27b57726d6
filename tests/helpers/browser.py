"""Help for tests in a real browser: Debian's chromium, a server of our own, and what a reader sees of a notebook."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from tests.conftest import not_tested
from tools.build.notebooks import read_source

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--no-first-run"]
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # all cells are in the page, in view or not
    "docmanager-extension/plugin": {"autosave": False},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
PATIENCE = 60  # seconds for whatever a busy machine does


def find_chromium() -> str:
    """Return the path of the system's chromium, installed now where it is missing and one may."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if not any(map(shutil.which, names)) and shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing chromium for the tests in the browser", file=sys.__stderr__, flush=True)
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = next(filter(None, map(shutil.which, names)), None)
    return found or not_tested("lessons and app in a browser. There is no chromium: apt install chromium")


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(command: list[str], port: int, log: Path, path: str = "/", **env: str) -> Iterator[str]:
    """Run a server until the block ends; give its address once it answers.

    Raises
    ------
    RuntimeError
        With the end of its log when it stops, or does not answer in time.
    """
    with log.open("wb") as stream:
        server = subprocess.Popen(command, stdout=stream, stderr=stream, cwd=log.parent, env=os.environ | env)
    address, give_up = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
    try:
        while not answers(address + path):
            if server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{command[2]} does not answer:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answers(address: str) -> bool:
    """Whether a server says anything at an address."""
    try:
        urllib.request.urlopen(address, timeout=60).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def lone_jupyter(folder: Path) -> dict[str, str]:
    """Return variables with which Jupyter heeds no settings of whoever runs the tests, and leaves nothing behind."""
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")
    env = {name: str(folder / name.lower()) for name in own}
    env |= {"JUPYTER_CONFIG_PATH": str(ROOT / "tools" / "lab"), "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    for name, values in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    return env | {"MCVN_FAST": "1", "OMP_NUM_THREADS": "1"}


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Serve the lessons, not yet run, beside the library; give JupyterLab's address with a gap for the path."""
    (folder / "clone" / "notebooks").mkdir(parents=True)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        nbformat.write(read_source(path.stem), folder / "clone" / "notebooks" / path.name)
    for name in ("mcvn_utils", "data", "docs"):
        (folder / "clone" / name).symlink_to(ROOT / name)
    port, token = free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder / 'clone'}"]
    command += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with serving(command, port, folder / "jupyterlab.log", "/api", **lone_jupyter(folder)) as address:
        yield f"{address}/lab/tree/{{path}}?reset&token={token}"


@contextmanager
def voila(folder: Path) -> Iterator[str]:
    """Serve the app as `make app` does; give its address."""
    port = free_port()
    command = [sys.executable, "-m", "tools.app", "--no-browser", f"--port={port}"]
    env = lone_jupyter(folder) | {"PYTHONPATH": str(ROOT)}
    with serving(command, port, folder / "voila.log", "/voila/static/none", **env) as address:
        yield address
