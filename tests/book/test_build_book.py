"""Facts about executing notebooks and stopping at the first sign of trouble."""

from __future__ import annotations

import os
from unittest import mock

import nbformat
import pytest
from jupyter_cache import get_cache


def write(path, *sources):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def book(tmp_path, build_book):
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nparts:\n- chapters:\n"
        "  - file: book/one\n    sections:\n    - file: notebooks/one\n"
    )
    with mock.patch.dict(os.environ):  # a build says to its kernels that pages are still
        yield build_book.Book(tmp_path)


def test_a_failing_cell_stops_the_build_and_names_notebook_cell_and_error(
    book, build_book, monkeypatch
):
    write(book.root / "notebooks" / "one.ipynb", "rate = 1", "rate / 0\nprint('never')")
    monkeypatch.setattr(build_book, "write_pages", lambda book: pytest.fail("pages were written"))
    said = []
    assert build_book.build(book, say=said.append) == 1
    text = "\n".join(said)
    assert "one.ipynb, cell 2 of 2: ZeroDivisionError: division by zero" in text
    assert "    rate / 0" in text
    assert not book.stamp.exists()


def test_a_notebook_that_takes_too_long_is_named(tmp_path, build_book):
    path = write(tmp_path / "slow.ipynb", "while True:\n    pass")
    with pytest.raises(build_book.CellFailed, match=r"slow.ipynb, cell 1 of 1: .* more than 1 s"):
        build_book.execute(path, seconds=1)


def test_an_executed_notebook_is_found_in_the_cache_until_its_code_changes(tmp_path, build_book):
    path = write(tmp_path / "one.ipynb", "from pathlib import Path\nPath.cwd().name")
    cache = get_cache(str(tmp_path / "cache"))
    assert build_book.execute_all([path], cache, say=lambda text: None) == []
    assert build_book.stale([path], cache) == []
    [_, executed] = cache.merge_match_into_notebook(nbformat.read(path, as_version=4))
    assert executed.cells[0].outputs[0].data["text/plain"] == repr(tmp_path.name)
    write(path, "1")
    assert build_book.stale([path], cache) == [path]


def test_notebooks_come_from_the_table_of_contents(book):
    wanted = write(book.root / "notebooks" / "one.ipynb", "1")
    write(book.root / "notebooks" / "draft.ipynb", "1")
    assert book.notebooks() == [wanted]


def test_pages_that_fail_are_built_again_next_time(book, build_book, monkeypatch):
    monkeypatch.setattr(build_book, "write_pages", lambda book: False)
    (book.pages.parent / ".doctrees").mkdir(parents=True)
    assert build_book.build(book, say=lambda text: None) == 1
    assert not (book.pages.parent / ".doctrees").exists()
    assert not book.stamp.exists()


def test_nothing_is_done_when_nothing_changed_and_all_is_done_when_something_did(
    book, build_book, monkeypatch
):
    written = []

    def write_pages(book):
        book.pages.mkdir(parents=True, exist_ok=True)
        (book.pages / "index.html").write_text("page")
        written.append(1)
        return True

    monkeypatch.setattr(build_book, "write_pages", write_pages)
    for expected in (1, 1):
        assert build_book.build(book, say=lambda text: None) == 0
        assert len(written) == expected
    (book.root / "book").mkdir()
    (book.root / "book" / "one.md").write_text("# changed")
    assert build_book.build(book, say=lambda text: None) == 0
    assert len(written) == 2
