"""What is wrong with the package repository, as a table of `harness/repository_faults` says it."""

from __future__ import annotations

import msgspec

from harness.model.distro import Family
from simulator import contract


class RepositoryFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault of the repository. `repository` is what the cloud builds, `requests` what it does to requests.

    `nowhere` lets the repository's names lead to an address where nobody is; where it is `silent`, a client waits.
    `brings_key` means that a machine was configured with the key that the fault publishes, as long as the fault is
    there. `knows` means that a machine keeps what it has read of the repository; else it has read nothing yet.
    """

    title: str
    why: str
    repository: contract.RepositoryFault = contract.RepositoryFault()
    requests: tuple[contract.Fault, ...] = ()
    nowhere: bool = False
    silent: bool = False
    brings_key: bool = False
    knows: bool = False
    not_applicable: dict[Family, str] = {}  # why a family has no such thing
