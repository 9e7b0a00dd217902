"""What identifies a served image: learned from the server, and never a reason to call every image another."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from badgeops.api.live import Live
from badgeops.api.responses import Answer
from badgeops.api.served import (
    by_bytes,
    comparable,
    identify,
    is_identified,
    names_the_entity,
    proves_nothing,
    was_identified,
)
from badgeops.errors import UnreachableError
from badgeops.model.address import Kind

KINDS = ("redirect", "etag", "bytes")
"""How servers with constant addresses serve images."""


@dataclass
class Served:
    """A server of one image, and what was asked of it; `kind` is how it serves."""

    kind: str
    picture: int = 0
    asked: list[str | None] = field(default_factory=list)
    is_away: bool = False

    @property
    def body(self) -> bytes:
        """The image as it is."""
        return f"picture {self.picture}".encode()

    def image_answer(self, path: str, etag: str | None) -> Answer:
        """Answer as a server of this kind."""
        self.asked.append(etag)
        if self.is_away:
            raise UnreachableError("away")
        if self.kind == "redirect":
            return Answer(
                302, path, {"Location": f"https://cdn.example/media/{self.picture}.png?signature={len(self.asked)}"}
            )
        if self.kind != "etag":
            return Answer(200, path, {"Content-Type": "image/png"}, self.body)
        if etag == f'"{self.picture}"':
            return Answer(304, path)
        return Answer(200, path, {"ETag": f'"{self.picture}"'}, self.body)

    def image(self, _url: str) -> bytes:
        """Serve the bytes."""
        self.asked.append(None)
        if self.is_away:
            raise UnreachableError("away")
        return self.body


def answering(status: int, headers: dict[str, str] | None = None) -> Served:
    """Return a server that answers everything in one way."""
    server = Served("bytes")
    server.image_answer = lambda path, _etag: Answer(status, path, headers or {}, server.body)  # type: ignore[method-assign]
    return server


def live(ref: str = "/public/badges/abc/image", **more: object) -> Live:
    """Return an entity whose image is at a constant address."""
    url = {"image_url": f"https://s.example{ref}", "image_ref": ref} | more
    return Live(Kind.BADGE_CLASS, "abc", "", "N", "", {}, **url)  # type: ignore[arg-type]


def known(server: Served, recorded: str | None = None) -> str | None:
    """Return what identifies the image now."""
    return identify(server, live(), recorded)  # type: ignore[arg-type]


@given(st.sampled_from(KINDS), st.lists(st.integers(0, 2), min_size=1, max_size=8))
def test_an_image_is_another_exactly_if_it_was_replaced(kind: str, pictures: list[int]) -> None:
    """However a server serves: each look tells whether the image is the one of the look before, with one request."""
    server = Served(kind, pictures[0])
    recorded = known(server)

    for before, now in pairwise(pictures):
        server.picture = now
        server.asked.clear()
        found = known(server, recorded)
        assert comparable(recorded, found)
        assert (found == recorded) == (before == now)
        assert len(server.asked) == 1
        recorded = found


@dataclass
class Nodes(Served):
    """Several machines behind one address, each with ETags of its own; `node` answers next."""

    node: int = 0

    def image_answer(self, path: str, etag: str | None) -> Answer:
        """Answer as a machine that knows its own ETags only."""
        self.asked.append(etag)
        ours = f'"{self.node}-{self.picture}"'
        return Answer(304, path) if etag == ours else Answer(200, path, {"ETag": ours}, self.body)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8))
def test_another_machine_is_no_other_image(looks: list[tuple[int, int]]) -> None:
    """The same bytes under another ETag are the same image, and other bytes another: with one request each time."""
    server = Nodes("etag", *looks[0][:1])
    server.node = looks[0][1]
    recorded, before = known(server), looks[0][0]

    for picture, node in looks[1:]:
        server.picture, server.node = picture, node
        server.asked.clear()
        found = known(server, recorded)
        assert comparable(recorded, found)
        assert (found == recorded) == (picture == before)
        assert len(server.asked) == 1
        recorded, before = found, picture


def test_other_bytes_under_the_same_etag_are_another_image() -> None:
    """If they come, they count: an ETag that does not change is no proof beside them."""
    server = Served("bytes")
    server.image_answer = lambda path, _etag: Answer(200, path, {"ETag": '"same"'}, server.body)  # type: ignore[method-assign]
    recorded = known(server)
    server.picture = 1

    assert comparable(recorded, known(server, recorded))
    assert known(server, recorded) != recorded
    assert known(server, 'etag:"same"') == 'etag:"same"', "an older release recorded no bytes"


def test_a_server_that_stops_sending_etags_is_told_by_the_bytes() -> None:
    """After an upgrade the digest is still one: the same image is the same, and another one is seen."""
    server = Served("etag", 1)
    recorded = known(server)
    server.kind = "bytes"
    assert known(server, recorded) == recorded

    server.picture = 2
    assert comparable(recorded, known(server, recorded))
    assert known(server, recorded) != recorded


@given(st.sampled_from(["/media/uploads/1.png", 'etag:"0"', "/public/badges/abc/image"]), st.sampled_from(KINDS))
def test_another_way_of_serving_is_no_other_image(recorded: str, kind: str) -> None:
    """After an upgrade, what identifies an image is learned anew: nothing is called edited for it."""
    found = known(Served(kind), recorded)

    same_kind = (kind == "redirect" and recorded.startswith("/media/")) or (
        kind == "etag" and recorded.startswith("etag:")
    )
    assert comparable(recorded, found) is same_kind


def test_an_upgrade_that_keeps_the_files_keeps_what_identifies_them() -> None:
    """A newer server redirects to where the older one had the image: a replaced one is seen at once."""
    assert known(Served("redirect", 7), "/media/7.png") == "/media/7.png"
    assert known(Served("redirect", 8), "/media/7.png") == "/media/8.png"
    assert known(Served("redirect", 7), "7.png") == "7.png"
    assert known(Served("redirect", 17), "7.png") == "/media/17.png"


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_server_does_not_say_is_not_known(kind: str) -> None:
    """No answer is neither the same image nor another."""
    assert known(Served(kind, is_away=True)) is None
    assert not comparable("/media/1.png", None)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 503, 304])
def test_an_answer_that_is_no_image_tells_nothing(status: int) -> None:
    """An error page is no picture, and a 304 that nobody asked for neither."""
    server = Served("bytes")
    server.image_answer = lambda path, _etag: Answer(status, path)  # type: ignore[method-assign]

    assert known(server) is None


def test_a_page_is_no_image() -> None:
    """A log-in page with status 200 does not become what identifies the image."""
    server = Served("bytes")
    server.image_answer = lambda path, _etag: Answer(200, path, {}, b"<html>log in</html>")  # type: ignore[method-assign]

    assert known(server) is None


@pytest.mark.parametrize(
    "target", ["", "/public/badges/abc/image", "https://s.example/public/badges/abc/image", "/i/abc/now"]
)
def test_a_redirect_that_names_no_file_is_not_believed(target: str) -> None:
    """An address that stays the same is no proof, wherever it stands: the bytes are."""
    server = Served("bytes")
    server.image_answer = lambda path, _etag: Answer(302, path, {"Location": target})  # type: ignore[method-assign]

    assert known(server) == "sha256:" + hashlib.sha256(server.body).hexdigest()


@given(st.text(max_size=600))
def test_whatever_a_server_sends_is_short_and_printable(text: str) -> None:
    """What is kept in the state is no place for a liar's megabyte or escape sequences."""
    server = Served("bytes")
    for headers, status in (({"ETag": text}, 200), ({"Location": text}, 302)):
        server.image_answer = lambda path, _etag, h=headers, s=status: Answer(s, path, h, b"x")  # type: ignore[misc]
        found = known(server)
        assert found is None or (len(found) <= 305 and found.isprintable())


