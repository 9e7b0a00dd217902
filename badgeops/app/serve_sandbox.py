"""`badgeops sandbox serve`: the embedded server, kept up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from badgeops.app.folders import insist_on_folder
from badgeops.app.reporting import Reporter
from badgeops.errors import SettingsError
from badgeops.sandbox import Dialect, FaultRuleError, Sandbox, SandboxError, SandboxOptions
from badgeops.settings import SANDBOX, WORK_FOLDER


@dataclass(frozen=True, kw_only=True)
class ServeRequest:
    """What `badgeops sandbox serve` is asked for."""

    port: int = 8000
    """0 takes a free one."""
    data: Path | None = None
    """Where the server keeps its data; None for where the catalog's environment `sandbox` keeps its own."""
    catalog: str = "."
    reset: bool = False
    verified_emails: tuple[str, ...] = ()
    dialect: Dialect = "open-source"
    constant_images: bool | None = None
    """None for what the dialect does."""
    latency_ms: float = 0
    fail: tuple[str, ...] = ()
    """Rules for failing on purpose."""

    @property
    def folder(self) -> Path:
        """Where the server keeps its data."""
        return Path(self.catalog, WORK_FOLDER, SANDBOX) if self.data is None else self.data

    @property
    def options(self) -> SandboxOptions:
        """The same as the sandbox takes it."""
        return SandboxOptions(
            data=self.folder,
            dialect=self.dialect,
            constant_images=self.constant_images,
            port=self.port,
            verified_emails=self.verified_emails,
            latency_ms=self.latency_ms,
            fail=self.fail,
            reset=self.reset,
        )


def serve_sandbox(request: ServeRequest, reporter: Reporter) -> None:
    """Run the server until Ctrl-C, and say its address."""
    insist_on_folder(request.folder)
    try:
        server = Sandbox(request.options).start()
    except FaultRuleError as error:
        hint = "The page on the sandbox, docs/sandbox.md, lists what a rule can say."
        raise SettingsError(f"--fail cannot be understood: {error}.", hint=hint) from error
    except (SandboxError, OSError) as error:
        raise SettingsError(f"The sandbox cannot start: {error}.", hint="Try another --port or --data.") from error
    reporter.result(f"{server.url}\n")
    reporter.advice(
        f"The sandbox ({request.dialect}) is running; Ctrl-C stops it. To use it, put `server: {server.url}` into an "
        "environment of badgeops.yaml and set BADGEOPS_USERNAME=admin@example.org BADGEOPS_PASSWORD=sandbox."
    )
    server.serve_forever()
