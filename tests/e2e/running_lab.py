"""A lab of its own for tests that do on a machine what no scenario has words for."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from rich.console import Console

from harness.cloud import CloudHost
from harness.controller import RunOptions, prepare
from harness.distros import load_distros
from harness.lab import build_lab
from harness.machine_room import Phases
from harness.plan import plan_cases
from harness.progress import PlainProgress
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document
from harness.settings import Settings

if TYPE_CHECKING:
    from harness.context import Context
    from tests.e2e.conftest import Arclab


@contextlib.contextmanager
def running_lab(program: Arclab, scenario: str, mounts: Mapping[Path, str] | None = None) -> Iterator[Context]:
    """Give the context of a running lab with a cloud and one machine; the scenario's steps are the caller's to run.

    `mounts` has folders of the host and where the machine sees them. When the block ends, nothing is left.
    """
    distros = load_distros()
    case = plan_cases([decode_scenario(Document("s.yaml", scenario), name="s")], distros)[0]
    settings = Settings.from_environment({**os.environ, "DOCKER_HOST": program.url})
    prepared = prepare(
        RunOptions(paths=()), settings, [distros[case.distro]], distros=distros, directory=program.folder / "run",
        progress=PlainProgress(Console(quiet=True)),
    )  # fmt: skip
    seen = prepared.machine_mounts | {str(folder): path for folder, path in (mounts or {}).items()}
    prepared = msgspec.structs.replace(prepared, machine_mounts=seen)
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setattr("tempfile.tempdir", str(program.temporary))
        host = stack.enter_context(contextlib.closing(CloudHost(prepared, {})))
        yield build_lab(case, host, stack, Phases(), lambda _: None).context
    program.close()
