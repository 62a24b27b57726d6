"""The app's command: a page that was closed keeps no kernel."""

import os

import pytest

from tools import app

pytest.importorskip("voila")


def test_voila_ends_the_kernels_of_pages_that_were_closed(monkeypatch):
    from voila.app import Voila

    commands = []
    monkeypatch.setattr(os, "execv", lambda program, command: commands.append(command))
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    app.main(["--no-browser"])
    voila = Voila()
    voila.parse_command_line(commands[0][4:])
    settings = voila.config["MappingKernelManager"]
    assert 30 <= int(settings["cull_idle_timeout"]) <= 600 and int(settings["cull_interval"]) <= 60
    assert "cull_connected" not in settings, "a page that is open keeps its kernel"
