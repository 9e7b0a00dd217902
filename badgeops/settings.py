"""badgeops.yaml, environment variables and flags -> one frozen Settings.

Flags win over the file. Credentials come from the environment only, and never stand in a file of the catalog.
"""

from __future__ import annotations

import copy
import difflib
import ipaddress
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from badgeops import __version__
from badgeops.catalog import acceptance, schema
from badgeops.catalog.acceptance import Accept
from badgeops.catalog.overlay import Overlay
from badgeops.catalog.problems import ProblemAt
from badgeops.catalog.withheld import OwnFiles
from badgeops.errors import Diagnostic, Severity, has_errors
from badgeops.model import mended
from badgeops.model.credentials import Credentials
from badgeops.model.dialect import Dialect
from badgeops.model.lifecycle import OnMeaningChange
from badgeops.model.limits import Limit, Limits
from badgeops.model.text_rules import INVISIBLE
from badgeops.yamldoc.parse import Document, Path as Place

SANDBOX = "sandbox"
"""The name of the embedded server, and of the environment that exists without being declared."""
WORK_FOLDER = ".badgeops"
"""badgeops' own folder in a catalog; not to be committed."""

NAMED_SERVERS: Mapping[str, str] = {
    "canvas-us": "https://api.badgr.io",
    "canvas-eu": "https://api.eu.badgr.io",
    "canvas-au": "https://api.au.badgr.io",
    "canvas-ca": "https://api.ca.badgr.io",
    "canvas-sg": "https://api.sg.badgr.io",
    "canvas-demo": "https://api.demo.badgr.com",
    "canvas-test": "https://api.test.badgr.com",
    "parchment-us": "https://api.badges.parchment.com",
    "parchment-eu": "https://api.badges.parchment.eu",
    "parchment-au": "https://api.badges.parchment.au",
    "parchment-ca": "https://api.badges.parchment.ca",
    "parchment-sg": "https://api.badges.parchment.sg",
    "parchment-demo": "https://api.demo.badges.parchment.com",
    "parchment-test": "https://api.test.badges.parchment.com",
}
"""The hosted service's API addresses, from its public documentation (2025-11)."""


def trial_server_of(server: str) -> str | None:
    """Return the named server to try things out on that is of the same product as a server; None if there is none."""
    name = next((name for name, url in NAMED_SERVERS.items() if "://" in server and url == _base_url(server)), server)
    found = f"{name.partition('-')[0]}-test"
    return found if name in NAMED_SERVERS and name != found else None


@dataclass(frozen=True, slots=True)
class Server:
    """Where an environment lives."""

    identity: str
    """What the state calls it: the base URL, or "sandbox" (whose port differs at each start)."""
    url: str | None
    """None for the embedded sandbox, which has one only while it runs."""
    dialect: Dialect | None
    """None where it is to be found out."""
    ca_file: Path | None = None

    @property
    def is_sandbox(self) -> bool:
        """Tell whether the server is the embedded one."""
        return self.url is None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about one run that does not depend on the documents."""

    catalog: str
    root: Path
    shown: str
    """The catalog's path as the user gave it."""
    environment: str
    server: Server
    state_path: Path
    limits: Limits
    on_meaning_change: OnMeaningChange
    """For badge classes that say nothing themselves."""
    credentials: Credentials = field(repr=False)
    overlay: Overlay = field(repr=False)
    accepts: tuple[Accept, ...] = ()
    """What is found, and can be lived with."""
    recreate_after: float | None = None
    """Seconds before a creation whose end is not known is sent again; None for as long as is usual."""

    @property
    def work_folder(self) -> Path:
        """The sandbox's data and whatever else need not be committed."""
        return self.root / WORK_FOLDER


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line says of an environment."""

    environment: str | None = None
    allow_http: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a badgeops.yaml says for one environment, as far as it can be told."""

    settings: Settings | None
    """None if there are errors."""
    diagnostics: tuple[Diagnostic, ...]
    overlay: Overlay
    accepts: tuple[Accept, ...]
    is_clear: bool
    """Whether it is known what documents consist of, and what is accepted of them. If it is not, what is found in them
    may be gone once the settings are in order."""


