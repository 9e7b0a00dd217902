"""Files of other programs in a catalog's folder: each is told once, as what it is, with the line that mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from support.tiers import examples

from badgeops.catalog import foreign
from badgeops.catalog.folder import load
from badgeops.errors import Diagnostic
from badgeops.yamldoc.parse import YamlFile, parse

FOREIGN = {
    "MkDocs": "site_name: Handbook\nnav: [index.md]\nmarkdown_extensions:\n  - x: !!python/name:a.b\n",
    "Docker Compose": "name: shop\nservices:\n  web: {image: nginx}\nvolumes: {}\n",
    "a GitHub workflow": "name: CI\non: [push]\njobs:\n  test: {runs-on: ubuntu-latest}\n",
    "a GitHub action": "name: Badges\ndescription: d\ninputs: {}\nruns: {using: composite}\n",
    "Kubernetes": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Issuer\nmetadata: {}\n",
    "Kubernetes ": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\nspec: {{ x }}\n",
    "Helm": "apiVersion: v2\nname: chart\ndescription: d\nversion: 1.0.0\ntype: application\n",
    "OpenAPI": "openapi: 3.1.0\ninfo: {title: t}\npaths: {}\ntags: []\n",
    "Ansible": "- hosts: all\n  tasks:\n    - name: x\n",
    "Conda": "name: env\nchannels: [defaults]\ndependencies: [python]\n",
    "Jekyll": "title: t\ndescription: d\nurl: https://x.example\nbaseurl: /\nplugins: []\n",
    "": "en:\n  hello: Hello\n",
    "  ": "Resources:\n  A: {Type: x, Arn: !GetAtt b.c}\nOutputs: {}\n",
    "   ": "src_a: 1\nsrc_b: 2\nsrc_b: 3\n",
}
OURS = [
    "kind: BadgeClass\nkey: a\n",
    "key: a\nnmae: b\nissuerr: c\n",
    "kind: Badge\nkey: a\nfoo: 1\nbar: 2\nbaz: 3\n",
    "kind: Issuer\nnmae: a\nurll: b\n",
    "name: a\ndescription: b\nimage: c\nissuer: d\n",
    "catalog: a\nfoo: 1\nbar: 1\n",
    "environments: {}\nfoo: 1\n",
    "kind: BadgeClass\nkey:x\nfoo: [\n",
    "a: [\n",
    "- kind: Issuer\n  key: a\n  x: 1\n",
    "- a\n- b\n",
    "just text\n",
    "Kind: Image\nKEY: a\nFile: a.png\nfoo: 1\n",
    "badges:\n- {kind: BadgeClass, key: a}\n- {kind: Issuer, key: b}\n",
    "kind: BadgeClass\nkey: a\n---\nfoo: 1\nbar: 2\n",
]


def told(folder: Path) -> list[Diagnostic]:
    """Return what is said of a catalog beside its settings."""
    (folder / "badgeops.yaml").write_text("catalog: acme\n", "utf-8")
    return [each for each in load(folder, ".").diagnostics if each.code != "empty-catalog"]


@pytest.mark.parametrize("name", ["other.yaml", "deep/er/other.yml", "#odd.yaml", "!not.yaml", "ärger, 1.yaml"])
@pytest.mark.parametrize(("program", "text"), FOREIGN.items())
def test_a_foreign_file_is_told_once_with_the_line_that_mends_it(
    tmp_path: Path, program: str, text: str, name: str
) -> None:
    """However much would be wrong with it; with the line in .badgeopsignore there is nothing left to say."""
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, "utf-8")

    (found,) = told(tmp_path)
    assert (found.code, str(found.source)) == ("foreign-file", f"{name}:1:1")
    assert (f"one of {program.strip()}." in found.detail) if program.strip() else ("looks like" not in found.detail)

    (line,) = [line for line in found.detail.split("\n") if line.startswith("  ")]
    (tmp_path / ".badgeopsignore").write_text(line + "\n", "utf-8")
    assert told(tmp_path) == []


@pytest.mark.parametrize("text", OURS)
def test_what_is_meant_for_badgeops_is_never_called_foreign(text: str) -> None:
    """A slip in a document is told as such, with its place."""
    file = YamlFile("a.yaml", text)

    assert not foreign.is_foreign(file, parse(file)[0])


@given(st.dictionaries(st.sampled_from(["kind", "key", "name", "nmae", "foo", "url", "tags"]), st.just("x")))
@examples(50)
def test_whatever_has_a_key_or_a_kind_is_ours(fields: dict[str, str]) -> None:
    """However many of its other fields are misspelt."""
    file = YamlFile("a.yaml", "".join(f"{field}: {value}\n" for field, value in fields.items()))

    if {"key", "kind"} & fields.keys():
        assert not foreign.is_foreign(file, parse(file)[0])
