"""Strategies: states of every sort, and journals that continue them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from badgeops.model.address import KEY_PATTERN, Address, Kind
from badgeops.model.lifecycle import OnRemove
from badgeops.state import record as states
from badgeops.state.record import ImageRecord, Intent, Resource, State

_KEYS = st.sampled_from(["a", "b", "c"]) | st.from_regex(KEY_PATTERN, fullmatch=True)
_TEXT = st.sampled_from(["", "x", "two\nlines", "ü“🦀", '"\\', "\u2028"]) | st.text(max_size=5)
_PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_JSON = _PLAIN | st.lists(_PLAIN, max_size=2) | st.dictionaries(_TEXT, _PLAIN, max_size=2)
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": _TEXT,
        "tags": st.lists(_TEXT, max_size=2),
        "expires": st.none() | st.fixed_dictionaries({"amount": st.integers(), "duration": st.none() | _TEXT}),
        "alignments": st.lists(st.dictionaries(st.sampled_from(["targetName", "targetUrl"]), _TEXT), max_size=2),
        "extensions": st.dictionaries(_TEXT, _JSON, max_size=2),
    },
)
_IDS = st.sampled_from(["-h", "~", "..."]) | st.from_regex(r"[A-Za-z0-9_-]{1,3}", fullmatch=True)
_ADDRESSES = st.sampled_from(["", "x", "https://badges.example/public/badges/ü", "urn:uuid:1"])

addresses = st.builds(Address, st.sampled_from([Kind.ISSUER, Kind.BADGE_CLASS]), _KEYS)
images = st.builds(
    ImageRecord,
    sha256=_TEXT,
    format=st.sampled_from(["png", "svg"]),
    width=st.integers(1, 2**63 - 1),
    height=st.integers(1, 2**63 - 1),
    size=st.integers(0, 2**63 - 1),
    ref=st.none() | _TEXT,
    served_sha256=st.none() | _TEXT,
)
_EMPTY = st.just("")


def resources(entity_ids: st.SearchStrategy[str] = _IDS) -> st.SearchStrategy[Resource]:
    """Resources with any content."""
    return st.builds(
        Resource,
        address=addresses,
        entity_id=entity_ids,
        open_badge_id=_ADDRESSES,
        issuer=st.none() | addresses,
        sent=_FIELDS,
        received=_FIELDS,
        image=st.none() | images,
        on_remove=st.sampled_from(OnRemove),
        protect=st.booleans(),
        unseen=st.lists(_TEXT, max_size=2).map(tuple),
    )


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    """Intents to create or to update."""
    action = draw(st.sampled_from(["create", "update"]))
    resource = draw(resources(_EMPTY if action == "create" else _IDS))
    known = draw(st.lists(_IDS, max_size=3))
    intent = Intent(resource.address, action, resource, tuple(known), draw(st.none() | _IDS))
    others = draw(st.lists(resources(), max_size=2)) if action == "update" else []
    earlier = {repr(other): other for other in others if other != resource}
    return replace(intent, earlier=tuple(earlier.values()))


@st.composite
def whole_states(draw: st.DrawFn) -> State:
    """States as they can be: no address and no entity twice."""
    found = draw(st.lists(resources(), unique_by=(lambda item: item.address, lambda item: item.entity_id), max_size=3))
    pending = draw(st.lists(intents(), unique_by=lambda item: item.address, max_size=2))
    return State(
        lineage=draw(_TEXT),
        serial=draw(st.integers(0, 2**62)),
        environment=draw(_TEXT),
        server=draw(_TEXT),
        resources={item.address: item for item in found},
        pending={item.address: item for item in pending},
        images_until=draw(_TEXT),
    )


@dataclass(frozen=True)
class Event:
    """One thing that happened in a run, and the journal's line about it."""

    address: Address
    line: str = field(repr=False)
    intent: Intent | None = None
    resource: Resource | None = None
    """None with `is_done`: no longer ours."""
    is_done: bool = False

    @property
    def is_refused(self) -> bool:
        """The server has refused what was announced."""
        return self.intent is None and not self.is_done

    def happen(self, state: State) -> State:
        """Return what the state is afterwards: the meaning of a line, said in another way than `fold` says it."""
        there = state.pending.get(self.address)
        if self.intent is not None:
            intent = self.intent
            if there is not None and {there.action, intent.action} == {"update"}:
                known = [item for item in (*there.earlier, there.resource) if item != intent.resource]
                intent = replace(intent, earlier=tuple(item for n, item in enumerate(known) if item not in known[:n]))
            return replace(state, pending={**state.pending, self.address: intent})
        pending = {key: value for key, value in state.pending.items() if key != self.address}
        if there is not None and there.earlier and not self.is_done:
            pending[self.address] = replace(there, resource=there.earlier[-1], earlier=there.earlier[:-1])
        found = dict(state.resources)
        if self.is_done:
            found.pop(self.address, None)
            if self.resource is not None:
                found[self.address] = self.resource
        return replace(state, pending=pending, resources=found)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Anything that a run can note."""
    kind = draw(st.sampled_from(["intent", "done", "gone", "refused"]))
    if kind == "intent":
        intent = replace(draw(intents()), earlier=())  # what a run announces follows from what is there
        return Event(intent.address, states.journal_intent(intent), intent=intent)
    if kind == "done":
        resource = draw(resources())
        line = states.journal_done(resource.address, resource)
        return Event(resource.address, line, resource=resource, is_done=True)
    address = draw(addresses)
    if kind == "gone":
        return Event(address, states.journal_done(address, None), is_done=True)
    return Event(address, states.journal_refused(address))


def sample(serial: int = 3, **changed: Any) -> State:
    """Make a state with one of everything."""
    issuer = Address.parse("issuer.academy")
    address = Address.parse("badge_class.python")
    resource = Resource(
        address,
        "BC-1",
        "https://server/public/badges/BC-1",
        issuer,
        {"name": "Python – Grundlagen", "tags": ["a", "ü"], "expires": {"amount": 3, "duration": "years"}},
        {"name": "Python"},
        ImageRecord("ab" * 32, "svg", 90, 90, 1234, "/media/p.svg", "cd" * 32),
        OnRemove.ARCHIVE,
        protect=True,
    )
    intent = Intent(
        Address.parse("badge_class.rust"),
        "create",
        Resource(Address.parse("badge_class.rust"), "", issuer=issuer, sent={"name": "Rust 🦀"}),
        ("BC-0",),
        "ISS-1",
    )
    made = State(
        "lineage-1",
        serial,
        "production",
        "https://api.example",
        {issuer: Resource(issuer, "ISS-1", sent={"name": "Academy"}), address: resource},
        {intent.address: intent},
    )
    return replace(made, **changed)