def read(
    document: Document, root: Path, shown: str, variables: Mapping[str, str], request: Request = Request()
) -> Reading:
    """Return the settings of one environment and everything that is wrong with badgeops.yaml, at once."""
    reader = _Reader(document, root, shown, variables, request)
    settings = reader.settings()
    return Reading(
        None if has_errors(reader.diagnostics) else settings,
        tuple(reader.diagnostics),
        reader.overlay,
        reader.accepts,
        reader.is_clear,
    )


def _meant(name: object, known: str) -> str:
    """Return which environment was probably meant, as a sentence."""
    names = {each.lower(): each for each in known.split(", ")}
    word = str(name).lower()
    close = difflib.get_close_matches(word, names, 1, 0.6) or [each for each in names if each.startswith(word)]
    return f' Did you mean "{names[close[0]]}"?' if word and close else ""


def _seconds(minutes: int | None) -> float | None:
    return None if minutes is None else minutes * 60.0


def own_files(data: Mapping[str, Any], root: Path) -> OwnFiles:
    """Return badgeops' own files in a catalog, as far as its settings say so; these may be wrong in any way."""
    given = data.get("environments")
    environments = given if isinstance(given, dict) else {}
    files, states = ["badgeops.yaml"], ["state/x.json"]
    for name, environment in environments.items():
        said = environment if isinstance(environment, dict) else {}
        states += _inside(said.get("state", usual_state(str(name), str(said.get("server")))), root)
        files += _inside(said.get("caFile"), root)
    return OwnFiles.of(files, states)


def _inside(path: object, root: Path) -> Iterator[str]:
    """Yield the paths inside the catalog by which a file can be reached, links followed or not."""
    if not isinstance(path, str) or "\0" in path:
        return
    full = os.path.join(root, path)  # noqa: PTH118 (paths as text)
    for follow in (os.path.abspath, os.path.realpath):
        relative = os.path.relpath(follow(full), follow(root)).replace(os.sep, "/")
        if not relative.startswith("../"):
            yield relative