def test_an_address_of_a_file_proves_what_it_is() -> None:
    """Where addresses change, nothing is asked; unless their image was once identified by something else."""
    file = live("/media/uploads/1.png")
    assert not names_the_entity(file)
    assert not proves_nothing(file, "/media/uploads/1.png")
    assert proves_nothing(file, "sha256:00")
    assert proves_nothing(live(), "/media/uploads/1.png")
    assert proves_nothing(live("/images/abc"), None)
    assert not proves_nothing(live(image_url=None, image_ref=None), "sha256:00")


def test_bytes_that_cannot_be_read_identify_nothing() -> None:
    """Nor does an entity without an image."""
    server = Served("bytes", is_away=True)
    assert by_bytes(server, live()) is None  # type: ignore[arg-type]
    assert by_bytes(server, live(image_url=None)) is None  # type: ignore[arg-type]
    assert identify(server, live(image_url=None), None) is None  # type: ignore[arg-type]
    assert identify(server, live(image_url="http://[broken"), None) is None  # type: ignore[arg-type]
    assert by_bytes(Served("bytes"), live(image_url=None)) is None  # type: ignore[arg-type]


def test_an_address_that_cannot_be_read_identifies_nothing() -> None:
    """Whoever reads the bytes is told so in another way than by an error of the API."""

    class Broken(Served):
        def image(self, _url: str) -> bytes:
            raise ValueError("no address")

    assert by_bytes(Broken("bytes"), live()) is None  # type: ignore[arg-type]


# --- which kind of identity it is ----------------------------------------------------------------------------------

DIGEST = "sha256:" + hashlib.sha256(Served("bytes").body).hexdigest()
OTHER_DIGEST = "sha256:" + "0" * 64
IDENTITIES = {
    "/media/1.png": {"address"},
    "2.png": {"address"},
    "": {"address"},
    "/public/badges/abc/image": set[str](),
    "/public/issuers/other/image/": set[str](),
    'etag:"a"': {"etag"},
    f'etag:"a" {DIGEST}': {"etag", "bytes"},
    f'etag:"b" {OTHER_DIGEST}': {"etag", "bytes"},
    f"etag:a {DIGEST} b": {"etag"},
    DIGEST: {"bytes"},
    OTHER_DIGEST: {"bytes"},
    None: set[str](),
}
"""What can be recorded of an image, and by what two of them can be told apart."""


