"""Hypothesis strategies: catalogs, what a stranger does to a server, and small helpers to make entities by hand."""

from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import strategies as st

from badgeops.model.address import Address, Kind
from badgeops.model.entities import Alignment, BadgeClass, Catalog, Expiry, Image, Issuer
from badgeops.model.fields import NEVER, TABLE, Type
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.model.text_rules import effective_text
from badgeops.yamldoc.parse import Document, YamlFile

WORDS = ("plain", "Zoë 学习 🎓", "<b>bold</b>", "a < b > c", " x", "two\nlines", "AT&amp;T", "i<j and k>l", "<br>")
"""What servers make something else of, among what they leave alone."""

texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=6), min_size=1, max_size=4).map(" ".join)
names = texts.map(str.strip).filter(lambda text: bool(effective_text(text).strip()))
urls = st.integers(0, 20).map("https://example.org/{}".format)
options = texts.map(str.strip).map(lambda text: text or None)


def document(kind: Kind, key: str) -> Document:
    """Return a document that can say where it stands."""
    text = f"kind: {kind.value}\nkey: {key}\nname: x\nissuer: y\n"
    return Document({"kind": kind.value, "key": key}, YamlFile(f"{kind.prefix}/{key}.yaml", text), 1, 1, 0)


def image(number: int = 0, format_: str = "png") -> Image:
    """Return an image that no file holds."""
    sha256 = hashlib.sha256(f"{number}.{format_}".encode()).hexdigest()
    return Image(sha256, format_, 400, 400, 12_000 + number, f"{number}.{format_}")


def issuer(key: str = "academy", **fields: Any) -> Issuer:
    """Return a small issuer; `fields` are added or replace its own, and count as declared."""
    values = {"name": key.title(), "url": "https://academy.example", "email": "badges@academy.example", **fields}
    lifecycle = values.pop("lifecycle", Lifecycle())
    return Issuer(
        address=Address(Kind.ISSUER, key),
        **values,
        declared=_declared(values),
        lifecycle=lifecycle,
        document=document(Kind.ISSUER, key),
    )


def badge_class(key: str = "python", owner: str = "academy", **fields: Any) -> BadgeClass:
    """Return a small badge class; `fields` are added or replace its own, and count as declared."""
    values = {
        "name": key.title(),
        "description": f"Knows {key}.",
        "image": image(),
        "criteria_narrative": f"Pass the {key} exam.",
        **fields,
    }
    lifecycle = values.pop("lifecycle", Lifecycle())
    return BadgeClass(
        address=Address(Kind.BADGE_CLASS, key),
        issuer=Address(Kind.ISSUER, owner),
        **values,
        declared=_declared(values) | {"issuer"},
        lifecycle=lifecycle,
        document=document(Kind.BADGE_CLASS, key),
    )


def catalog(*entities: Issuer | BadgeClass) -> Catalog:
    """Return a catalog, sorted as validation leaves it."""
    issuers = [entity for entity in entities if isinstance(entity, Issuer)]
    badge_classes = [entity for entity in entities if isinstance(entity, BadgeClass)]
    return Catalog(
        "test", tuple(sorted(issuers, key=lambda e: e.key)), tuple(sorted(badge_classes, key=lambda e: e.key))
    )


_API_NAMES = {field.attribute: field.name for field in TABLE}


def _declared(values: dict[str, Any]) -> frozenset[str]:
    return frozenset(_API_NAMES.get(name, name) for name in values)


# --- strategies ----------------------------------------------------------------------------------------------------

