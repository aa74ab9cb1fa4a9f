"""One function over many items: the same results wherever they are computed."""

from __future__ import annotations

import math
import sys
from types import SimpleNamespace

import pytest
from distributed import LocalCluster

from guide_helpers import GuideError, mapping
from guide_helpers.mapping import as_done, mapped

ITEMS = [9, 4, 1, 0]
ROOTS = [3.0, 2.0, 1.0, 0.0]


class StandIn:
    """A cluster's client that works in this process and remembers what it was asked."""

    said: list = []  # noqa: RUF012

    def __init__(self, address):
        StandIn.said = [address]

    def __enter__(self):
        return self

    def __exit__(self, *gone):
        StandIn.said.append("closed")

    def map(self, function, items, *, pure):
        assert not pure
        return [SimpleNamespace(result=lambda item=item: function(item)) for item in items]

    def cancel(self, futures):
        StandIn.said.append(f"{len(futures)} released")


CLUSTER = SimpleNamespace(Client=StandIn, as_completed=reversed)


@pytest.mark.parametrize("workers", [None, 1, 2])
def test_results_are_in_the_order_of_the_items_whatever_the_workers(workers):
    assert mapped(math.sqrt, ITEMS, workers=workers) == ROOTS


def test_nothing_to_do_gives_nothing():
    assert mapped(math.sqrt, []) == []


def test_long_work_goes_to_processes_by_itself(monkeypatch):
    asked = []

    def instead(function, items, workers):
        asked.append(workers)
        return map(function, items)

    monkeypatch.setattr(mapping, "WORTH_IT", -1.0)
    monkeypatch.setattr(mapping.os, "cpu_count", lambda: 3)
    monkeypatch.setattr(mapping, "_in_processes", instead)
    assert mapped(math.sqrt, ITEMS) == ROOTS
    assert asked == [3]


def test_an_error_of_an_item_reaches_the_caller():
    for workers in (1, 2):
        with pytest.raises(ValueError, match="math domain"):
            mapped(math.sqrt, [1, -1, 4], workers=workers)


def test_a_cluster_gets_the_items_and_is_left_clean(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", CLUSTER)
    assert mapped(math.sqrt, ITEMS, cluster="tcp://there:8786") == ROOTS
    assert StandIn.said == ["tcp://there:8786", "4 released", "closed"]


@pytest.mark.parametrize("workers", [1, 2])
def test_results_that_are_kept_one_by_one_are_all_there(workers):
    assert sorted(as_done(math.sqrt, ITEMS, workers=workers)) == sorted(ROOTS)


def test_a_cluster_hands_over_what_is_done_first(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", CLUSTER)
    assert list(as_done(math.sqrt, ITEMS, cluster="tcp://there:8786")) == ROOTS[::-1]
    assert StandIn.said == ["tcp://there:8786", "4 released", "closed"]


def test_an_interrupted_cluster_is_left_clean(monkeypatch):
    def stop(item):
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "distributed", CLUSTER)
    with pytest.raises(KeyboardInterrupt):
        mapped(stop, ITEMS, cluster="tcp://there:8786")
    assert StandIn.said[1:] == ["4 released", "closed"]


def test_a_real_cluster_gives_the_same_results():
    with LocalCluster(n_workers=1, processes=False, dashboard_address=None) as local:
        assert mapped(math.sqrt, ITEMS, cluster=local.scheduler_address) == ROOTS


def test_what_is_missing_is_said_in_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GuideError, match="install distributed, or leave cluster out"):
        mapped(math.sqrt, ITEMS, cluster="tcp://there:8786")
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(GuideError, match="install scikit-learn, or set workers=1"):
        mapped(math.sqrt, ITEMS, workers=2)
    assert mapped(math.sqrt, ITEMS) == ROOTS


@pytest.mark.parametrize("workers", [0, -1, True])
def test_impossible_numbers_of_workers_are_refused(workers):
    with pytest.raises(GuideError, match="give at least 1"):
        mapped(math.sqrt, ITEMS, workers=workers)
    with pytest.raises(GuideError, match="give at least 1"):
        list(as_done(math.sqrt, ITEMS, workers=workers))
