"""`badgeops doctor --probe`: ask a server what its documentation leaves open, with one badge class that goes again."""

from __future__ import annotations

import json
import secrets
import zlib
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from struct import pack
from typing import Any, Final
from urllib.parse import urlsplit

from badgeops import __version__
from badgeops.api.client import Client
from badgeops.api.live import Live
from badgeops.api.network import is_loopback
from badgeops.api.probe_steps import Probe
from badgeops.api.probe_values import Verdict
from badgeops.api.prober import Left, Prober
from badgeops.api.questions import QUESTIONS
from badgeops.app.asking import confirm
from badgeops.app.reporting import Reporter
from badgeops.app.requests import ServerRequest
from badgeops.app.results import refuse_to_overwrite_inputs, write_result
from badgeops.app.workspace import Workspace, open_workspace
from badgeops.errors import BadgeopsError, PlanError, SettingsError
from badgeops.model.moments import stamp
from badgeops.render.plain import plain_json, printable
from badgeops.render.text import probe_text
from badgeops.render.values import counted
from badgeops.settings import NAMED_SERVERS, Server

OUT: Final = "badgeops-probe.json"
"""Where the answers go unless another file is named."""
_FOR_TRYING: Final = frozenset(NAMED_SERVERS[name] for name in ("parchment-test", "parchment-demo"))
_MOST_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class ProbeRequest(ServerRequest):
    """What `badgeops doctor --probe` is asked for."""

    probe: str | None = None
    """The server's address, typed in full; empty if it was not, None if no probe is wanted."""
    issuer: str | None = None
    """The id or the name of the issuer to make the badge class under; None for the only one, or to be asked."""
    out: str | None = None
    """The file for the answers."""
    auto_approve: bool = False


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe came to."""

    verdicts: dict[str, Verdict]
    left: tuple[Left, ...] = ()
    error: BadgeopsError | None = None
    """Why it ended early."""
    is_interrupted: bool = False

    @property
    def exit_status(self) -> int:
        """130 if it was interrupted, 1 if something is left or was not done, else 0."""
        return 130 if self.is_interrupted else 1 if self.left or self.error else 0


def probe(request: ProbeRequest, reporter: Reporter) -> int:
    """Make a badge class, find out what can be found out with it, delete it, and write the answers to a file."""
    out = request.out or OUT
    refuse_to_overwrite_inputs(request.catalog, out)
    workspace = open_workspace(request, reporter)
    server = workspace.settings.server
    insist_on_place(server, request.probe or "", reporter)
    with workspace.lock("doctor --probe", 0):
        _refuse_if_pending(workspace)
        with workspace.client() as client:
            issuer = choose([live for live in client.issuers() if not live.odd], request.issuer, reporter)
            client.known_dialect()
            prober = Prober(client, issuer.entity_id, Probe(secrets.token_hex(6), (square(40), square(200))))
            leftovers = prober.look_around()
            _ask(request, reporter, issuer, leftovers, client.base_url if server.url else server.identity)
            _remove(prober, leftovers, reporter)
            probed = _run(prober, issuer, reporter)
            text = plain_json(dumps(prober, probed, client, server.identity))
    reporter.done(probe_text.render(probed.verdicts, reporter.result_style))
    _tell_what_is_left(probed.left, issuer, client, reporter, request)
    write_result(out, text, "record", reporter)
    reporter.done(f"\nThe answers are in {printable(out)}: without tokens, addresses of people, and ids.\n")
    if probed.error is not None:
        reporter.error(probed.error)
    return probed.exit_status


# --- before anything is sent ---------------------------------------------------------------------------------------


def insist_on_place(server: Server, typed: str, reporter: Reporter) -> None:
    """Let a probe go to servers that are there for trying; to another only if somebody types its address in full."""
    if server.url is None or is_for_trying(server.url):
        if typed and typed.rstrip("/") != server.url:
            raise _another(server, typed)
        return
    if not typed and reporter.can_ask:
        reporter.advice(
            f"{printable(server.url)} is not a server that is there for trying things out. The probe makes one badge "
            "class there and deletes it again."
        )
        typed = reporter.ask("To allow it, type the address of the server in full").strip()
        if typed.rstrip("/") != server.url:
            raise PlanError("Not confirmed. Nothing was changed.")
    if not typed:
        raise SettingsError(
            f"{printable(server.url)} is not a server that is there for trying things out. Nothing was changed.",
            hint=f"To make one badge class there and delete it again, type its address: --probe={server.url}",
        )
    if typed.rstrip("/") != server.url:
        raise _another(server, typed)


def is_for_trying(url: str) -> bool:
    """Tell whether a server is there for trying: on this computer, or the hosted service's test and demo."""
    return url in _FOR_TRYING or is_loopback(urlsplit(url).hostname or "")


def _another(server: Server, typed: str) -> SettingsError:
    return SettingsError(
        f"--probe names {printable(typed)}, and the server of this environment is "
        f"{printable(server.url or server.identity)}. Nothing was changed.",
        hint="Type the address of the server exactly, or choose another environment with --env.",
    )


