"""Reading a catalog's folder, whatever lies in it, and the files that its documents refer to."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from pathlib import Path

import pytest
from support.skips import needs_permissions

from badgeops.catalog.folder import MAX_BYTES, Loaded, load, load_settings, why_unreadable, yaml_files
from badgeops.catalog.ignore import Ignore
from badgeops.catalog.images import raster
from badgeops.catalog.referenced_files import CatalogFiles, read_image, reread_image
from badgeops.catalog.references import FileProblem, ImageFile, TextFile
from badgeops.model.entities import Image
from badgeops.yamldoc.parse import Document, YamlFile

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


def catalog(root: Path, **files: str | bytes) -> Path:
    """Write a catalog; `__` in a name is a slash and `_` before the suffix a dot."""
    for name, content in {"badgeops_yaml": "catalog: x\n", **files}.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def keys(loaded: Loaded) -> list[str]:
    """Return the keys of the documents."""
    return [document.data["key"] for document in loaded.documents]


def said(loaded: Loaded) -> list[tuple[str, str]]:
    """Return code and file of each diagnostic."""
    return [(d.code, d.source.filename if d.source else "") for d in loaded.diagnostics]


# --- the folder ----------------------------------------------------------------------------------------------------


def test_every_yaml_file_is_read_in_order(tmp_path: Path) -> None:
    """Files are read by the order of their names, wherever they lie; a file may hold several documents."""
    root = catalog(
        tmp_path, b_yaml="key: b1\n---\nkey: b2\n", a_yml="key: a\n", c__d__e_YAML="key: e\n", x_txt="key: x\n"
    )

    loaded = load(root, "cat")

    assert keys(loaded) == ["a", "b1", "b2", "e"]
    assert loaded.documents[3].file.name == "cat/c/d/e.YAML"
    assert loaded.settings is not None
    assert loaded.settings.data == {"catalog": "x"}
    assert loaded.diagnostics == ()


def test_names_are_shown_from_where_the_command_was_started(tmp_path: Path) -> None:
    """The folder is shown as the user named it; the current one is not shown at all."""
    root = catalog(tmp_path, a_yaml="key: a\n")

    assert [load(root, shown).documents[0].file.name for shown in (".", "", "x/", "../y")] == [
        "a.yaml",
        "a.yaml",
        "x/a.yaml",
        "../y/a.yaml",
    ]


def test_a_settings_file_further_down_is_a_document(tmp_path: Path) -> None:
    """Only the badgeops.yaml in the catalog's own folder holds the settings."""
    root = catalog(tmp_path, sub__badgeops_yaml="key: a\n")

    assert keys(load(root, ".")) == ["a"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    """What begins with a dot is none of the catalog's."""
    root = catalog(tmp_path, a_yaml="key: a\n")
    (root / ".git").mkdir()
    (root / ".git" / "x.yaml").write_text("a: [")
    (root / ".x.yaml").write_text("a: [")

    assert (keys(load(root, ".")), said(load(root, "."))) == (["a"], [])


def test_a_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there, and a file in its place, are said to be so."""
    (tmp_path / "file").write_text("")

    assert [d.code for d in load(tmp_path / "no", "no").diagnostics] == ["missing-catalog"]
    assert [d.code for d in load(tmp_path / "file", "file").diagnostics] == ["not-a-folder"]


def test_a_folder_without_settings(tmp_path: Path) -> None:
    """Without badgeops.yaml nothing is read: it may be somebody's home folder."""
    root = catalog(tmp_path, a_yaml="key: [a\n")
    (root / "badgeops.yaml").unlink()

    loaded = load(root, ".")

    assert (loaded.settings, keys(loaded), said(loaded)) == (None, [], [("missing-settings", "")])


def test_an_empty_catalog_is_a_warning(tmp_path: Path) -> None:
    """A catalog without documents is allowed, but hardly meant."""
    assert said(load(catalog(tmp_path), "cat")) == [("empty-catalog", "cat/badgeops.yaml")]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"key: a\nname: caf\xe9\n", "a.yaml:2:10"),
        ("name: Ä\n".encode() + b"\xff", "a.yaml:2:1"),
        ("key: a\n".encode("utf-16"), "a.yaml:1:1"),
    ],
)
def test_another_encoding_is_located(tmp_path: Path, content: bytes, place: str) -> None:
    """The first byte that is not UTF-8 is found by line and column."""
    (found,) = load(catalog(tmp_path, a_yaml=content), ".").diagnostics

    assert (found.code, str(found.source)) == ("not-utf-8", place)


