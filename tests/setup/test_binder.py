"""What Binder would run, read from the Dockerfile that repo2docker prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory) -> str:
    """The Dockerfile for the files that decide; a full copy of the checkout is not needed."""
    checkout = tmp_path_factory.mktemp("checkout")
    for path in ROOT.iterdir():
        if path.is_file():
            (checkout / path.name).write_bytes(path.read_bytes())
            (checkout / path.name).chmod(path.stat().st_mode)
    if (ROOT / ".binder").exists() or (ROOT / "binder").exists():
        pytest.fail("a binder folder makes Binder ignore the environment.yml beside it")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(checkout)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout + shown.stderr


def test_binder_makes_its_environment_from_environment_yml(dockerfile):
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in dockerfile


def test_binder_has_the_pinned_versions_at_hand_when_it_makes_its_environment(dockerfile):
    assert "-r requirements/constraints.txt" in (ROOT / "environment.yml").read_text("utf-8")
    assert 0 < dockerfile.index("COPY --chown=0:0 src/ ") < dockerfile.index("environment.yml")


def test_binder_runs_post_build_after_the_environment(dockerfile):
    assert 0 < dockerfile.index('--file "environment.yml"') < dockerfile.index("RUN ./postBuild")


def test_post_build_adds_the_package_alone():
    text = (ROOT / "postBuild").read_text(encoding="utf-8")
    assert "pip install --no-deps --no-build-isolation" in text
    assert os.access(ROOT / "postBuild", os.X_OK)


def test_binder_asks_for_no_cuda(dockerfile):
    assert "cuda" not in dockerfile.lower()
    assert "nvidia" not in dockerfile.lower()
