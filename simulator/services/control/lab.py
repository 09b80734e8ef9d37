"""What every handler of the control has: the parts of the cloud that it steers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from simulator.contract import RepositoryChange, RepositoryFault
from simulator.due import Due
from simulator.faults import Faults
from simulator.resources.entities import Principal
from simulator.store import Store


class Repository(Protocol):
    """What the control needs of the package repository. Its methods block; they are called in a thread."""

    @property
    def is_stale(self) -> bool:
        """Say whether the metadata has to be signed again."""

    def refresh(self) -> None:
        """Sign the metadata with the lab clock's time. Raises: SimulatorError."""

    def change(self, change: RepositoryChange) -> None:
        """Publish or withdraw releases. Raises: BadInput, SimulatorError."""

    def spoil(self, fault: RepositoryFault) -> None:
        """Let the repository have this fault and no other. Raises: BadInput, SimulatorError."""


@dataclass(frozen=True)
class Lab:
    """One cloud, as its control sees it.

    `approve_device` takes a user code and a upn, `decline_device` the code; `rotate_key` whether older keys are
    withdrawn, and gives the new one's kid; `issue_token` a principal, an audience and lab time.
    """

    store: Store
    due: Due
    faults: Faults
    approve_device: Callable[[str, str], None]
    decline_device: Callable[[str], None]
    rotate_key: Callable[[bool], str]
    issue_token: Callable[[Principal, str, float], str]
    repository: Repository | None
    form_token: str  # what the page's forms have to send, another one for each process
    describe: Callable[[], dict[str, Any]]  # gives the OpenAPI description