def test_a_byte_order_mark_does_not_shift_columns(tmp_path: Path) -> None:
    """The mark that Windows programs write is not part of the text."""
    (document,) = load(catalog(tmp_path, a_yaml=b"\xef\xbb\xbfkey: a\r\nname: b\r\n"), ".").documents

    assert document.data == {"key": "a", "name": "b"}
    assert str(document.locate("key", of_key=True)) == "a.yaml:1:1"


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    """The limit itself is allowed; one byte more is not."""
    text = "key: a\n#"
    largest = text + "x" * (MAX_BYTES - len(text))

    assert keys(load(catalog(tmp_path, a_yaml=largest), ".")) == ["a"]
    assert said(load(catalog(tmp_path, a_yaml=largest + "x"), ".")) == [("file-too-large", "a.yaml")]


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "format": "badgeops-state",\n  "version": 1,\n  "resources": []\n}\n',
        '{\n  "format": "badgeops-snapshot",\n  "format_version": "1.0"\n}\n',
        '{\n  "format_version": "1.0",\n  "catalog": "acme"\n}\n',
        '{"format_version": "1.0"}',
        '{\n  "$schema": "https://json.schemastore.org/sarif-2.1.0.json"\n}\n',
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites/>\n',
    ],
)
def test_what_badgeops_writes_is_no_document(tmp_path: Path, text: str) -> None:
    """A state or a plan that is called .yaml lies beside the documents, and is neither one nor a mistake."""
    root = catalog(tmp_path, a_yaml="key: a\n", plan_yaml=text, state__sandbox_yml=text)
    loaded = load(root, ".")

    assert (keys(loaded), said(loaded)) == (["a"], [])
    assert [file.relative for file in yaml_files(root, ".")[0]] == ["badgeops.yaml", "a.yaml"]


@pytest.mark.parametrize(
    "text", ['{"kind": "Issuer"}', '{"format": "x", "key": 1}', "format_version: 1\nkey: a\n", "<p>: 1\nkey: a\n"]
)
def test_what_people_write_is_a_document(tmp_path: Path, text: str) -> None:
    """JSON is YAML, and a word that our files have too makes no file ours."""
    assert len(load(catalog(tmp_path, a_yaml=text), ".").documents) == 1


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
@pytest.mark.parametrize("name", ["café", "Übung", "naïve-Å", "한국"])
def test_a_folder_that_only_looks_the_same_is_explained(tmp_path: Path, name: str, forms: tuple[str, str]) -> None:
    """Anywhere in a path: its own name is not what differs then, and suggesting the same path would help nobody."""
    written, there = (unicodedata.normalize(form, f"texts/{name}/a.md") for form in forms)
    root = catalog(tmp_path)
    (root / there).parent.mkdir(parents=True)
    (root / there).write_text("Text.", "utf-8")
    if (root / written).exists():
        pytest.skip("this file system takes both for one")
    with CatalogFiles(root, ".") as files:
        found = files.text(document("a.yaml"), written)

    assert isinstance(found, FileProblem)
    assert "Did you mean" not in found.detail
    assert "There is a folder that looks the same" in found.detail


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
@pytest.mark.parametrize("name", ["café", "Übung", "naïve-Å", "한국"])
def test_a_name_that_only_looks_the_same_is_explained(tmp_path: Path, name: str, forms: tuple[str, str]) -> None:
    """MacOS and archives write é as two characters: to suggest the same word again would help nobody."""
    written, there = (unicodedata.normalize(form, f"{name}.md") for form in forms)
    root = catalog(tmp_path)
    (root / there).write_text("Text.", "utf-8")
    if (root / written).exists():
        pytest.skip("this file system takes both for one")
    with CatalogFiles(root, ".") as files:
        found = files.text(document("a.yaml"), written)

    assert isinstance(found, FileProblem)
    assert found.code == "missing-file"
    assert "looks the same" in found.detail
    assert "Did you mean" not in found.detail
    composed, split = ("in this document", "on the disk") if forms[0] == "NFC" else ("on the disk", "in this document")
    assert re.search(rf"as the one character U\+[0-9A-F]{{4}} {composed}", found.detail), found.detail
    assert re.search(rf" \+ U\+[0-9A-F]{{4}} {split}", found.detail), found.detail


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    """A pipe that nobody writes to is reported, not waited for."""
    root = catalog(tmp_path)
    os.mkfifo(root / "pipe.yaml")

    assert said(load(root, ".")) == [("not-a-file", "pipe.yaml")]


