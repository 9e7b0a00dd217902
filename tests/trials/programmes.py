"""What is being done when a crash comes: catalogs before and after an edit, and the command that is cut short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.programme import badge_class

if TYPE_CHECKING:
    from trials.bench import Bench

APPLY = ("apply", "--auto-approve", "--allow", "deletes=99", "--allow", "updates=99", "--allow", "recreates=99")
KEYS = ("one", "two", "three", "four")
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="{}"/></svg>\n'


@dataclass(frozen=True)
class Scenario:
    """One kind of work."""

    name: str
    before: Callable[[Bench], None]
    """Bring catalog, state and server to where the work begins."""
    command: Callable[[Bench], tuple[str, ...]] = lambda _bench: APPLY
    """What is cut short."""
    dialects: tuple[str, ...] = ("open-source", "hosted")
    ways: tuple[str, ...] = ()
    """The only ways in which it fails; empty: in all that there are."""
    parallel: bool = True
    """It sends several requests at once where it may."""
    again: Callable[[Bench], None] = lambda _bench: None
    """What a person repeats by hand before the next apply."""
    stays: tuple[str, ...] = ()
    """Names that the server keeps although the catalog has them no more."""
    drifted: frozenset[str] = field(default_factory=frozenset)
    """Addresses that somebody really has changed on the server."""
    has_links: bool = True
    """The file system knows hard links."""
    is_kept: bool = False
    """There is no password, but a log-in that is kept, whose token rotates with each run."""
    remains: bool = True
    """The catalog is still on the server in the end."""
    hasty: bool = True
    """It writes to the server, and may be repeated at once: nobody does anything by hand before."""

    def fails(self, way: str) -> bool:
        """Tell whether it fails in this way."""
        return not self.ways or way in self.ways

    @property
    def repeated(self) -> tuple[str, ...]:
        """What is run after the crash."""
        return APPLY if self.remains else ("destroy", "--auto-approve")


def write_catalog(bench: Bench, *, text: str = "Has completed", color: str = "navy", on_remove: str = "forget") -> None:
    """Write two issuers and four badge classes, with images of both formats."""
    programme = bench.programme
    programme.image(color=color)
    programme.write("images/badge.svg", _SVG.format(color))
    lifecycle = f"lifecycle: {{onRemove: {on_remove}}}\n"
    for key, image in (("academy", "image: images/badge.png\n"), ("guild", "")):
        archived = lifecycle if on_remove == "delete" else ""
        programme.write(f"{key}.yaml", _issuer(key, text) + image + archived)
    for number, key in enumerate(KEYS):
        fields = {"description": f"{text} {key}.", "issuer": "academy" if number < 2 else "guild"}
        if number % 2:
            fields["image"] = "images/badge.svg"
        programme.write(f"{key}.yaml", badge_class(key, **fields) + lifecycle)


def _issuer(key: str, text: str) -> str:
    return (
        f"kind: Issuer\nkey: {key}\nname: {key.title()}\ndescription: {text} {key}.\n"
        f"url: https://{key}.example\nemail: admin@example.org\n"
    )


def _create(bench: Bench) -> None:
    write_catalog(bench)


def _applied(bench: Bench, on_remove: str = "forget") -> None:
    write_catalog(bench, on_remove=on_remove)
    bench.expect(0, *APPLY)


def _update(bench: Bench) -> None:
    _applied(bench)
    write_catalog(bench, text="Knows", color="teal")
    bench.programme.write("two.yaml", badge_class("two", name="Second", image="images/badge.svg", tags="[a, b]"))


def _reword(bench: Bench) -> None:
    """Have a little to do: one badge class is worded anew."""
    _applied(bench)
    bench.programme.write("one.yaml", badge_class("one", description="Knows one."))


def _without(bench: Bench, *names: str) -> None:
    for name in names:
        bench.programme.remove(f"{name}.yaml")


def _delete(bench: Bench) -> None:
    _applied(bench, "delete")
    _without(bench, "two", "three", "four", "guild")


def _archive(bench: Bench) -> None:
    _applied(bench, "archive")
    _without(bench, "two", "three")


def _forget(bench: Bench) -> None:
    _applied(bench)
    _without(bench, "two", "three", "four", "guild")


def _mixed(bench: Bench) -> None:
    _applied(bench, "delete")
    write_catalog(bench, text="Knows", color="teal", on_remove="forget")
    programme = bench.programme
    _without(bench, "two", "four")
    programme.write("five.yaml", badge_class("five"))
    programme.write("club.yaml", _issuer("club", "Is"))
    programme.write("six.yaml", badge_class("six", issuer="club"))


def _forgotten(bench: Bench) -> None:
    """Let the state lose an issuer and its badge classes, which are edited in the meantime."""
    _applied(bench)
    bench.expect(0, "state", "rm", "badge_class.three", "badge_class.four", "issuer.guild")
    write_catalog(bench, text="Knows")


def _import(bench: Bench) -> tuple[str, ...]:
    return "import", "issuer.guild", bench.entity_id("Guild")


def _import_rest(bench: Bench) -> None:
    for address, name in (("issuer.guild", "Guild"), ("badge_class.three", "Three"), ("badge_class.four", "Four")):
        bench.expect(0, "import", address, bench.entity_id(name))


def _import_last(bench: Bench) -> tuple[str, ...]:
    return "import", "badge_class.four", bench.entity_id("Four")


def _half_imported(bench: Bench) -> None:
    _forgotten(bench)
    bench.expect(0, *_import(bench))
    bench.expect(0, "import", "badge_class.three", bench.entity_id("Three"))


def _interrupted(bench: Bench, collection: str = "badgeclasses") -> None:
    """Leave an apply dead whose creations nobody has recorded; by the next one the catalog says something else."""
    write_catalog(bench)
    bench.die(lambda name: name.startswith(f"POST v2/{collection}") and "when its answer" in name, *APPLY)
    write_catalog(bench, text="Knows", color="teal")


def _interrupted_issuer(bench: Bench) -> None:
    _interrupted(bench, "issuers")


def _renamed(bench: Bench) -> None:
    _applied(bench)
    _without(bench, "one", "guild", "three", "four")
    bench.programme.write("uno.yaml", badge_class("uno", name="One", description="Has completed one."))
    bench.programme.write("guild.yaml", _issuer("guild", "Has completed").replace("key: guild", "key: gild"))
    for key, image in (("three", "images/badge.png"), ("four", "images/badge.svg")):
        text = badge_class(key, issuer="gild", image=image, description=f"Has completed {key}.")
        bench.programme.write(f"{key}.yaml", text)
    bench.expect(0, "state", "mv", "badge_class.one", "badge_class.uno")


def _move_again(bench: Bench) -> None:
    if "issuer.guild" in bench.state()["addresses"]:
        bench.expect(0, "state", "mv", "issuer.guild", "issuer.gild")


def _lost(bench: Bench) -> None:
    """Let somebody delete two badge classes that the catalog has."""
    _applied(bench)
    for name in ("One", "Four"):
        bench.api.delete(name)


def _lost_issuer(bench: Bench) -> None:
    """Let somebody delete an issuer with all that is under it."""
    _applied(bench)
    for name in ("Three", "Four"):
        bench.api.delete(name)
    bench.api.call("DELETE", f"/v2/issuers/{bench.entity_id('Guild')}")


def _revive(bench: Bench) -> None:
    """Let somebody archive two badge classes that the catalog has, and changes."""
    _applied(bench)
    for name in ("One", "Four"):
        bench.api.call("DELETE", f"/v2/badgeclasses/{bench.entity_id(name)}")
    write_catalog(bench, text="Knows")


def _destroy_again(bench: Bench) -> None:
    bench.expect(0, "destroy", "--auto-approve")


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("create", _create),
        Scenario("update", _update),
        Scenario(
            "no-links", _reword, dialects=("open-source",), ways=("kill",), parallel=False, hasty=False, has_links=False
        ),
        Scenario(
            "kept-log-in",
            _reword,
            dialects=("open-source",),
            ways=("kill", "full"),
            parallel=False,
            hasty=False,
            is_kept=True,
        ),
        Scenario("delete", _delete),
        Scenario("archive", _archive, dialects=("hosted",)),
        Scenario("forget", _forget, hasty=False, stays=("Guild", "Two", "Three", "Four")),
        Scenario("mixed", _mixed),
        Scenario("adopt", _interrupted),
        Scenario("adopt-issuer", _interrupted_issuer, dialects=("open-source",), ways=("kill",)),
        Scenario("import", _forgotten, _import, parallel=False, hasty=False, again=_import_rest),
        Scenario("import-last", _half_imported, _import_last, parallel=False, hasty=False, again=_import_rest),
        Scenario("lost", _lost),
        Scenario("lost-issuer", _lost_issuer),
        Scenario("reverted", _update, again=write_catalog, hasty=False),
        Scenario("restored", _delete, hasty=False, again=lambda bench: write_catalog(bench, on_remove="delete")),
        Scenario(
            "let-go",
            _applied,
            lambda _bench: ("state", "rm", "issuer.guild", "badge_class.three", "badge_class.four"),
            parallel=False,
            hasty=False,
            again=_import_rest,
        ),
        Scenario(
            "revive",
            _revive,
            dialects=("hosted",),
            drifted=frozenset({"badge_class.one", "badge_class.four"}),
        ),
        Scenario(
            "move",
            _renamed,
            lambda _bench: ("state", "mv", "issuer.guild", "issuer.gild"),
            parallel=False,
            hasty=False,
            again=_move_again,
        ),
        Scenario(
            "destroy", _applied, lambda _bench: ("destroy", "--auto-approve"), again=_destroy_again, remains=False
        ),
    )
}
