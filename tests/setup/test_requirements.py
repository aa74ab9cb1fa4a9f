"""pyproject.toml, the lock, the constraints, torch's line and environment.yml say the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {"core": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall(read(name)))


def conda() -> tuple[list[str], list[str]]:
    """Return the conda and the pip lines of environment.yml."""
    lines = yaml.safe_load(read("environment.yml"))["dependencies"]
    (pip,) = [line["pip"] for line in lines if isinstance(line, dict)]
    return [line for line in lines if isinstance(line, str)], pip


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_every_requirement_is_met_by_the_locked_version(extra):
    locked = {**pins("requirements/lock-py311-linux.txt"), **pins("requirements/torch-cpu.txt")}
    for requirement in map(Requirement, EXTRAS[extra]):
        name = requirement.name.lower().replace("_", "-")
        assert requirement.specifier.contains(locked[name]), requirement


def test_torch_and_cuda_are_not_in_the_lock():
    locked = pins("requirements/lock-py311-linux.txt")
    assert [name for name in locked if re.match(r"torch$|triton|nvidia|cuda", name)] == []


@pytest.mark.parametrize("name", ["lock-py311-linux.txt", "constraints.txt", "torch-cpu.txt"])
def test_no_host_and_no_path_is_in_the_locked_files(name):
    lines = [x for x in read(f"requirements/{name}").splitlines() if not x.startswith("#")]
    allowed = re.compile(r"[\w.-]+==[\w.+!-]+( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not allowed.fullmatch(line)] == []


def test_every_locked_package_has_a_hash():
    blocks = PIN.split(read("requirements/lock-py311-linux.txt"))[1:]
    assert [blocks[i] for i in range(0, len(blocks), 3) if "sha256:" not in blocks[i + 2]] == []


def test_the_constraints_are_the_lock_without_hashes():
    assert pins("requirements/constraints.txt") == pins("requirements/lock-py311-linux.txt")


def test_environment_yml_takes_python_packages_and_torch_from_the_same_pins():
    conda_lines, pip_lines = conda()
    python = next(line for line in conda_lines if line.startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.partition("=")[2])
    assert "-r requirements/constraints.txt" in pip_lines
    (locked,) = pins("requirements/torch-cpu.txt").values()
    torch = [Requirement(line) for line in pip_lines if line.startswith("torch")]
    assert {str(r.specifier).split("+")[0] for r in torch} == {f"=={locked}"}


def test_torch_in_environment_yml_can_only_be_the_cpu_build_on_linux():
    _, pip_lines = conda()
    torch = [Requirement(line) for line in pip_lines if line.startswith("torch")]
    linux = [r for r in torch if r.marker.evaluate({"sys_platform": "linux"})]
    assert [str(r.specifier) for r in linux] == [
        f"=={pins('requirements/torch-cpu.txt')['torch']}+cpu"
    ]
    assert [x for x in pip_lines if "://" in x] == [
        "--extra-index-url https://download.pytorch.org/whl/cpu"
    ]


def test_the_installed_packages_agree_with_each_other():
    checked = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