def test_links_inside_the_catalog_are_followed(tmp_path: Path) -> None:
    """A link to a file or folder of the catalog works like a copy."""
    root = catalog(tmp_path, real__a_yaml="key: a\n")
    (root / "link").symlink_to("real")
    (root / "b.yaml").symlink_to("real/a.yaml")

    assert keys(load(root, ".")) == ["a", "a", "a"]


def test_links_that_lead_astray_are_reported(tmp_path: Path) -> None:
    """Loops, links out of the catalog and links to nothing are said where they are."""
    root = catalog(tmp_path / "cat", sub__a_yaml="key: a\n")
    (tmp_path / "secret.yaml").write_text("key: s\n")
    (root / "sub" / "up").symlink_to("..")
    (root / "out.yaml").symlink_to("../secret.yaml")
    (root / "outside").symlink_to(tmp_path)
    (root / "gone.yaml").symlink_to("nothing.yaml")
    (root / "self.yaml").symlink_to("self.yaml")

    loaded = load(root, ".")

    assert keys(loaded) == ["a"]
    assert said(loaded) == [
        ("unreadable", "gone.yaml"),
        ("link-outside", "out.yaml"),
        ("link-outside", "outside"),
        ("unreadable", "self.yaml"),
        ("link-loop", "sub/up"),
    ]


def test_a_catalog_may_itself_be_a_link(tmp_path: Path) -> None:
    """The folder that was named may be a link; what counts is where it leads."""
    catalog(tmp_path / "real", a_yaml="key: a\n")
    (tmp_path / "link").symlink_to("real")

    assert keys(load(tmp_path / "link", "link")) == ["a"]


@needs_permissions
def test_what_may_not_be_read_is_reported(tmp_path: Path) -> None:
    """A file and a folder without permission do not hide the others."""
    root = catalog(tmp_path, a_yaml="key: a\n", b_yaml="key: b\n", sub__c_yaml="key: c\n")
    (root / "a.yaml").chmod(0)
    (root / "sub").chmod(0)
    try:
        loaded = load(root, ".")
    finally:
        (root / "sub").chmod(0o755)

    assert (keys(loaded), said(loaded)) == (["b"], [("unreadable", "a.yaml"), ("unreadable", "sub")])


def test_the_system_s_own_words_are_used_for_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other error of the operating system is passed on in its words."""
    root = catalog(tmp_path, a_yaml="key: a\n")

    def failing(*_args: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "open", failing)

    assert {d.summary for d in load(root, ".").diagnostics} == {"this file cannot be read: input/output error"}


def test_a_missing_permission_is_called_so() -> None:
    """The commonest reason why a file cannot be read has words of its own."""
    assert why_unreadable("folder", PermissionError(13, "x"))[1] == "this folder cannot be read: no permission"


def test_a_folder_that_cannot_be_listed_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that the system refuses to list does not hide the files beside it."""
    root = catalog(tmp_path, a_yaml="key: a\n", sub__b_yaml="key: b\n")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if path.endswith("sub"):
            raise PermissionError(13, "x")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    loaded = load(root, "cat")

    assert (keys(loaded), said(loaded)) == (["a"], [("unreadable", "cat/sub")])


