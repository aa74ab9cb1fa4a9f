"""Facts about what makes executed notebooks and pages out of date."""

from __future__ import annotations

import pytest

from guide_helpers.site import freshness

FILES = {
    "src/guide_helpers/methods/cart.py": "leaf = 5",
    "src/guide_helpers/site/icons.py": "",
    "data/satgpa/satgpa.csv.gz": "1",
    "data/satgpa/README.md": "text",
    "requirements/lock.txt": "numpy==2.4.6",
}


@pytest.fixture
def repository(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["src/guide_helpers/methods/cart.py", "data/satgpa/satgpa.csv.gz", "requirements/lock.txt"],
)
def test_a_change_in_package_data_or_lock_re_executes(repository, name):
    before = freshness.execution_key(repository)
    (repository / name).write_text("changed")
    assert freshness.execution_key(repository) != before


@pytest.mark.parametrize("name", ["src/guide_helpers/methods/new.py", "data/new.csv"])
def test_a_new_file_re_executes(repository, name):
    before = freshness.execution_key(repository)
    (repository / name).write_text("new")
    assert freshness.execution_key(repository) != before


def test_text_about_the_data_re_executes_nothing(repository):
    before = freshness.execution_key(repository)
    (repository / "data/satgpa/README.md").write_text("changed")
    assert freshness.execution_key(repository) == before


@pytest.mark.parametrize("place", ["serving", "commands"])
def test_a_change_in_the_server_or_a_command_re_executes_nothing(place, repository):
    before = freshness.execution_key(repository)
    folder = repository / "src" / "guide_helpers" / place
    folder.mkdir()
    (folder / "app.py").write_text("changed")
    (folder.parent / "cli.py").write_text("changed")
    assert freshness.execution_key(repository) == before


def test_the_look_of_pages_writes_them_again_but_re_executes_nothing(repository):
    keys = freshness.execution_key(repository), freshness.page_key(repository)
    (repository / "src/guide_helpers/site/icons.py").write_text("changed")
    assert freshness.execution_key(repository) == keys[0]
    assert freshness.page_key(repository) != keys[1]


def test_moving_text_from_one_file_to_the_next_changes_the_key(repository):
    folder = repository / "data"
    (folder / "a").write_text("12")
    (folder / "b").write_text("3")
    before = freshness.execution_key(repository)
    (folder / "a").write_text("1")
    (folder / "b").write_text("23")
    assert freshness.execution_key(repository) != before


def test_old_caches_go_and_the_current_one_stays(repository, tmp_path):
    current = freshness.cache_folder(repository, tmp_path / "_build" / "html")
    old = current.parent / "old"
    for folder in (current, old):
        folder.mkdir(parents=True)
    freshness.drop_old_caches(current)
    assert [path.name for path in current.parent.iterdir()] == [current.name]
