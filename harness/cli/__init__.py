"""`arclab`: validate packages of the Azure Connected Machine agent on one machine, without an Azure account."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import NoReturn

from cyclopts import App, CycloptsError

from harness.cli import benches, bundles, mutants, parts, peers, runs
from harness.cli.options import EXIT_INTERRUPTED
from harness.errors import ArclabError, LabError, UsageError, disk_full, unusable_file

EXIT_BROKEN_PIPE = 141  # as a shell says it of a program that SIGPIPE has ended

_Commands = dict[str, Callable[..., int | None]]
_COMMANDS: _Commands = {
    "run": runs.run,
    "validate": runs.validate,
    "plan": runs.plan,
    "schema": runs.schema,
    "coverage": runs.coverage,
    "hostile": runs.hostile,
    "against-piuparts": peers.against_piuparts,
    "report": runs.report,
    "bundle": bundles.bundle,
    "replay": bundles.replay_bundle,
    "shell": runs.shell,
    "doctor": parts.doctor,
    "clean": parts.clean,
    "bench": benches.bench,
    "bench-sim": benches.bench_sim,
}
#: Commands of two words: the first, its help, and the second ones.
_GROUPS: dict[str, tuple[str, _Commands]] = {
    "engine": (
        "The container engine: find one, or start arclab's own.",
        {"up": parts.engine_up, "down": parts.engine_down, "status": parts.engine_status},
    ),
    "images": ("The images of machines and cloud.", {"build": parts.images_build, "list": parts.images_list}),
    "packages": ("The stand-in agent's packages.", {"build": parts.packages_build}),
    "mutants": (
        "Your own packages with seeded defects: what does the gate catch?",
        {"list": mutants.mutants_list, "build": mutants.mutants_build, "score": mutants.mutants_score},
    ),
}


def command_line() -> App:
    """All commands with their options and help."""
    app = App(name="arclab", help=__doc__, help_format="plaintext", version=metadata.version("arclab"))
    for name, command in _COMMANDS.items():
        app.command(command, name=name)
    for group, (about, commands) in _GROUPS.items():
        words = App(name=group, help=about)
        for name, command in commands.items():
            words.command(command, name=name)
        app.command(words)
    return app


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line, by default the process's own; errors are printed once and give their exit code.

    SIGTERM, as CI systems send it, cleans up as Ctrl-C does.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = command_line()(sys.argv[1:] if words is None else list(words), exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        command = " ".join(("arclab", *(error.command_chain or ())))
        said = str(error).strip().splitlines()
        _fail(UsageError("usage", said[-1] if said else "it cannot be read.", hint=f"{command} --help"))
    except ArclabError as error:
        _fail(error)
    except KeyboardInterrupt:
        print("arclab: interrupted; everything this run started is removed", file=sys.stderr)  # noqa: T201
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:  # the reader has seen enough: 'arclab plan | head'
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_BROKEN_PIPE)
    except OSError as error:
        problem = disk_full(error) or unusable_file(error)
        if problem is None:
            _fail_by_mistake()
        _fail(problem)
    except Exception:  # noqa: BLE001 - told in full below; Python's own exit code, 1, would be a verdict
        _fail_by_mistake()
    sys.exit(status if isinstance(status, int) else 0)


def _fail(error: ArclabError) -> NoReturn:
    print(f"arclab: {error}", file=sys.stderr)  # noqa: T201
    sys.exit(error.exit_code)


def _fail_by_mistake() -> NoReturn:
    traceback.print_exc()
    _fail(LabError("mistake", "this is a mistake in arclab, and says nothing about what was to be tested."))