def choose(issuers: Iterable[Live], wanted: str | None, reporter: Reporter) -> Live:
    """Return the issuer to make the badge class under: the one that is named, the only one, or a person's choice."""
    there = sorted(issuers, key=lambda live: (live.name, live.entity_id))
    if wanted is None and len(there) == 1:
        return there[0]
    if not there:
        raise PlanError("The account has no issuer to make a badge class under. Nothing was changed.")
    shown = [f"  {printable(live.name)} ({live.entity_id})" for live in there[:_MOST_SHOWN]]
    if len(there) > _MOST_SHOWN:
        shown.append(f"  and {len(there) - _MOST_SHOWN} more")
    if wanted is None:
        if not reporter.can_ask:
            raise PlanError(
                f"The account has {len(there)} issuers. Nothing was changed.",
                hint="Name one with --issuer, by its id or its name:\n" + "\n".join(shown),
            )
        reporter.note("The account has these issuers:\n" + "\n".join(shown))
        wanted = reporter.ask("Under which one, by id or name").strip()
    found = [live for live in there if wanted in (live.entity_id, live.name)]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} issuers of the name" if found else "no issuer of the id or name"
    raise PlanError(
        f"The account has {what} {printable(wanted)}. Nothing was changed.",
        hint="It may work on these:\n" + "\n".join(shown),
    )


def _refuse_if_pending(workspace: Workspace) -> None:
    """Refuse where an apply still looks for what it has created: it would find the probe's badge class beside it."""
    pending = workspace.journal.load().pending
    if pending:
        raise PlanError(
            f"An apply has left {counted(len(pending), 'change')} whose end is not known. Nothing was changed.",
            hint="The badge class of the probe would be in its way. Finish the apply first:\n  badgeops apply",
        )


def _ask(request: ProbeRequest, reporter: Reporter, issuer: Live, leftovers: list[Live], place: str) -> None:
    for live in leftovers:
        reporter.advice(f"An earlier probe has left {_called(live.name, live.entity_id)}. It is deleted first.")
    confirm(
        f"Make one badge class under {issuer.name} at {place}, ask with it, and delete it again?",
        reporter,
        auto_approve=request.auto_approve,
    )


def _remove(prober: Prober, leftovers: list[Live], reporter: Reporter) -> None:
    left = [found for live in leftovers if (found := prober.remove(live.entity_id, live.name)) is not None]
    if left:
        raise PlanError(
            "\n".join(
                [
                    "What an earlier probe has left cannot be deleted, and no other was made.",
                    *(f"{_called(each.name, each.entity_id)}: {each.why}." for each in left),
                ]
            ),
            hint="Delete it in the web page of the server, and run this again.",
        )
    if leftovers:
        reporter.note(f"Deleted {counted(len(leftovers), 'badge class', 'badge classes')} of earlier probes.")


# --- the probe -----------------------------------------------------------------------------------------------------


def _run(prober: Prober, issuer: Live, reporter: Reporter) -> Probed:
    """Ask and clean up, whatever happens in between; a second Ctrl-C ends the cleaning up as well."""
    reporter.advice(
        f"Making the badge class “{prober.name}” under {printable(issuer.name)}. If this is cut off, run the same "
        "command again: it finds the badge class by its name, and deletes it."
    )
    error: BadgeopsError | None = None
    is_interrupted = False
    with reporter.working("Asking the server") as tell:
        prober.on_step = lambda name: tell(f"Asking the server: {name}", 0, None)
        try:
            prober.run()
        except KeyboardInterrupt:
            is_interrupted = True
        except BadgeopsError as failed:
            error = failed
        tell("Cleaning up", 0, None)
        try:
            left = prober.clean_up()
        except KeyboardInterrupt:
            is_interrupted = True
            left = [Left(prober.entity_id, prober.name, "its deletion was interrupted")]
    verdicts = {question.name: question.judge(prober.evidence) for question in QUESTIONS}
    return Probed(verdicts, tuple(left), error, is_interrupted)


def _tell_what_is_left(
    left: tuple[Left, ...], issuer: Live, client: Client, reporter: Reporter, request: ProbeRequest
) -> None:
    if not left:
        return
    for each in left:
        what = "may still come" if not each.entity_id else "is still there"
        reporter.advice(
            f"Left behind under {printable(issuer.name)} at {printable(client.base_url)}: "
            f"{_called(each.name, each.entity_id)} {what}: {printable(each.why)}."
        )
    reporter.advice(
        "Run the same command again, which deletes it, or delete it in the web page of the server:\n"
        + _again(request, issuer)
    )


def _again(request: ProbeRequest, issuer: Live) -> str:
    named = f"--probe={request.probe}" if request.probe else "--probe"
    return f"  badgeops doctor {named} --issuer={issuer.entity_id}"


def _called(name: str, entity_id: str) -> str:
    return f"“{printable(name)}”" + (f" (id {entity_id})" if entity_id else "")


# --- what is written -----------------------------------------------------------------------------------------------


def dumps(prober: Prober, probed: Probed, client: Client, server: str) -> str:
    """Return the record of a probe: its answers, and of what was sent and answered what may be handed around.

    schemas/probe.schema.json describes it.
    """
    answers = {question.name: _answer(question.asks, probed.verdicts[question.name]) for question in QUESTIONS}
    record = {
        "format": "badgeops-probe",
        "format_version": "1.0",
        "badgeops_version": __version__,
        "server": server,
        "dialect": str(client.known_dialect()),
        "asked_at": stamp(client.now()),
        "is_complete": not (probed.error or probed.is_interrupted),
        "left_behind": len(probed.left),
        "answers": answers,
        "exchanges": prober.exchanges,
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def _answer(asks: str, verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = {"asks": asks, "answer": verdict.answer}
    if verdict.parts:
        found["members"] = dict(verdict.parts)
    if verdict.said:
        found["said"] = verdict.said
    return found


def square(shade: int, side: int = 400) -> str:
    """Return a square PNG of one shade of grey, of the size that the hosted service recommends, as a data URI."""
    rows = zlib.compress((b"\0" + bytes([shade]) * side) * side, 9)
    parts = ((b"IHDR", pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    chunks = (pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data)) for name, data in parts)
    return "data:image/png;base64," + b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode("ascii")
