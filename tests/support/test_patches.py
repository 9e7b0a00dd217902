"""Patches of a page: they fit in one place or are refused, and can be applied without one of their hunks."""

from __future__ import annotations

import pytest

from support.patches import MisfitError, read

FILE = "one\ntwo\n\nthree\nfour\n"
PATCH = """\
--- a/x.txt
+++ b/x.txt
@@
 one
-two
+zwei
+drei

 three
@@
+
 four
"""


def test_all_hunks_are_applied() -> None:
    """Lines that stay are looked for, those with a sign are changed."""
    assert read(PATCH).applied(FILE) == "one\nzwei\ndrei\n\nthree\n\nfour\n"


def test_one_hunk_can_be_left_out() -> None:
    """The others fit all the same."""
    assert read(PATCH).applied(FILE, without=0) == "one\ntwo\n\nthree\n\nfour\n"
    assert read(PATCH).applied(FILE, without=1) == "one\nzwei\ndrei\n\nthree\nfour\n"


@pytest.mark.parametrize("file", ["", "One\ntwo\n\nthree\nfour\n", f"{FILE}{FILE}", "at one\ntwo\n\nthree\nfour\n"])
def test_a_hunk_that_fits_nowhere_or_twice_is_refused(file: str) -> None:
    """A page that is out of date shows so."""
    with pytest.raises(MisfitError, match=r"these lines stand [02] times"):
        read(PATCH).applied(file)


def test_a_new_file_is_made_where_none_is() -> None:
    """Left out, there is none; nothing that is there is overwritten."""
    patch = read("--- /dev/null\n+++ b/new.txt\n@@\n+one\n+\n+two\n")

    assert (patch.path, patch.is_new) == ("new.txt", True)
    assert patch.applied(None) == "one\n\ntwo\n"
    assert patch.applied(None, without=0) is None
    with pytest.raises(MisfitError, match="is there already"):
        patch.applied("")


@pytest.mark.parametrize(
    "text",
    [
        "+one\n",
        "--- a/x\n+++ b/y\n@@\n+one\n",
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n+one\n",
        "--- a/x\n+++ b/x\n@@\none\n",
    ],
)
def test_what_is_no_patch_is_refused(text: str) -> None:
    """A slip in the page is not taken for a patch that changes nothing."""
    with pytest.raises(MisfitError):
        read(text)


def test_a_file_that_is_gone_is_missed() -> None:
    """A patch of it fits no more."""
    with pytest.raises(MisfitError, match=r"there is no x\.txt"):
        read(PATCH).applied(None)
