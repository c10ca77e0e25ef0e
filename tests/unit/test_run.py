"""``run.py`` on its own: what it says when it cannot go on, and that it repeats nothing."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / "run.py"
OLD_PYTHON = "import sys; sys.version_info = (3, 10, 9); exec(open(sys.argv[1]).read())"


@pytest.fixture
def elsewhere(tmp_path):
    """Return a copy of ``run.py``, as a module, that works in an empty folder."""
    copy = shutil.copy(RUN, tmp_path)
    spec = importlib.util.spec_from_file_location("run_elsewhere", copy)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def complaint(command):
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode != 0
    return done.stderr.strip()


def test_an_older_python_is_told_in_one_sentence():
    text = complaint([sys.executable, "-X", "utf8", "-c", OLD_PYTHON, RUN])

    assert "3.11" in text
    assert len(text.splitlines()) == 1


def test_an_older_python_can_read_the_file_far_enough_to_say_so():
    assert ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_unknown_command_is_told_in_one_sentence_and_names_the_known_ones():
    text = complaint([sys.executable, "-X", "utf8", RUN, "frobnicate"])

    assert "frobnicate" in text
    assert "bench" in text
    assert len(text.splitlines()) == 1


def test_a_taken_port_stops_before_anything_is_set_up(elsewhere):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(elsewhere.Trouble, match=str(port)):
            elsewhere.serve(["--port", str(port)])

    assert not elsewhere.VENV.exists()


def test_a_failing_step_gives_the_reason_and_the_place_of_the_log(elsewhere):
    failing = "import sys; print('line one'); print('ERROR: no such package'); sys.exit(3)"

    with pytest.raises(elsewhere.Trouble, match=r"no such package.*setup\.log"):
        elsewhere.step("安装", "Installing", sys.executable, "-c", failing)


def test_a_step_that_is_done_is_not_done_again(elsewhere):
    elsewhere.VENV.mkdir()
    (elsewhere.ROOT / "some.lock").write_text("a==1")
    stamp = elsewhere.VENV / "some.lock.done"
    stamp.write_text(elsewhere._digest(elsewhere.ROOT / "some.lock"))

    elsewhere.install("some.lock", "安装", "Installing")  # would fail: there is no Python here

    assert stamp.exists()
    assert not elsewhere.LOG.exists()


def test_a_changed_lock_file_is_installed_again(elsewhere):
    elsewhere.VENV.mkdir()
    (elsewhere.ROOT / "some.lock").write_text("a==2")
    stamp = elsewhere.VENV / "some.lock.done"
    stamp.write_text("the digest of an older file")

    with pytest.raises(OSError, match="python"):
        elsewhere.install("some.lock", "安装", "Installing")

    assert not stamp.exists()


def test_lock_files_pin_every_package_by_hash_and_name_no_index():
    for lock in RUN.parent.glob("requirements*.lock"):
        lines = lock.read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if "==" in line]

        assert all(line.endswith("\\") for line in pins)
        assert not [line for line in lines if "://" in line or line.startswith("-")]


def test_the_npm_lock_names_no_registry():
    text = (RUN.parent / "package-lock.json").read_text(encoding="utf-8")

    assert "integrity" in text
    assert "resolved" not in text