class _Reader:
    """Reads what of one badgeops.yaml fits its schema, and collects what is wrong with it."""

    def __init__(
        self, document: Document, root: Path, shown: str, variables: Mapping[str, str], request: Request
    ) -> None:
        self.document = document
        self.data: dict[str, Any] = {}
        self.root = root
        self.shown = shown
        self.variables = variables
        self.request = request
        self.diagnostics: list[Diagnostic] = []
        self.overlay = Overlay(document)
        self.accepts: tuple[Accept, ...] = ()
        self.is_clear = False

    def settings(self) -> Settings | None:
        if not self._fits_version():
            return None  # another version may find nothing wrong with the rest
        found = schema.problems("settings", self.document.data, lambda path: self.document.raw(*path))
        self.diagnostics += [schema.placed(located, self.document) for located in found]
        self.data = _without(self.document.data, found)
        environments = self._environments()
        self._check_variables(environments)
        name = self._environment(environments, are_known=not any(map(self._hides_environments, found)))
        for each in environments:
            # Every environment is checked, so that the one used at the next merge is known to be sound today.
            if each != name:
                self._server(each, environments[each], is_used=False)
                self._state_path(each, environments[each])
        accepts_read = self._read_accepts()
        chosen: Mapping[str, Any] = environments.get(name or "", {})
        self.overlay = Overlay(self.document, name, self.data.get("defaults") or {}, chosen.get("overrides") or {})
        self.is_clear = name is not None and accepts_read and not any(map(_blurs_documents, found))
        return self._of(name, chosen) if name is not None else None

    def _environments(self) -> dict[str, dict[str, Any]]:
        given = self.data.get("environments") or {SANDBOX: {"server": SANDBOX}}
        return {name: environment if isinstance(environment, dict) else {} for name, environment in given.items()}

    def _hides_environments(self, located: ProblemAt) -> bool:
        """Tell whether a problem keeps us from knowing which environments there are."""
        if located.path == ("environments",):
            return True
        may_be_them = len(located.path) == 1 and "environments" in located.problem.detail
        return may_be_them and "environments" not in self.data

    def _of(self, name: str, chosen: Mapping[str, Any]) -> Settings | None:
        server = self._server(name, chosen)
        state_path = self._state_path(name, chosen)
        if server is None or state_path is None or "catalog" not in self.data:
            return None
        return Settings(
            catalog=self.data["catalog"],
            root=self.root,
            shown=self.shown,
            environment=name,
            server=server,
            state_path=state_path,
            limits=self._limits({**(self.data.get("limits") or {}), **(chosen.get("limits") or {})}),
            on_meaning_change=OnMeaningChange(
                chosen.get("onMeaningChange") or self.data.get("onMeaningChange") or OnMeaningChange.WARN
            ),
            credentials=credentials(name, self.variables),
            overlay=self.overlay,
            accepts=self.accepts,
            recreate_after=_seconds(chosen.get("recreateAfter", self.data.get("recreateAfter"))),
        )

    def _read_accepts(self) -> bool:
        """Read what is accepted; False if that cannot be told."""
        self.accepts, wrong = acceptance.read(self.data.get("accept") or ())
        found = []
        for place, problem in ((misread.place, misread.problem) for misread in wrong):
            source = self.document.locate(*place)
            found.append(Diagnostic(problem.severity, problem.code, problem.summary, problem.detail, source=source))
        self.diagnostics += found
        return not has_errors(found)

    def _fits_version(self) -> bool:
        """Tell whether this is a badgeops for the catalog; what else is wrong might be none of its business."""
        wanted = self.document.data.get("requires")
        if not isinstance(wanted, str) or not wanted:
            return True
        from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 (60 ms, seldom needed)

        try:
            fits = SpecifierSet(wanted).contains(__version__, prereleases=True)
        except InvalidSpecifier:
            detail = 'Write it as ">=0.1" or ">=0.1,<2", in quotes.'
            self._error("invalid-requires", f'"{wanted}" is not a range of versions', detail, ("requires",))
            return True
        if not fits:
            detail = "Install a badgeops that fits, or change `requires` if the catalog works with this one too."
            self._error(
                "requires-other-version",
                f"this catalog requires badgeops {wanted}, and this is {__version__}",
                detail,
                ("requires",),
            )
        return fits

    def _check_variables(self, environments: Iterable[str]) -> None:
        """Report names that lead to the same variables: a token would go to another server than it was given for."""
        takers = dict.fromkeys(_variables("BADGEOPS_"), "")
        for name in environments:
            for variable in _variables(prefix_of(name)):
                other = takers.setdefault(variable, name)
                if other != name:
                    self._error("ambiguous-variable", *_taken(name, variable, other), ("environments", name))
                    break

    def _environment(self, environments: Mapping[str, Any], *, are_known: bool) -> str | None:
        if not are_known:
            return None
        asked, default = self.request.environment, self.data.get("defaultEnvironment")
        known = ", ".join(environments)
        if default is not None and default not in environments:
            detail = f"The environments are: {known}.{_meant(default, known)}"
            self._error("unknown-environment", f'there is no environment "{default}"', detail, ("defaultEnvironment",))
        if asked is not None and asked not in environments:
            detail = f"`--env` or BADGEOPS_ENV names it. badgeops.yaml has: {known}.{_meant(asked, known)}"
            self._error("unknown-environment", f'there is no environment "{asked}"', detail, ("environments",))
            return None
        if asked or default:
            return asked or (default if default in environments else None)
        if len(environments) == 1:
            return next(iter(environments))
        if SANDBOX in environments:
            return SANDBOX
        detail = f"Add `defaultEnvironment:` to badgeops.yaml, or --env to the command. There are: {known}."
        self._error("missing-environment", "badgeops cannot tell which environment to use", detail, ("environments",))
        return None

    def _server(self, name: str, environment: Mapping[str, Any], *, is_used: bool = True) -> Server | None:
        given: str | None = environment.get("server")
        place: Place = ("environments", name, "server")
        told = Dialect(environment["dialect"]) if "dialect" in environment else None
        ca_file = self.root / environment["caFile"] if "caFile" in environment else None
        if ca_file is not None and not ca_file.is_file():
            detail = "The path is relative to badgeops.yaml."
            self._error("missing-file", f"there is no file {environment['caFile']}", detail, (*place[:2], "caFile"))
        if given is None:
            return None
        if given == SANDBOX:
            return Server(SANDBOX, None, told or Dialect.OPEN_SOURCE)
        if given in NAMED_SERVERS:
            return Server(NAMED_SERVERS[given], NAMED_SERVERS[given], told or Dialect.HOSTED, ca_file)
        # Plain http needs its flag where it is used; declaring it must not spoil the other environments.
        problem = url_problem(given, allow_http=self.request.allow_http or not is_used)
        if problem is not None:
            summary, detail = problem
            self._error("invalid-server", summary, detail, place, is_secret="@" in given)
            return None
        url = _base_url(given)
        return Server(url, url, told, ca_file)

    def _state_path(self, name: str, environment: Mapping[str, Any]) -> Path | None:
        given: str | None = environment.get("state")
        if given is None:
            return self.root / usual_state(name, environment.get("server", ""))
        if "\0" in given:
            place = ("environments", name, "state")
            self._error("invalid-path", "this path contains a NUL character", "Delete it.", place)
            return None
        if "://" in given:
            detail = "This version keeps states in files. Name a file, or leave `state` out for state/NAME.json."
            place = ("environments", name, "state")
            self._error("unknown-backend", f'a state cannot be kept at "{given}"', detail, place)
            return None
        return self.root / given

    def _limits(self, data: Mapping[str, Any]) -> Limits:
        default = Limits()
        return Limits(
            delete=_limit(data["delete"]) if "delete" in data else default.delete,
            update=_limit(data["update"]) if "update" in data else default.update,
            recreate=_limit(data["recreate"]) if "recreate" in data else default.recreate,
        )

    def _error(self, code: str, summary: str, detail: str, place: Place, *, is_secret: bool = False) -> None:
        source = self.document.locate(*place)
        if is_secret:  # the line may hold a password
            source = replace(source, text=None)
        self.diagnostics.append(Diagnostic(Severity.ERROR, code, summary, detail, source=source))


