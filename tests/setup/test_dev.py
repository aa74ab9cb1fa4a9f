"""Facts about tools/dev.py: which Python, when the environment is made, what is refused."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def loaded(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """tools/dev.py in a small repository of its own, with every command recorded, none run."""
    dev = loaded("dev")
    (tmp_path / "requirements").mkdir()
    for name, text in {
        "requirements/lock-py311-linux.txt": "numpy==2.4.6\n",
        "requirements/constraints.txt": "numpy==2.4.6\n",
        "requirements/torch-cpu.txt": "torch==2.13.0\n",
        "pyproject.toml": "[project]\n",
    }.items():
        (tmp_path / name).write_text(text)
    for name in ("ROOT", "VENV", "BUILD", "SITE", "REQUIREMENTS", "LOCK", "CONSTRAINTS", "TORCH"):
        place = getattr(dev, name).relative_to(ROOT)
        monkeypatch.setattr(dev, name, tmp_path / place)

    dev.ran = []

    def run(arguments, settings=None):
        dev.ran.append(" ".join(arguments))
        if arguments[1:3] == ["-m", "venv"]:
            for place in ("bin/python", "Scripts/python.exe"):
                made = Path(arguments[3]) / place
                made.parent.mkdir(parents=True)
                made.write_text("")

    monkeypatch.setattr(dev, "run", run)
    monkeypatch.setattr(dev, "locked_platform", lambda: True)
    monkeypatch.setattr(dev, "cpu_torch", lambda python, requirement: True)
    return dev


def steps(dev) -> list[str]:
    """Name what was run since the last call."""
    names = {"-m venv": "venv", "--require-hashes": "packages", "-e .": "project"}
    found = [name for line in dev.ran for mark, name in names.items() if mark in line]
    dev.ran.clear()
    return found


def test_the_second_run_makes_nothing(dev):
    dev.environment()
    assert steps(dev) == ["venv", "packages", "project"]
    dev.environment()
    assert steps(dev) == []


def test_a_changed_lock_makes_the_environment_anew(dev):
    dev.environment()
    left_over = dev.VENV / "bin" / "old"
    left_over.write_text("")
    steps(dev)
    dev.LOCK.write_text("numpy==2.4.7\n")
    dev.environment()
    assert steps(dev) == ["venv", "packages", "project"]
    assert not left_over.exists()


def test_a_changed_pyproject_only_adds_the_package_again(dev):
    dev.environment()
    steps(dev)
    (dev.ROOT / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    dev.environment()
    assert steps(dev) == ["project"]


def test_an_interrupted_set_up_starts_from_nothing(dev, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dev, "pip", interrupted)
        with pytest.raises(KeyboardInterrupt):
            dev.environment()
    (dev.VENV / "half").mkdir()
    steps(dev)
    dev.environment()
    assert steps(dev) == ["venv", "packages", "project"]
    assert not (dev.VENV / "half").exists()


def test_a_failed_torch_keeps_the_packages(dev, monkeypatch):
    def refuse(python):
        raise dev.Stop

    with monkeypatch.context() as patch:
        patch.setattr(dev, "install_torch", refuse)
        with pytest.raises(dev.Stop):
            dev.environment()
    assert steps(dev) == ["venv", "packages"]
    dev.environment()
    assert steps(dev) == ["project"]


def test_an_environment_made_by_someone_else_is_left_alone(dev):
    own = dev.VENV / "pyvenv.cfg"
    own.parent.mkdir()
    own.write_text("mine")
    with pytest.raises(dev.Stop, match=r"\.venv was not made by tools/dev\.py"):
        dev.environment()
    assert own.read_text() == "mine"
    assert dev.ran == []


def test_other_platforms_get_torch_first_and_the_same_versions(dev, monkeypatch):
    monkeypatch.setattr(dev, "locked_platform", lambda: False)
    dev.environment()
    (line,) = [line for line in dev.ran if "constraints.txt" in line]
    assert "--require-hashes" not in line
    assert line.endswith(f"-c {dev.TORCH}")


def test_a_wrong_python_is_named_with_the_remedy(dev, monkeypatch):
    monkeypatch.setattr(dev, "makes_environments", lambda candidate: False)
    monkeypatch.setattr(dev.sys, "version_info", (3, 9, 18))
    monkeypatch.setattr(dev.platform, "python_version", lambda: "3.9.18")
    with pytest.raises(dev.Stop, match=r"This is Python 3\.9\.18.*python3\.11 tools/dev\.py book"):
        dev.environment()


def test_another_installed_python_is_found(dev, monkeypatch):
    monkeypatch.setattr(dev, "makes_environments", lambda candidate: candidate == ["py", "-3.11"])
    assert dev.base_python() == ["py", "-3.11"]


def test_only_python_3_11_makes_environments(dev):
    assert dev.makes_environments([sys.executable]) == (sys.version_info[:2] == (3, 11))
    assert not dev.makes_environments(["no-such-python"])


def test_torch_comes_from_find_links_or_the_cpu_index_and_nowhere_else(dev, monkeypatch):
    tried = []
    monkeypatch.setattr(dev, "cpu_torch", lambda python, requirement: False)
    monkeypatch.setattr(dev, "succeeds", lambda arguments: tried.append(arguments))
    monkeypatch.setattr(dev.platform, "system", lambda: "Linux")
    with pytest.raises(dev.Stop, match="-m pip install --no-deps --index-url"):
        dev.install_torch("python")
    first, second = tried
    assert first[-2:] == ["--no-index", "torch==2.13.0"]
    assert second[-3:] == ["--index-url", dev.TORCH_INDEX, "torch==2.13.0+cpu"]
    assert all("--no-deps" in arguments for arguments in tried)


def test_a_browser_that_does_not_exist_is_named(dev, monkeypatch):
    monkeypatch.setenv("GUIDE_BROWSER", "/no/such/browser")
    with pytest.raises(dev.Stop, match="GUIDE_BROWSER names /no/such/browser"):
        dev.browser("python")


def test_without_a_browser_one_line_says_what_to_type(dev, monkeypatch):
    monkeypatch.setattr(dev, "installed_browser", lambda python: None)
    monkeypatch.setattr(dev.shutil, "which", lambda name: None)
    with pytest.raises(dev.Stop, match="python -m playwright install chromium"):
        dev.browser("python")


def test_serving_an_unbuilt_guide_says_how_to_build_it(dev):
    with pytest.raises(dev.Stop, match=r"There is no built guide yet\. Type: .*book"):
        dev.serve([])


def test_serving_calls_guide_serve_and_leaves_ctrl_c_to_it(dev, monkeypatch):
    dev.SITE.mkdir(parents=True)
    (dev.SITE / "index.html").write_text("")
    ignored = []
    monkeypatch.setattr(dev, "environment", lambda: "python")
    monkeypatch.setattr(dev.signal, "signal", lambda *how: ignored.append(how))
    dev.serve(["--port", "8080"])
    assert dev.ran == ["python -m guide_helpers.cli serve --port 8080"]
    assert ignored == [(dev.signal.SIGINT, dev.signal.SIG_IGN)]


def test_the_tests_build_the_guide_first_unless_pytest_is_given_arguments(dev, monkeypatch):
    monkeypatch.setattr(dev, "environment", lambda: "python")
    monkeypatch.setattr(dev, "installed_browser", lambda python: "/usr/bin/chromium")
    dev.test([])
    dev.test(["-k", "linkage"])
    assert dev.ran == [
        "python tools/build_book.py",
        "python -m pytest -n 2 --dist worksteal --benchmark-disable",
        "python -m pytest -k linkage",
    ]


def test_an_unknown_task_or_benchmark_is_answered_with_the_known_ones(dev):
    with pytest.raises(SystemExit, match="no task 'bok'; known: book, test"):
        dev.main(["bok"])
    with pytest.raises(SystemExit, match="no 'nope' in benchmarks; known: none"):
        dev.main(["bench", "nope"])


def test_help_lists_every_target_of_the_makefile(dev, capsys):
    dev.main([])
    listed = re.findall(r"^  make (\w+)", capsys.readouterr().out, re.MULTILINE)
    targets = re.search(r"^TASKS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    assert sorted(listed) == sorted(targets.split())


def test_dev_starts_on_an_old_python_without_syntax_of_a_newer_one():
    source = (ROOT / "tools" / "dev.py").read_text(encoding="utf-8")
    compile_for = "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 8))"
    subprocess.run([sys.executable, "-c", compile_for], input=source, text=True, check=True)


def test_outputs_in_a_notebook_are_found_and_cleared(tmp_path):
    notebooks = loaded("notebook_outputs")
    path = tmp_path / "one.ipynb"
    path.write_text('{"cells": [{"outputs": [{}], "execution_count": 1}], "metadata": {}}')
    with pytest.raises(SystemExit, match=r"one\.ipynb.*--clear"):
        notebooks.main([str(path)])
    notebooks.main(["--clear", str(path)])
    notebooks.main([str(path)])