def test_a_file_that_comes_in_pieces_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system may return less than was asked for."""
    root = catalog(tmp_path, a_yaml="key: a\n")
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: read(descriptor, min(size, 3)))

    assert keys(load(root, ".")) == ["a"]


def test_the_settings_can_be_read_alone(tmp_path: Path) -> None:
    """Some commands need no documents."""
    root = catalog(tmp_path, a_yaml="a: [")

    loaded = load_settings(root, ".")

    assert loaded.settings is not None
    assert (loaded.settings.data, loaded.documents, loaded.diagnostics) == ({"catalog": "x"}, (), ())
    assert [d.code for d in load_settings(tmp_path / "no", "no").diagnostics] == ["missing-catalog"]


def test_deep_folders_are_walked(tmp_path: Path) -> None:
    """Folders may be nested as deeply as the system allows."""
    root = catalog(tmp_path)
    deep = root.joinpath(*["d"] * 400)
    deep.mkdir(parents=True)
    (deep / "a.yaml").write_text("key: a\n")

    assert keys(load(root, ".")) == ["a"]


# --- .badgeopsignore -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("drafts/", "drafts", True),
        ("drafts/", "a/drafts", True),
        ("/drafts", "a/drafts", False),
        ("*.yml", "a/b.yml", True),
        ("a/*.yml", "a/b/c.yml", False),
        ("a/**/c.yml", "a/b/c.yml", True),
        ("a/**/c.yml", "a/c.yml", True),
        ("a/**", "a/b/c.yml", True),
        ("**/c.yml", "c.yml", True),
        ("b?.yml", "b1.yml", True),
        ("b?.yml", "b/.yml", False),
        ("[x].yml", "[x].yml", True),
        ("\\#a.yml", "#a.yml", True),
        ("# a", "# a", False),
    ],
)
def test_patterns_of_the_ignore_file(pattern: str, path: str, ignored: bool) -> None:
    """Patterns mean what they mean to git."""
    assert Ignore.parse(f"# comment\n\n{pattern}\n").matches(path, folder="." not in path) is ignored


def test_a_pattern_can_take_back() -> None:
    """The last pattern that matches decides; one with a slash at its end is for folders only."""
    ignore = Ignore.parse("*.yaml\n!keep.yaml\nkeep.yaml/\n")

    assert ignore.matches("x.yaml", folder=False)
    assert not ignore.matches("keep.yaml", folder=False)


def test_an_ignore_file_in_another_encoding_is_reported(tmp_path: Path) -> None:
    """The ignore file is text like any other."""
    root = catalog(tmp_path, a_yaml="key: a\n")
    (root / ".badgeopsignore").write_bytes(b"\xff")

    assert said(load(root, ".")) == [("not-utf-8", ".badgeopsignore")]


# --- files that documents refer to ---------------------------------------------------------------------------------


def document(name: str) -> Document:
    """Return a document that stands in a file of that name."""
    return Document({}, YamlFile(name, ""), 1, 1, 0)


def code(found: TextFile | ImageFile | FileProblem) -> str | None:
    """Return the code of a problem."""
    return found.code if isinstance(found, FileProblem) else None


def test_a_path_is_relative_to_its_file(tmp_path: Path) -> None:
    """A file is found from the folder of the YAML file, in whatever way the catalog was named."""
    root = catalog(tmp_path, texts__a_md="hello", images__a_svg=SVG)
    for shown in (".", "some/where"):
        prefix = "" if shown == "." else f"{shown}/"
        with CatalogFiles(root, shown) as files:
            text = files.text(document(f"{prefix}badges/x.yaml"), "../texts/a.md")
            image = files.image(document(f"{prefix}top.yaml"), "images/a.svg")

        assert isinstance(text, TextFile)
        assert text.text == "hello"
        assert isinstance(image, ImageFile)
        assert (image.facts.format, image.path) == ("svg", str(root / "images/a.svg"))


def test_paths_that_cannot_be(tmp_path: Path) -> None:
    """What is no path inside the catalog is refused before any file is opened."""
    root = catalog(tmp_path, a_yaml="key: a\n")
    files = CatalogFiles(root, ".")
    paths = {
        "/etc/passwd": "absolute-path",
        "~/x.png": "absolute-path",
        "C:\\x.png": "absolute-path",
        "a\\b.png": "invalid-path",
        "https://x.example/a.png": "invalid-path",
        "data:image/png;base64,AA": "invalid-path",
        "a\0b": "invalid-path",
        "../x.png": "outside-catalog",
        "x/../../y.png": "outside-catalog",
        "..": "outside-catalog",
        ".": "not-a-file",
        "no.png": "missing-file",
        "badgeops.yaml/x.png": "missing-file",
        "n" * 300: "unreadable",
    }

    assert {path: code(files.image(document("a.yaml"), path)) for path in paths} == paths


def test_links_out_of_the_catalog_are_refused(tmp_path: Path) -> None:
    """A file outside is not reached by a link to it, nor by one to its folder."""
    root = catalog(tmp_path / "cat", ok__a_md="fine")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.md").write_text("secret")
    (root / "link.md").symlink_to("../secret/key.md")
    (root / "folder").symlink_to("../secret")
    (root / "inside.md").symlink_to("ok/a.md")
    files = CatalogFiles(root, ".")

    found = {path: code(files.text(document("a.yaml"), path)) for path in ("link.md", "folder/key.md", "inside.md")}

    assert found == {"link.md": "outside-catalog", "folder/key.md": "outside-catalog", "inside.md": None}


def test_texts_that_cannot_be_used(tmp_path: Path) -> None:
    """Criteria in another encoding or far too long are refused; very long ones are a warning."""
    root = catalog(tmp_path, latin_md=b"caf\xe9", long_md="x" * 100_001, huge_md="x" * 1_048_577)
    files = CatalogFiles(root, ".")

    long = files.text(document("a.yaml"), "long.md")

    assert isinstance(long, TextFile)
    assert [problem.code for problem in long.problems] == ["long-criteria"]
    assert code(files.text(document("a.yaml"), "latin.md")) == "not-utf-8"
    assert code(files.text(document("a.yaml"), "huge.md")) == "file-too-large"


@needs_permissions
def test_an_image_that_may_not_be_read(tmp_path: Path) -> None:
    """A file without permission is a problem of the document that refers to it."""
    root = catalog(tmp_path, a_svg=SVG)
    (root / "a.svg").chmod(0)

    assert code(CatalogFiles(root, ".").image(document("a.yaml"), "a.svg")) == "unreadable"


def test_a_suffix_that_misleads_is_a_warning(tmp_path: Path) -> None:
    """A sound image under another name is accepted with a warning."""
    root = catalog(tmp_path, a_png=SVG, b=SVG)
    files = CatalogFiles(root, ".")
    for path in ("a.png", "b"):
        found = files.image(document("a.yaml"), path)

        assert isinstance(found, ImageFile)
        assert [problem.code for problem in found.problems] == ["image-suffix"]


# --- the cache of what images are --------------------------------------------------------------------------------


def look(root: Path, cache: Path | None) -> ImageFile:
    """Look at a.svg of a catalog, as a command does."""
    with CatalogFiles(root, ".", cache) as files:
        found = files.image(document("a.yaml"), "a.svg")
    assert isinstance(found, ImageFile)
    return found


def test_facts_are_remembered_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that was seen before is not inspected again; another content is, under whatever name."""
    root = catalog(tmp_path / "cat", a_svg=SVG.replace("0 0 1 1", "0 0 2 1"))
    first = look(root, tmp_path / "cache")
    inspected: list[bytes] = []
    inspect = raster.inspect
    monkeypatch.setattr(raster, "inspect", lambda data: inspected.append(data) or inspect(data))

    again = look(root, tmp_path / "cache")

    assert (again, inspected) == (first, [])
    assert [problem.code for problem in again.problems] == ["image-not-square"]
    (root / "a.svg").write_text(SVG)
    assert look(root, tmp_path / "cache").facts.problems == ()


