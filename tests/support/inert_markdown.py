"""What strangers write to act in a comment on a pull request, and whether any of it does."""

from __future__ import annotations

import re

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

PARSERS = {
    "commonmark": MarkdownIt("commonmark"),
    "github": MarkdownIt("gfm-like", {"html": True}),
    "without HTML": MarkdownIt("gfm-like", {"html": False}),
}
HOSTILE = (
    "@octocat", "https://evil.example/x", "www.evil.example", "evil@evil.example", "<script>evil()</script>",
    "![evil](https://evil.example/x.png)", "[evil](https://evil.example)", "[evil]: https://evil.example", "`", "``",
    "```", "````diff", "~~~", "|", "\\|", "\\", "</details>", "</summary>", "<!-- evil", "-->", "::error::evil",
    "##[error]evil", "\n", "\r", "\r\n\r\n", "#1", "GH-1", "&lt;b&gt;", "- evil", "* evil", "1. evil", "> [!CAUTION]",
    "$evil$", ":tada:", "\u202e", "\u200b", "\x1b[31m", "\x00", "# evil", "===", "---", "@@ evil @@", "+ evil",
    "    evil", "\t", "evil", " ", "<img src=x onerror=evil>", "<https://evil.example>", "\u2028", "\ud800",
)  # fmt: skip
hostile = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=6).map("".join)
OURS = re.compile(r"</?details(?: open)?>|<summary><code>[a-z0-9._-]+</code>: \d+ changes? in detail</summary>")


def tokens(parsed: list[Token]) -> list[Token]:
    """Return all tokens, those inside others included."""
    return [token for outer in parsed for token in (outer, *tokens(outer.children or []))]


def assert_is_inert(text: str) -> None:
    """Fail where anything but our own words, code and frames comes out of the text."""
    for name, parser in PARSERS.items():
        found = tokens(parser.parse(text))
        for token in found:
            assert token.type not in ("link_open", "image"), (name, token)
            if token.type in ("html_block", "html_inline"):
                assert OURS.sub("", token.content).strip() == "", (name, token.content)
            if token.type == "text" and name != "without HTML":
                assert not re.search(r"[@<>&`$]|evil|tada|GH-|#\d", token.content), (name, token.content)
        if name != "commonmark":
            cells = sum(token.type in ("td_open", "th_open") for token in found)
            assert cells % 6 == 0, name
    assert "\r" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u200b\u2028]", text)
