"""What is in a package, whatever a machine makes of it."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from simulator.contract import PayloadFile
from tests.harness.laws.values import (
    make_trial,
    payload,
    summaries,
)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((), (payload("/usr/local/bin/tool"),), "/usr/local/bin/tool is where no package may put a file"),
        ((), (payload("/run/agent", kind="d"),), ""),
        ((payload("/opt/a", kind="d"),), (payload("/opt/a", kind="l", mode="777", link="/srv"),),
         "/opt/a becomes another kind of file: an upgrade cannot do that"),
        ((payload("/opt/a", kind="l"),), (payload("/opt/a"),), ""),
    ],
    ids=["place", "folder", "kind", "link"],
)  # fmt: skip
def test_files_that_no_package_may_have(
    before: tuple[PayloadFile, ...], after: tuple[PayloadFile, ...], found: str
) -> None:
    """Where they are, and what they are instead of what they were."""
    trial = make_trial(files=after)
    assert trial.old is not None
    trial = replace(trial, old=msgspec.structs.replace(trial.old, files=before))

    assert summaries("sound-package", trial) == [found] * bool(found)


def test_an_unsound_package() -> None:
    """Digests that strict clients demand; configuration that an upgrade would overwrite."""
    no_digest = make_trial(kind="rpm", digests=("header-md5", "header-sha256", "files-sha256"))
    unmarked = make_trial(files=(payload("/etc/agent.conf", mode="644"),))
    replaced = make_trial(files=(payload("/etc/agent.conf", mode="644", config=True, replaced=True),))

    assert [summaries("sound-package", trial) for trial in (no_digest, unmarked, replaced)] == [
        ["the package has no payload-sha256 digest"],
        ["/etc/agent.conf is not marked as configuration: an upgrade overwrites edits"],
        ["an edited /etc/agent.conf gives way to the new one on upgrade"],
    ]