@pytest.mark.parametrize("one", IDENTITIES)
@pytest.mark.parametrize("other", IDENTITIES)
def test_only_identities_of_one_kind_are_compared(one: str | None, other: str | None) -> None:
    """An address that stays the same is none, and neither is nothing."""
    assert comparable(one, other) == bool(IDENTITIES[one] & IDENTITIES[other])


@pytest.mark.parametrize("recorded", IDENTITIES)
@pytest.mark.parametrize("ref", ["/media/1.png", "/public/badges/other/image", "/i/abc/now", DIGEST])
def test_an_image_is_identified_by_what_can_be_compared(recorded: str | None, ref: str) -> None:
    """Where addresses change, the address does; where they stay the same, what `identify` has put in its place."""
    entity = replace(live(), image_ref=ref)
    is_constant = ref.startswith(("/public/", "/i/"))

    learned = recorded is not None and recorded.startswith(("etag:", "sha256:"))
    assert names_the_entity(entity) == is_constant
    assert proves_nothing(entity, recorded) == (is_constant or learned)
    assert is_identified(entity, recorded) == (not is_constant and (not learned or comparable(recorded, ref)))
    assert was_identified(recorded) == (recorded is not None and not recorded.startswith("/public/"))


def test_what_has_no_image_has_no_address_of_its_own() -> None:
    """Whatever else a server says of it."""
    assert not names_the_entity(live(image_url=None))
    assert not names_the_entity(live(image_ref=None))
    assert is_identified(live(image_url=None), DIGEST)


# --- what is learned -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", range(300, 310))
def test_a_redirect_is_one_of_five(status: int) -> None:
    """Others have no address that would say which image it is."""
    found = known(answering(status, {"Location": "/media/1.png"}))

    assert found == ("/media/1.png" if status in (301, 302, 303, 307, 308) else None)


def test_a_redirect_to_nowhere_is_told_by_the_bytes() -> None:
    """So is one to an address that stays the same, whoever it is of."""
    assert known(answering(302)) == DIGEST
    assert known(answering(302, {"Location": "/public/badges/other/image"})) == DIGEST


@pytest.mark.parametrize(
    ("recorded", "target", "found"),
    [
        ("/media/7.png", "/root/media/7.png", "/media/7.png"),
        ("7.png", "/root/media/7.png", "7.png"),
        ("/7.png", "/root/media/7.png", "/7.png"),
        ("/X7.png", "/root/7.png", "/root/7.png"),
        ("/media/7.png", "/root/media/17.png", "/root/media/17.png"),
        (None, "/root/media/7.png", "/root/media/7.png"),
        ("", "/root/media/7.png", "/root/media/7.png"),
    ],
)
def test_a_file_in_another_folder_is_the_same_file(recorded: str | None, target: str, found: str) -> None:
    """The hosted service shows it without the folder that all files are in; the whole name has to be the same."""
    assert known(answering(302, {"Location": f"https://cdn.example{target}"}), recorded) == found


@pytest.mark.parametrize("recorded", [None, "/media/1.png", 'etag:"a"'])
def test_that_nothing_has_changed_is_believed_if_that_was_asked(recorded: str | None) -> None:
    """Only whoever names an ETag can be told that it is still that one."""
    assert known(answering(304), recorded) == (recorded if recorded == 'etag:"a"' else None)


def test_an_etag_is_kept_with_the_bytes_that_came_with_it() -> None:
    """An empty one is none."""
    assert known(Served("etag")) == f'etag:"0" {DIGEST}'
    assert known(Served("bytes"), "etag:") == DIGEST


def test_an_etag_of_two_lines_is_never_sent() -> None:
    """Whoever has written it into a state: it is a header of the next request."""
    server = Served("etag")

    assert known(server, f'etag:"a"\nX-Admin: "b" {OTHER_DIGEST}') == f'etag:"0" {DIGEST}'
    assert server.asked == [None]


@pytest.mark.parametrize("length", [1, 299, 300, 301, 900])
def test_what_is_long_is_kept_as_a_digest(length: int) -> None:
    """Up to 300 characters are kept as they are, of an ETag with its bytes up to 299."""
    path, etag = "/" + "a" * (length - 1), "a" * max(length - len(DIGEST), 0)

    assert known(answering(302, {"Location": path})) == (
        path if length <= 300 else "/" + hashlib.sha256(path.encode()).hexdigest()
    )
    assert known(answering(200, {"ETag": etag})) == (f"etag:{etag} {DIGEST}" if etag and length < 300 else DIGEST)


def test_what_cannot_be_printed_is_kept_as_a_digest() -> None:
    """Not even half a character ends a plan."""
    assert known(answering(302, {"Location": "/\ud800"})) == "/" + hashlib.sha256(b"/?").hexdigest()
    assert known(answering(200, {"ETag": "\ud800"})) == DIGEST