_KNOWN_APART = frozenset({"server", "state", "dialect", "caFile", "limits", "onMeaningChange", "recreateAfter"})
"""What of an environment has nothing to do with documents."""


def _blurs_documents(located: ProblemAt) -> bool:
    """Tell whether documents may be found to be other ones once a problem of the settings is mended."""
    path = located.path
    if not path:
        return False  # nothing but the name of the catalog has to be there
    if path[0] == "environments" and len(path) > 2:
        return path[2] not in _KNOWN_APART
    if path[0] == "environments":
        return located.problem.code not in ("missing-field", "invalid-environment-name")
    return path[0] in ("defaults", "accept") or (len(path) == 1 and located.problem.code == "unknown-field")


def _without(data: dict[str, Any], found: Sequence[ProblemAt]) -> dict[str, Any]:
    """Return the settings without the values that do not fit, so that the others can be looked at."""
    kept = copy.deepcopy(data) if found else data
    for located in found:
        if located.problem.code not in ("missing-field", "invalid-environment-name"):
            _take_out(kept, located.path)
    return kept


def _take_out(data: Any, path: Place) -> None:  # noqa: ANN401 (a part of the settings)
    *above, last = path
    for step in above:
        data = data[step] if isinstance(step, int) or step in data else {}
    if isinstance(last, int):
        data[last] = None  # those behind it keep their places
    elif len(path) == 2 and above == ["environments"]:
        data[last] = {}  # it is there, whatever stands in it
    elif isinstance(data, dict):
        data.pop(last, None)


def _taken(name: str, variable: str, other: str) -> tuple[str, str]:
    whose, which = (f'"{other}"', "one of the two") if other else ("every environment", "this one")
    detail = (
        f"{variable} would be read for {whose} as well, and its secret sent to the wrong server: in the name of a "
        f"variable, small letters become capitals, and a - becomes a _. Give {which} another name."
    )
    return f'the environment "{name}" shares a variable with {whose}', detail


def usual_state(environment: str, server: str) -> str:
    """Return where an environment's state is kept if nothing else is said, seen from the catalog's folder."""
    return f"{WORK_FOLDER}/{environment}.state.json" if server == SANDBOX else f"state/{environment}.json"


def state_paths(data: object, root: Path) -> list[Path]:
    """Return where the environments of a badgeops.yaml keep their states, be the rest of it in order or not."""
    environments = data.get("environments") if isinstance(data, Mapping) else None
    if not isinstance(environments, Mapping) or not environments:
        environments = {SANDBOX: {"server": SANDBOX}}
    found = []
    for name, environment in environments.items():
        told = environment if isinstance(environment, Mapping) else {}
        given = told.get("state", usual_state(str(name), str(told.get("server"))))
        if isinstance(given, str) and "\0" not in given and "://" not in given:
            found.append(root / given)
    return found


