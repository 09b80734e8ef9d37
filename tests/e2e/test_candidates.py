"""A user's own packages are published as the newest version; good ones pass, bad ones are refused or fail.

The candidates are the stand-in's newest release under a higher number, built by the project's own packager; the
defects are written into them here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from simulator.packaging import Format, agent_package, build_package, file_name
from simulator.releases import load_releases

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab

pytestmark = pytest.mark.engine

_VERSIONS: dict[Format, str] = {"deb": "1.68.09999.1", "rpm": "1.68.09999-1"}
_UPGRADE = """scenario: an upgrade to the candidate
matrix: {distro: [debian-12, yum-debian-12]}
steps:
  - install: {version: previous}
  - connect: {name: box-1}
  - upgrade: {}
    expect:
      within: 30s
      machine: {version: candidate, agent-version: latest, services: {himdsd: active}}
      cloud: {machine: box-1, status: Connected, version: candidate}
"""
MakeCandidate = Callable[..., Path]


@pytest.fixture
def make_candidate(arclab: Arclab) -> MakeCandidate:
    """Give a factory of packages: `version` and `name` are the format's own words, `postinst` changes the script."""

    def make(
        kind: Format, version: str = "", name: str = "azcmagent", postinst: Callable[[str], str] = lambda text: text
    ) -> Path:
        releases = load_releases()
        newest = structs.replace(
            releases.releases[-1], name="1.68", **(_VERSIONS | ({kind: version} if version else {}))
        )
        package = agent_package(releases, newest, kind)
        scripts = {**package.scripts, "postinst": postinst(package.scripts["postinst"])}
        package = replace(package, name=name, scripts=scripts)
        path = arclab.folder / file_name(package)
        build_package(package, path)
        return path

    return make


def _lacking(line: str) -> Callable[[str], str]:
    """Give a change that takes one line out of a script."""

    def change(script: str) -> str:
        kept = [text for text in script.splitlines() if line not in text]
        assert len(kept) == len(script.splitlines()) - 1
        return "\n".join([*kept, ""])

    return change


def _failing(script: str) -> str:
    assert script.endswith("\nexit 0\n")
    return script.removesuffix("exit 0\n") + "exit 1\n"


def test_good_candidates_pass(arclab: Arclab, make_candidate: MakeCandidate) -> None:
    """Both formats are upgraded to from the newest release, and run.json says with which files."""
    arclab.write("up.yaml", _UPGRADE)
    deb, rpm = make_candidate("deb"), make_candidate("rpm")

    done = arclab.run("up.yaml", "--candidate", deb.name, "--candidate", rpm.name)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (deb, rpm)]
    steps = [step for name in done.outcomes for step in done.case(name)["steps"] if step["kind"] == "upgrade"]
    changes = {step["changes"]["packages"]["azcmagent"].partition(" -> ")[2].split()[0] for step in steps}

    assert (done.exit, set(done.outcomes.values())) == (0, {"pass"}), done.stdout
    assert changes == set(_VERSIONS.values())
    assert done.run["versions"]["candidates"] == [
        f"azcmagent {_VERSIONS['deb']} (deb) sha256:{digests[0]}",
        f"azcmagent {_VERSIONS['rpm']} (rpm) sha256:{digests[1]}",
    ]


def test_defective_candidates_fail(arclab: Arclab, make_candidate: MakeCandidate) -> None:
    """A script that fails and a service that keeps running the old program are the product's fault: exit 1, not 2."""
    arclab.write("up.yaml", _UPGRADE.replace("30s", "3s"))  # is in vain
    deb = make_candidate("deb", postinst=_failing)
    rpm = make_candidate("rpm", postinst=_lacking("systemctl try-restart"))

    done = arclab.run("up.yaml", "--candidate", deb.name, "--candidate", rpm.name)
    reasons = {case["distro"]: case["reason"] for case in done.run["cases"]}
    output = done.case("up.debian-12")["steps"][-1]["commands"][-1]["stdout"]

    assert (done.exit, set(done.outcomes.values())) == (1, {"fail"}), done.stdout
    assert "step 5 'upgrade': command.exit " in reasons["debian-12"]
    assert "installed azcmagent package post-installation script subprocess returned error exit status 1" in output
    assert "cloud.version is '1.6" in reasons["yum-debian-12"]
    assert "command.exit" not in reasons["yum-debian-12"]


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda path, _: path.write_bytes(path.read_bytes()[:-1000]), "it cannot be read"),
        (lambda path, _: path.write_text("a text\n"), "it is no .deb, .rpm or .msi"),
        (lambda path, make: make("deb", name="other").replace(path), "the package 'other', not 'azcmagent'"),
        (lambda path, make: make("deb", version="1.50.1.1").replace(path), "1.50.1.1 is not newer than 1."),
        (lambda path, _: path.rename(path.with_suffix(".rpm")), "there is no such file"),
    ],
    ids=["cut off", "text", "name", "old", "missing"],
)
def test_a_file_that_is_no_candidate_is_refused(
    arclab: Arclab, make_candidate: MakeCandidate, spoil: Callable[[Path, MakeCandidate], object], problem: str
) -> None:
    """Exit 5 with the file and the reason before anything starts, and nothing is reported."""
    deb = make_candidate("deb")
    spoil(deb, make_candidate)

    done = arclab("validate", deb.name, "--report", "report")

    assert (done.exit, done.stdout) == (5, ""), done.stderr
    assert re.search(rf"^arclab: {deb.name}: .*{problem}.* \[candidate-[a-z]+\]$", done.stderr, re.MULTILINE), (
        done.stderr
    )
    assert "Traceback" not in done.stderr
    assert list(done.directory.glob("*")) == []