images = st.builds(image, st.integers(0, 3), st.sampled_from(["png", "svg"]))
extensions = st.dictionaries(
    st.sampled_from(["extensions:One", "extensions:Two"]),
    st.fixed_dictionaries({"type": st.just(["Extension"]), "value": st.booleans() | st.integers(0, 2) | texts}),
    max_size=2,
)
alignments = st.builds(
    Alignment, names, urls, st.none() | options, st.none() | options, st.none() | options, st.none() | st.booleans()
)
lifecycles = st.builds(
    Lifecycle,
    protect=st.booleans(),
    on_remove=st.sampled_from(OnRemove),
    ignore_changes=st.frozensets(st.sampled_from(["name", "description", "tags", "image", "expires"]), max_size=2),
)
_any: dict[Type, st.SearchStrategy[Any]] = {
    Type.TEXT: st.none() | names,
    Type.URL: st.none() | urls,
    Type.EMAIL: st.sampled_from(["a@example.org", "b@example.org"]),
    Type.MARKDOWN: options,
    Type.TAGS: st.lists(names, max_size=4).map(lambda tags: tuple(dict.fromkeys(tags))),
    Type.ALIGNMENTS: st.lists(alignments, max_size=3).map(lambda items: tuple(dict.fromkeys(items))),
    Type.PERIOD: st.none() | st.builds(Expiry, st.integers(1, 5), st.sampled_from(["days", "months", "years"])),
    Type.EXTENSIONS: extensions,
    Type.IMAGE: images,
}
_some: dict[Type, st.SearchStrategy[Any]] = {**_any, Type.TEXT: names, Type.URL: urls}
"""What a field that cannot be emptied can hold."""


def _drawn(kind: Kind) -> dict[str, st.SearchStrategy[Any]]:
    fields = [field for field in TABLE if kind in field.kinds and field.type is not Type.ISSUER]
    return {field.attribute: (_some if field.empty is NEVER else _any)[field.type] for field in fields}


def _fields(drawn: dict[str, st.SearchStrategy[Any]], *always: str) -> st.SearchStrategy[dict[str, Any]]:
    needed = {name: drawn[name] for name in always}
    return st.fixed_dictionaries(needed, optional={name: drawn[name] for name in drawn if name not in needed})


issuer_fields, badge_class_fields = _drawn(Kind.ISSUER), _drawn(Kind.BADGE_CLASS)
"""Attribute -> what it can be, for every field of the table but the issuer."""
_issuer_fields = _fields(issuer_fields, "name", "url", "email")
_badge_class_fields = _fields(badge_class_fields, "name", "description", "image", "criteria_narrative")
_ISSUER_KEYS = ("academy", "library")
_BADGE_CLASS_KEYS = ("python", "rust", "sql", "welding")


@st.composite
def catalogs(draw: st.DrawFn, *, careful: bool = False) -> Catalog:
    """Draw a catalog that validation would let pass. A badge class is always under the same issuer.

    `careful` draws lifecycles as well; without, nothing is ignored, protected or deleted.
    """

    def fields_of(strategy: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
        return draw(strategy) | ({"lifecycle": draw(lifecycles)} if careful else {})

    owners = draw(st.sets(st.sampled_from(_ISSUER_KEYS), min_size=1))
    made: list[Issuer | BadgeClass] = [issuer(key, **fields_of(_issuer_fields)) for key in sorted(owners)]
    taken: set[tuple[str, str]] = set()
    for number, key in enumerate(_BADGE_CLASS_KEYS):
        owner = _ISSUER_KEYS[number % 2]
        if owner not in owners or not draw(st.booleans()):
            continue
        entity = badge_class(key, owner, **fields_of(_badge_class_fields))
        name = (owner, effective_text(entity.name).strip())
        if name not in taken:
            taken.add(name)
            made.append(entity)
    return catalog(*made)


@st.composite
def edits(draw: st.DrawFn) -> Any:
    """Draw what people do in the web interface: a function that edits a server of `support.simulated`."""
    changes = draw(
        st.lists(
            st.tuples(
                st.integers(0, 5),
                st.sampled_from(
                    [
                        {"description": "Edited."},
                        {"name": "Edited"},
                        {"tags": ["edited"]},
                        {"alignments": [{"targetName": "E", "targetUrl": "https://e.example"}]},
                        {"expires": {"amount": 9, "duration": "weeks"}},
                        {"expires": {"amount": None, "duration": None}},
                        {"extensions": {}},
                        {"criteriaUrl": "https://e.example"},
                        {"criteriaNarrative": None},
                        {"image": "data:image/png;base64,eA=="},
                        {"image": "data:image/svg+xml;base64,eA=="},
                        {"archived": True},
                    ]
                ),
            ),
            max_size=3,
        )
    )

    def apply(server: Any) -> None:
        numbers = sorted(server.entities)
        for index, body in changes:
            if numbers:
                server.put(numbers[index % len(numbers)], body)

    return apply