def _limit(value: int | str) -> Limit:
    if isinstance(value, int):
        return Limit(value, percent=False)
    return Limit(int(value.rstrip("% ")), percent=True)


def nearest_server(text: str) -> str | None:
    """Return the server that was probably meant by a text that is none: its name, or its address."""
    names = {re.sub("[^a-z]", "", name): name for name in (SANDBOX, *NAMED_SERVERS)}
    plain = re.sub(r"[\s_-]", "", text.lower())
    alike = [plain] if plain in names else difflib.get_close_matches(plain, names, 2, 0.85)
    if len(alike) == 1:  # of two, nobody can tell which
        return names[alike[0]]
    meant = mended.web_address(text)
    return meant if meant is not None and url_problem(meant, allow_http=False) is None else None


def _base_url(address: str) -> str:
    """Return an address in the one spelling that the state keeps: without /v2, a slash at its end, or capitals."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/").removesuffix("/v2").rstrip("/")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def url_problem(text: str, *, allow_http: bool) -> tuple[str, str] | None:
    """Return what is wrong with the address of a server and how to mend it; None where it will do."""
    if "://" not in text:
        names = ", ".join(NAMED_SERVERS)
        meant = nearest_server(text)
        question = f'Did you mean "{meant}"? ' if meant is not None else ""
        return (
            f'there is no server named "{text}"',
            f"{question}Write sandbox, the https:// address of the API, or one of: {names}.",
        )
    try:
        parts = urlsplit(text)
        host = parts.hostname if parts.port != 0 else None
        if host is not None and ":" in host:
            ipaddress.IPv6Address(host)
    except ValueError:
        parts, host = urlsplit(""), None
    if "@" in re.split(r"[/?#]", text.partition("://")[2])[0]:
        return (
            "the address holds a user name or a password",
            "Remove them: credentials come from BADGEOPS_USERNAME and BADGEOPS_PASSWORD.",
        )
    unseen = not text.isprintable() or INVISIBLE.search(text) or any(letter.isspace() for letter in text)
    if not host or parts.query or parts.fragment or unseen:
        return f'"{text}" is not the address of a server', "It looks like https://api.badges.example.org."
    if parts.scheme == "https" or (parts.scheme == "http" and (allow_http or _is_loopback(host))):
        return None
    return (
        f"badgeops talks to {host} over https only",
        "Over http, anybody on the way can read the password. For a test server in a closed network: --allow-http.",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def prefix_of(environment: str) -> str:
    """Return how the variables of one environment begin: "BADGEOPS_PRODUCTION_"."""
    return "BADGEOPS_" + re.sub(r"[^A-Z0-9]", "_", environment.upper()) + "_"


_TOKEN, _REFRESH_TOKEN, _USERNAME, _PASSWORD = "TOKEN", "REFRESH_TOKEN", "USERNAME", "PASSWORD"


def _variables(prefix: str) -> list[str]:
    """Return all variables with credentials that begin with a prefix."""
    return [prefix + word for word in (_TOKEN, _REFRESH_TOKEN, _USERNAME, _PASSWORD)]


def credentials(environment: str, variables: Mapping[str, str]) -> Credentials:
    """Return what the environment variables give for an environment: its own ones first, then the general ones.

    A line break at the end, which secrets in files and CI systems often have, is no part of them.
    """
    for prefix in (prefix_of(environment), "BADGEOPS_"):
        token = variables.get(prefix + _TOKEN, "").strip()
        refresh_token = variables.get(prefix + _REFRESH_TOKEN, "").strip()
        username = variables.get(prefix + _USERNAME, "").strip()
        password = variables.get(prefix + _PASSWORD, "").rstrip("\r\n")
        if token or refresh_token or (username and password):
            names = [
                prefix + word
                for word, value in (
                    (_TOKEN, token),
                    (_REFRESH_TOKEN, refresh_token),
                    (_USERNAME, username),
                    (_PASSWORD, password),
                )
                if value
            ]
            origin = " and ".join(names)
            return Credentials(token or None, refresh_token or None, username or None, password or None, origin)
    return Credentials()
