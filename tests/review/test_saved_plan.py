"""A saved plan, read back: what is refused, with which words, and what is not trusted of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, issuer

from badgeops.errors import PlanError
from badgeops.model.address import Address
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.planning.plan import digest_of
from badgeops.render.machine import plan_json
from badgeops.review import saved_plan
from badgeops.review.saved_plan import SavedPlan, checksum

PYTHON = Address.parse("badge_class.python")


def content() -> dict[str, Any]:
    """Return a saved plan as JSON values: an update with an image, a creation and a removal."""
    before = catalog(
        issuer(), badge_class(tags=("a",)), badge_class("gone", lifecycle=Lifecycle(on_remove=OnRemove.DELETE))
    )
    server = Server(Dialect.OPEN_SOURCE)
    state = server.apply(server.plan(before, new_state()), new_state())
    after = catalog(issuer(), badge_class(tags=("b",), lifecycle=Lifecycle(protect=True)), badge_class("rust"))
    made: dict[str, Any] = json.loads(plan_json.render(server.plan(after, state)))
    assert [change["action"] for change in made["changes"]] == ["delete", "update", "create"]
    return made


def put(data: Any, place: tuple[Any, ...], value: Any) -> None:
    """Put a value at a place; `...` takes out what stands there."""
    for step in place[:-1]:
        data = data[step]
    if value is ...:
        del data[place[-1]]
    else:
        data[place[-1]] = value


def read(data: dict[str, Any], *, sealed: bool = True) -> SavedPlan:
    """Read a plan; with a checksum that fits, unless it is to be left as it is."""
    if sealed:
        data["checksum"] = checksum(data)
    return saved_plan.loads(json.dumps(data), name="plan.json")


def resealed(data: dict[str, Any]) -> SavedPlan:
    """Read a plan of which the digest is made to fit as well, as a forger would."""
    plan = saved_plan._plan(data, "plan.json")
    data["digest"] = digest_of(plan.catalog, plan.environment, plan.server, plan.dialect, plan.effects)
    return read(data)


def test_all_of_a_plan_is_read() -> None:
    """What was made, for what and from what, and what each change does."""
    data = content()
    data["allowed"] = ["duplicate-name", "protected=badge_class.python"]

    plan = read(data)

    assert (plan.name, plan.catalog, plan.environment, plan.server) == ("plan.json", "test", "here", data["server"])
    assert (plan.dialect, plan.lineage, plan.serial) == (Dialect.OPEN_SOURCE, data["lineage"], 1)
    assert (plan.digest, plan.allowed) == (data["digest"], Allowances.of(*data["allowed"]))
    gone, python, rust = plan.effects
    assert [str(effect.action) for effect in plan.effects] == ["delete", "update", "create"]
    assert python.fields["tags"] == (["a"], ["b"])
    assert (python.protect, python.on_remove, gone.on_remove) == (True, OnRemove.FORGET, OnRemove.DELETE)
    assert (python.managed, python.beside) == (tuple(data["changes"][1]["managed"]), ())
    assert (python.entity_id, python.server) == (
        data["changes"][1]["entityId"],
        data["changes"][1]["fingerprints"]["server"],
    )
    assert (rust.entity_id, rust.server) == (None, "")
    assert plan.catalog_fingerprints == {
        effect.address: change["fingerprints"]["catalog"]
        for effect, change in zip((python, rust), data["changes"][1:], strict=True)
    }


# --- what was allowed ----------------------------------------------------------------------------------------------


def test_what_was_allowed_is_read_as_plans_spelled_it_before() -> None:
    """A plan that was reviewed before there was one `--allow` can still be applied."""
    data = content()
    data["allowed"] = [
        "--allow-duplicate-name",
        "--allow-meaning-change=badge_class.b",
        "--allow-protected=badge_class.a",
        "--allow-protected=issuer.c",
    ]

    assert list(read(data).allowed) == [
        "duplicate-name",
        "meaning=badge_class.b",
        "protected=badge_class.a",
        "protected=issuer.c",
    ]


@pytest.mark.parametrize(
    "flag",
    [
        "everything",
        "--allow-everything",
        "--allow-protected=image.x y",
        "allow-protected",
        "--allow protected=issuer.c",
        "",
        5,
        "--allow-protected=x",
        "--allow-protected",
        "protected=image.x",
        "deletes=3",
        "updates=1",
        "--allow-deletes=3",
    ],
)
def test_nothing_else_is_allowed(flag: Any) -> None:
    """A file that names something unknown would be applied by half; limits are for whoever applies it to lift."""
    with pytest.raises(PlanError, match=r"plan\.json is damaged"):
        read(content() | {"allowed": [flag]})


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (f"sha256:{'0a' * 32}", True),
        (f"sha256:{'0A' * 32}", False),
        (f"sha256:{'0a' * 31}", False),
        (f"sha256:{'0a' * 32}0", False),
        ("0a" * 32, False),
    ],
)
def test_a_digest_is_known_by_its_form(text: str, is_one: bool) -> None:
    """So that a file's name is not taken for one."""
    assert saved_plan.is_digest(text) == is_one