@pytest.mark.parametrize(
    "content", ["", "[", "[]", '{"%s": 3}', '{"%s": [1, 2]}', '{"%s": ["svg", 1, 1, 1, [[1]]]}', "[" * 99_999]
)
def test_a_damaged_cache_does_no_harm(tmp_path: Path, content: str) -> None:
    """Whatever the cache holds, the facts are those of the image."""
    root = catalog(tmp_path / "cat", a_svg=SVG)
    clean = look(root, None)
    cache = tmp_path / f"images-v{raster.FACTS_FORMAT}.json"
    cache.write_text(content % clean.facts.sha256 if "%" in content else content)

    assert look(root, tmp_path) == clean
    assert clean.facts.sha256 in json.loads(cache.read_text())


def test_a_cache_of_images_that_others_can_write_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one of somebody else, behind a link, a pipe or a folder: the image is judged anew. Ours is ours alone."""
    root, cache = catalog(tmp_path / "cat", a_svg=SVG.replace("/>", "><script/></svg>")), tmp_path / "cache"
    dangerous = look(root, cache)
    assert [problem.code for problem in dangerous.problems] == ["svg-script"]
    (path,) = cache.iterdir()
    assert (path.stat().st_mode & 0o777, cache.stat().st_mode & 0o777) == (0o600, 0o700)

    def forge() -> None:
        path.write_text(json.dumps({dangerous.facts.sha256: ["svg", 1, 1, 1, []]}))

    forge()
    assert look(root, cache).problems == ()  # whoever can write our own files need not forge anything

    for mode in (0o620, 0o602, 0o666):
        forge()
        path.chmod(mode)
        assert look(root, cache) == dangerous
        assert path.stat().st_mode & 0o777 == 0o600

    forge()
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
        assert look(root, cache) == dangerous

    forge()
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert look(root, cache) == dangerous
    assert not path.is_symlink()
    for make in (os.mkfifo, os.mkdir):
        path.unlink()
        make(path)
        assert look(root, cache) == dangerous


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """Where the cache's folder cannot be made, badgeops works without."""
    root = catalog(tmp_path / "cat", a_svg=SVG)
    (tmp_path / "file").write_text("")

    assert look(root, tmp_path / "file" / "cache").facts.format == "svg"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary file of a failed write is removed."""
    root = catalog(tmp_path / "cat", a_svg=SVG)

    def failing(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", failing)
    look(root, tmp_path / "cache")

    assert list((tmp_path / "cache").iterdir()) == []


def test_the_cache_holds_nothing_of_the_catalog(tmp_path: Path) -> None:
    """Only digests and facts are kept, no names of files."""
    root = catalog(tmp_path / "cat", a_svg=SVG)
    look(root, tmp_path / "cache")
    (cache,) = (tmp_path / "cache").iterdir()

    assert list(json.loads(cache.read_text()).values()) == [["svg", 1, 1, len(SVG), []]]


def test_one_commit_is_one_image_whatever_git_did_to_its_line_ends(tmp_path: Path) -> None:
    """With core.autocrlf the lines of an SVG end in CR LF in the working tree; what is known and read is the same."""
    lines = SVG.replace("><", ">\n<").replace(" viewBox", "\nviewBox") + "\n"
    here, there = catalog(tmp_path / "here"), catalog(tmp_path / "there")
    (here / "a.svg").write_bytes(lines.encode())
    (there / "a.svg").write_bytes(lines.replace("\n", "\r\n").encode())

    one, two = look(here, None), look(there, None)

    assert lines.count("\n") >= 2
    assert one.facts == two.facts
    image = Image(two.facts.sha256, "svg", two.facts.width, two.facts.height, two.facts.size, two.path)
    assert read_image(image) == reread_image(image) == lines.encode()
