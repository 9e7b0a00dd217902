"""The command line: which commands there are, and the one place where an error becomes a message and a status.

Exit status, the same for every command: 0 success, 1 an error (a usage error too), 2 changes are present
(`plan --detailed-exitcode` only), 130 interrupted. Commands are imported when they are called: `--help` and
`--version` pay for nothing else.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import click

from badgeops import __version__

COMMANDS = MappingProxyType(
    {
        "init": "badgeops.commands.init:init",
        "validate": "badgeops.commands.validate:validate",
        "explain": "badgeops.commands.explain:explain",
        "preview": "badgeops.commands.preview:preview",
        "fmt": "badgeops.commands.fmt:fmt",
        "plan": "badgeops.commands.plan:plan",
        "apply": "badgeops.commands.apply:apply",
        "snapshot": "badgeops.commands.snapshot:snapshot",
        "destroy": "badgeops.commands.destroy:destroy",
        "import": "badgeops.commands.import_:import_",
        "state": "badgeops.commands.state:state",
        "force-unlock": "badgeops.commands.force_unlock:force_unlock",
        "login": "badgeops.commands.login:login",
        "logout": "badgeops.commands.login:logout",
        "doctor": "badgeops.commands.doctor:doctor",
        "sandbox": "badgeops.commands.sandbox:sandbox",
    }
)
"""In the order in which they are needed, which is the order of the help."""


TOLD_TO_END = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""How a process is told to end by others than Ctrl-C: by a job that is cancelled, by a terminal that is closed."""


class LazyGroup(click.Group):
    """A group whose commands are imported by name when they are asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Import one command; None where there is none of that name."""
        target = COMMANDS.get(name)
        if target is None:
            return None
        module, attribute = target.split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; suggest one where the name is not quite right."""
        try:
            return super().resolve_command(context, args)
        except click.UsageError as error:
            import difflib  # noqa: PLC0415 (only for a mistyped command)

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if near:
                raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", context) from error
            raise


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="badgeops %(version)s")
def cli() -> None:
    """Badge catalogs as code: YAML in, live badges out.

    `badgeops plan` shows what would change on the badge server, `badgeops apply` makes it so.

    Exit status: 0 success, 1 an error, 2 changes are present (plan --detailed-exitcode only), 130 interrupted.
    """


def main() -> None:
    """Run the command line and leave the process with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a log in ASCII is better than none
    _keep_standard_streams()
    for number in TOLD_TO_END:  # as Ctrl-C, status 130
        if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` wishes
            signal.signal(number, signal.default_int_handler)
    status = run(sys.argv[1:])
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        status = status or _unexpected(error)
        _abandon_stdout()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and said: Ctrl-C must not spoil the status any more
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; whatever goes wrong becomes one clear message."""
    try:
        _refuse_nul(arguments)
        status = cli.main(arguments, prog_name="badgeops", standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:  # Ctrl-C at a question
        click.echo("\nInterrupted. Nothing was changed.", err=True)
        return 130
    except click.ClickException as error:
        words = io.StringIO()
        error.show(words)
        _say(words.getvalue())
        return 1
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        return 130
    except Exception as error:  # noqa: BLE001 (the last resort: a message instead of a traceback)
        return _unexpected(error)
    return status if isinstance(status, int) else 0


def _refuse_nul(arguments: list[str]) -> None:
    """Refuse what no system call takes. No shell can pass it on; a program that calls `run` might."""
    if any("\0" in argument for argument in arguments):
        raise click.UsageError("The arguments contain a NUL character, which names cannot have.")


def _unexpected(error: Exception) -> int:
    from badgeops.errors import BadgeopsError, OutputError, SystemLimitError  # noqa: PLC0415

    if isinstance(error, BadgeopsError):
        from badgeops.commands.shared.console import CONSOLE  # noqa: PLC0415

        CONSOLE.error(error)
        if isinstance(error, OutputError):
            _abandon_stdout()
        return error.exit_status
    if isinstance(error, OSError):
        return _refused_by_system(error)
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return _unexpected(SystemLimitError())
    if os.environ.get("BADGEOPS_DEBUG"):
        import traceback  # noqa: PLC0415

        _say("".join(traceback.format_exception(error)))
        return 1
    _say(
        f"error[internal-error]: badgeops has met something it did not expect ({type(error).__name__}).\n"
        "  This is a bug in badgeops, not in your catalog. What was done so far is recorded; run the command\n"
        "  again with BADGEOPS_DEBUG=1 and report what it prints, after checking that it holds nothing private."
    )
    return 1


def _say(text: str) -> None:
    """Write to stderr by way of the console, which knows what is secret and lets nothing act on a terminal."""
    from badgeops.commands.shared.console import CONSOLE  # noqa: PLC0415

    CONSOLE.note(text)


def _refused_by_system(error: OSError) -> int:
    """Say what the operating system did not let us do: nowhere to write to, most of the time."""
    why = error.strerror or type(error).__name__
    about = f" ({os.fsdecode(error.filename)})" if isinstance(error.filename, str | bytes) else ""
    try:
        Path.cwd()
    except OSError:
        why, about = "the folder that this command was started in is gone", ""
    with contextlib.suppress(OSError):
        _say(f"error[refused-by-system]: The operating system refused to go on: {why}{about}.")
        _say("  Check free space and permissions, also of where the output goes. If anything was done, it is recorded.")
    _abandon_stdout()
    return 1


def _abandon_stdout() -> None:
    """Let what is still to be written go nowhere; Python would try once more at exit, and complain."""
    from badgeops.safe_files.writing import occupy  # noqa: PLC0415

    with contextlib.suppress(OSError, ValueError, AttributeError):
        occupy(sys.stdout.fileno())


def _keep_standard_streams() -> None:
    """Let no file get the number of a stream that was closed before we began: what is said would go into it."""
    if sys.stdin is not None and sys.stdout is not None and sys.stderr is not None:
        return
    from badgeops.safe_files.writing import occupy  # noqa: PLC0415

    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            occupy(descriptor)
