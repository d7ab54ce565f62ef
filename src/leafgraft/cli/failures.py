"""The one place that turns what went wrong into words: three parts and an exit code, never a traceback."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from leafgraft.cli.console import show_error
from leafgraft.cli.helping import asked_language, show_refusal, translating
from leafgraft.cli.streams import errors
from leafgraft.errors import LeafgraftError, UsageError, says_full_memory
from leafgraft.languages.speaking import choose_language, likely_language, speaking
from leafgraft.records.extras import not_installed
from leafgraft.storage.files.atomic import FULL, MAKE_ROOM

FAILED, CHECK_FAILED, STOPPED, ENDED = 1, 3, 130, 143
GO_ON = "Stopped. What is finished is kept: the same command goes on from there."
ANEW = "Stopped. The same command begins anew."
BEGIN_ANEW = {"compare", "predict", "sample"}


class EndedError(BaseException):
    """The system asks this process to end (SIGTERM): a shutdown, or a cluster that wants its machine back."""


class Commands(TyperGroup):
    """All commands."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **settings: Any) -> Any:
        """Speak the language that the command line asks for, or else the system's, until the end."""
        given = sys.argv[1:] if args is None else list(args)
        try:
            language = choose_language(asked_language(given))
        except LeafgraftError as error:
            with speaking(likely_language()):
                show_error(error)
            sys.exit(error.exit_code)
        with speaking(language):
            if found := _empty_argument(given):
                show_error(found)
                sys.exit(found.exit_code)
            return super().main(given, *more, **settings)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, translated."""
        super().format_help(ctx, translating(formatter))

    def make_context(self, *given: Any, **settings: Any) -> Any:
        """Read the options that stand before the command."""
        try:
            return super().make_context(*given, **settings)
        except Exception as error:
            _refuse(error)
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run a command; no traceback reaches the person."""
        try:
            with _told_to_end():
                return super().invoke(ctx)
        except LeafgraftError as error:
            show_error(_of_begun_anew(error, ctx.invoked_subcommand))
            raise typer.Exit(error.exit_code) from None
        except (KeyboardInterrupt, EndedError) as stop:
            errors.print(ANEW if ctx.invoked_subcommand in BEGIN_ANEW else GO_ON)
            raise typer.Exit(STOPPED if isinstance(stop, KeyboardInterrupt) else ENDED) from None
        except OSError as error:
            raise typer.Exit(_explain_system_error(error, ctx.invoked_subcommand)) from None
        except Exception as error:  # the last resort: keep the details, show one line
            if says_full_memory(error):
                show_error(_memory_full())
                raise typer.Exit(FAILED) from None
            _refuse(error)
            if isinstance(error, typer.Exit) or type(error).__module__.startswith(("click", "typer")):
                raise
            if isinstance(error, ModuleNotFoundError) and (told := not_installed(error)):
                show_error(told)
                raise typer.Exit(told.exit_code) from None
            raise typer.Exit(_keep_details(error)) from None


def _empty_argument(given: Sequence[str]) -> UsageError | None:
    """What to say of an argument that is empty: a shell variable that is not set would be this folder."""
    for number, argument in enumerate(given, start=1):
        if not argument or (argument.startswith("--") and argument.endswith("=")):
            found = f"'{argument}' has no value." if argument else f"Number {number} is empty."
            return UsageError(
                "Each argument must hold something.", found, "Name it, or leave it out; . is this folder."
            )
    return None


def _refuse(error: Any) -> None:
    """Say what the parser says of a command line that it cannot read, and end; return for any other error."""
    if hasattr(error, "show"):
        show_refusal(error)
        raise typer.Exit(error.exit_code) from None


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Raise `EndedError` when the system asks to end, so that locks are given back and half-written files deleted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asks = [getattr(signal, name, None) for name in ("SIGTERM", "SIGBREAK")]  # the second is Ctrl+Break of Windows
    before = {one: signal.signal(one, _end) for one in asks if one is not None}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # who asks twice does not wait
    raise EndedError


def _of_begun_anew(error: LeafgraftError, command: str | None) -> LeafgraftError:
    """The error of a full disk, where the command keeps nothing that it could go on with; any other as it is."""
    if command not in BEGIN_ANEW or error.mend != MAKE_ROOM:
        return error
    return type(error)(error.asked, error.found, "Free some space and run the same command again: it begins anew.")


def _explain_system_error(error: OSError, command: str | None) -> int:
    try:
        sys.stdout.flush()
    except OSError:  # what stdout cannot take is dropped, or Python would try again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return FAILED
    asked = f"'{error.filename}' must be usable." if error.filename else "The system must do what it was asked."
    if error.errno in FULL:
        show_error(_of_begun_anew(LeafgraftError(asked, FULL[error.errno], MAKE_ROOM), command))
    else:
        mend = "Mend that, then run the same command: what is finished is kept."
        show_error(LeafgraftError(asked, f"The system said: {error.strerror or error}.", mend))
    return FAILED


def _memory_full() -> LeafgraftError:
    return LeafgraftError(
        "The work must fit into memory.", "The memory is full.", "Close other programs, or lower batch_size."
    )


def _keep_details(error: Exception) -> int:
    with tempfile.NamedTemporaryFile("w", prefix="leafgraft-", suffix=".log", delete=False, encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    found = " ".join(f"{type(error).__name__}: {error}".split())
    show_error(
        LeafgraftError(
            "leafgraft must know the case.",
            f"It does not know this one: {found[:500]}",
            f"Report it with the file {file.name}. Finished trials are kept.",
        )
    )
    return FAILED