# --- what is no plan -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not a plan: it is not JSON"),
        ("[" * 100_000, "is not a plan: it is not JSON"),
        ("[]", "is not a plan: it lacks format_version or changes"),
        ('{"changes": []}', "is not a plan: it lacks"),
        ('{"format_version": "1.1"}', "is not a plan: it lacks"),
        ('{"format_version": 1.1, "changes": []}', "is not a plan: it lacks"),
        ('{"format_version": "1.1", "changes": []}', "is damaged: part of it is missing"),
    ],
)
def test_what_is_no_plan_says_so(text: str, words: str) -> None:
    """And how to make one."""
    with pytest.raises(PlanError) as raised:
        saved_plan.loads(text, name="plan.json")

    assert words in raised.value.message
    assert raised.value.message.startswith("plan.json ")
    assert "badgeops plan --save-plan" in raised.value.hint


@pytest.mark.parametrize(
    ("version", "words", "hint"),
    [
        ("1.0", "has format version 1.0, which lacks something", "older badgeops"),
        ("0.9", "has format version 0.9, which lacks something", "older badgeops"),
        ("2.0", "has format version 2.0; this badgeops knows version 1.1", "Apply it with that one"),
        ("2.7", "has format version 2.7; this badgeops knows", "Apply it with that one"),
        ("1", "is damaged: its format_version is not a version", "Make a new plan"),
        ("1.1.1", "is damaged: its format_version is not a version", "Make a new plan"),
        ("1." + "1" * 10, "is damaged: its format_version is not a version", "Make a new plan"),
        ("1" * 10 + ".1", "is damaged: its format_version is not a version", "Make a new plan"),
    ],
)
def test_another_version_says_what_to_do(version: str, words: str, hint: str) -> None:
    """Newer ones are for a newer badgeops; older ones lack something."""
    with pytest.raises(PlanError) as raised:
        read(content() | {"format_version": version})

    assert words in raised.value.message
    assert hint in raised.value.hint


@pytest.mark.parametrize(("version", "newer"), [("1.1", False), ("1.999999999", True)])
def test_a_changed_plan_of_a_newer_version_may_be_whole(version: str, newer: bool) -> None:
    """Its digest may cover what is not known here: that is said beside."""
    data = content() | {"format_version": version, "digest": f"sha256:{'0' * 64}"}

    with pytest.raises(PlanError, match="was changed after it was written") as raised:
        read(data)

    assert ("written by a newer badgeops" in raised.value.message) == newer
    assert raised.value.message.endswith("digest." if newer else "content.")
    assert "or not at all" in raised.value.hint


def test_a_plan_that_was_changed_is_refused() -> None:
    """By its checksum, also where the digest does not cover what was changed."""
    for place in (("serial",), ("changes", 0, "reason"), ("checksum",)):
        data = content()
        put(data, place, 9 if place == ("serial",) else "x")

        with pytest.raises(PlanError, match="was changed after it was written"):
            read(data, sealed=False)


@pytest.mark.parametrize("more", [{"applicable": False}, {"errors": [{}]}, {"applicable": 1}])
def test_a_plan_with_errors_is_not_applied(more: dict[str, Any]) -> None:
    """Either sign of them is enough."""
    with pytest.raises(PlanError, match="is a plan with errors") as raised:
        read(content() | more)

    assert "say what to do" in raised.value.hint


# --- what is damaged -----------------------------------------------------------------------------------------------

