"""The values for Kubernetes name only what the chart knows."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

VALUES = Path(__file__).parents[2] / "deploy/zero-to-jupyterhub/values.yaml"
KNOWN = {
    "hub": {
        "activeServerLimit",
        "allowNamedServers",
        "concurrentSpawnLimit",
        "config",
        "networkPolicy",
    },
    "proxy": {"service", "https"},
    "singleuser": {
        "cloudMetadata",
        "cpu",
        "defaultUrl",
        "extraEnv",
        "image",
        "memory",
        "networkPolicy",
        "startTimeout",
        "storage",
    },
    "scheduling": {"userScheduler", "userPlaceholder", "podPriority"},
    "prePuller": {"hook", "continuous"},
    "cull": {"enabled", "timeout", "every", "maxAge"},
}
"""Of the chart's reference, the sections used here."""


@pytest.fixture(scope="module")
def values():
    return yaml.safe_load(VALUES.read_text("utf-8"))


def test_the_values_name_only_keys_of_the_chart(values):
    assert set(values) <= set(KNOWN)
    for section, keys in values.items():
        assert set(keys) <= KNOWN[section], section


def test_each_person_has_a_limit_on_memory_and_processor(values):
    person = values["singleuser"]
    assert person["memory"]["limit"]
    assert person["cpu"]["limit"]
    assert person["networkPolicy"]["enabled"]


def test_the_image_is_pinned_by_its_digest(values):
    assert "@sha256:" in values["singleuser"]["image"]["tag"]


def test_no_password_is_in_the_file(values):
    assert set(values["hub"]["config"]) == {"JupyterHub", "Authenticator"}
