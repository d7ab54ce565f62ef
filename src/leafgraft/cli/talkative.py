"""An application whose every command takes --quiet, --verbose and --lang."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from leafgraft.cli.console import level
from leafgraft.cli.helping import HelpfulCommand
from leafgraft.cli.streams import talk
from leafgraft.data.read.spelling import as_meant
from leafgraft.errors import UsageError

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no talk; errors are still said.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also every epoch, time and memory of each stage.")]
Language = Annotated[
    str, typer.Option("--lang", metavar="CODE", help="en or ko, else as $LEAFGRAFT_LANG or the system says.")
]
Function = TypeVar("Function", bound=Callable[..., Any])


class TalkativeApp(typer.Typer):
    """Adds the three options to a command where it is registered."""

    def command(self, *names: Any, **settings: Any) -> Callable[[Function], Function]:
        """Register a command, as `typer.Typer.command` does."""
        register = super().command(*names, cls=HelpfulCommand, **settings)

        def decorate(function: Function) -> Function:
            register(_with_levels(function))
            return function

        return decorate


def _with_levels(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def command(*, quiet: bool, verbose: bool, lang: str, **given: Any) -> Any:
        del lang  # spoken since the begin
        if quiet and verbose:
            raise UsageError("--quiet and --verbose must not be given together.", "Both are.", "Leave one of them out.")
        talk.quiet, level.verbose = quiet, verbose
        return function(**{name: _as_meant(value) for name, value in given.items()})

    signature = inspect.signature(function, eval_str=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    more = [
        inspect.Parameter("quiet", kind, default=False, annotation=Quiet),
        inspect.Parameter("verbose", kind, default=False, annotation=Verbose),
        inspect.Parameter("lang", kind, default="", annotation=Language),
    ]
    parameters = [*signature.parameters.values(), *more]
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _as_meant(value: Any) -> Any:
    """What was given, its paths as a person means them: shells leave `~` in ``--out=~/leaves``, or everywhere."""
    if isinstance(value, list):
        return [_as_meant(one) for one in value]
    return as_meant(value) if isinstance(value, Path) else value