IMAGE = {"sha256": "a", "format": "png", "width": 1, "height": 1, "size": 1}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *((place, ...) for place in ("catalog", "environment", "server", "dialect", "lineage", "serial", "digest")),
        *((place, 5) for place in ("catalog", "environment", "server", "dialect", "lineage", "digest", "allowed")),
        *((place, ...) for place in ("allowed", "applicable", "errors")),
        *((place, value) for place in ("serial",) for value in ("1", True, None)),
        *((("changes", 0, name), ...) for name in ("address", "action", "entityId", "attributes", "managed", "beside")),
        *((("changes", 0, name), 5) for name in ("address", "action", "entityId", "attributes", "managed", "beside")),
        *((("changes", 0, "entityId"), value) for value in (".", "..", "", "a/b", "a b")),
        (("changes", 0, "action"), "no-op"),
        (("changes", 0, "address"), "nothing"),
        (("changes", 0, "managed"), [5]),
        (("changes", 0, "beside"), [5]),
        (("changes", 0, "lifecycle"), ...),
        (("changes", 0, "lifecycle", "protect"), 1),
        (("changes", 0, "lifecycle", "onRemove"), "burn"),
        (("changes", 0, "fingerprints"), ...),
        (("changes", 0, "fingerprints", "server"), 5),
        (("changes", 1, "fingerprints", "catalog"), 5),
        (("changes", 1, "attributes", 0, "name"), 5),
        (("changes", 1, "attributes", 0, "before"), ...),
        (("changes", 1, "attributes", 0, "after"), "no tags"),
        (("changes", 1, "attributes", 0, "before"), "no tags"),
        (("changes",), {}),
        (("changes",), [5]),
    ],
)
def test_what_is_malformed_is_damage(place: Any, value: Any) -> None:
    """Each part is of its kind, or nothing is believed."""
    data = content()
    put(data, place if isinstance(place, tuple) else (place,), value)

    with pytest.raises(PlanError, match=r"plan\.json is damaged: part of it is missing or malformed") as raised:
        read(data)

    assert "badgeops plan --save-plan" in raised.value.hint


@pytest.mark.parametrize(
    ("image", "accepted"),
    [
        (IMAGE, True),
        ({"ref": "/somebody/else.png"}, True),
        (None, True),
        ("x", False),
        *((IMAGE | {name: value}, False) for name, value in (("sha256", 1), ("format", None), ("width", "1"))),
        *((IMAGE | {name: value}, False) for name, value in (("height", True), ("size", None))),
        *(({key: value for key, value in IMAGE.items() if key != name}, False) for name in IMAGE if name != "sha256"),
    ],
)
def test_an_image_is_described_whole(image: Any, accepted: bool) -> None:
    """By its bytes, or, if somebody else put it there, by its place."""
    for side in ("before", "after"):
        data = content()
        attribute = {"name": "image", "before": None, "after": None, "cause": "catalog"} | {side: image}
        data["changes"][1]["attributes"].append(attribute)

        if accepted:
            assert "image" in resealed(data).effects[1].fields
            continue
        with pytest.raises(PlanError, match="is damaged"):
            read(data)


def test_nothing_occurs_twice() -> None:
    """One of two would be overlooked: neither a field of a change, nor a change of an entity."""
    field, change = content(), content()
    field["changes"][1]["attributes"] *= 2
    change["changes"].append(change["changes"][1])

    for data, why in ((field, "a field occurs twice"), (change, "an address occurs twice")):
        with pytest.raises(PlanError, match="is damaged") as raised:
            read(data)
        assert str(raised.value.__cause__) == why


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"serial": "1"}, "'1' is not of type int"),
        ({"allowed": ["updates=1"]}, "no plan holds what lifts a limit"),
    ],
)
def test_the_cause_of_damage_can_be_found(more: dict[str, Any], why: str) -> None:
    """It is not told to a user, who cannot mend it, but it stands in a trace."""
    with pytest.raises(PlanError) as raised:
        read(content() | more)

    assert str(raised.value.__cause__) == why


def test_what_a_creation_stands_beside_is_read() -> None:
    """Whoever reviewed it has seen them."""
    data = content()
    data["changes"][2]["beside"] = ["x", "y"]

    assert resealed(data).effects[2].beside == ("x", "y")
