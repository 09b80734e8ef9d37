"""The release gate, from packages to verdict.json: a clean pair is fit, seeded defects are found where they are.

One lifecycle each keeps it short; the laws themselves are tested on recorded values. Not checked: the whole gate's
power, which `arclab mutants score` measures.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from simulator.packaging import FORMATS, agent_package, build_package, file_name
from simulator.releases import load_releases
from tests.e2e.conftest import read_json

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab, Finished

pytestmark = pytest.mark.engine


@pytest.fixture
def packages(arclab: Arclab) -> list[str]:
    """Build the stand-in's newest release under a higher number, in both formats; gives the files' names."""
    releases = load_releases()
    newest = structs.replace(releases.releases[-1], name="1.68", deb="1.68.09999.1", rpm="1.68.09999-1")
    built = [agent_package(releases, newest, kind) for kind in FORMATS]
    for package in built:
        build_package(package, arclab.folder / file_name(package))
    return [file_name(package) for package in built]


def _verdict(done: Finished) -> dict[str, Any]:
    return read_json(done.directory / "verdict.json")


def test_clean_packages_are_fit(arclab: Arclab, packages: list[str]) -> None:
    """Exit 0, no defect, and a page for people."""
    done = arclab("validate", *packages, "--quick", "-k", "twice", "--report", "report")
    verdict = _verdict(done)

    assert (done.exit, verdict["verdict"], verdict["defects"]) == (0, "fit", []), done.stdout
    assert {(run["format"], run["outcome"]) for run in verdict["runs"]} == {("deb", "pass"), ("rpm", "pass")}
    assert "Fit for release" in (done.directory / "validation.html").read_text()


def test_hostile_machines_make_no_difference(arclab: Arclab, packages: list[str]) -> None:
    """Where systemd does not run, and where the power fails before the last script, a clean package ends the same."""
    deb = packages[0]
    words = "no-systemd or crash-installation-power-postinst or lifecycles-twice"
    done = arclab("validate", deb, "--distro", "debian-12", "-k", words, "--report", "report")
    verdict = _verdict(done)

    assert (done.exit, verdict["verdict"], verdict["defects"]) == (0, "fit", []), done.stdout
    assert sorted((run["environment"], run["outcome"]) for run in verdict["runs"]) == [
        ("", "pass"), ("", "pass"), ("no-systemd", "pass")
    ]  # fmt: skip
    assert verdict["environments"] == ["no-systemd"]
    assert verdict["skipped"] == {"noexec-opt": "its programs are in /opt"}


def test_nothing_to_compare_with_is_unknown(arclab: Arclab, packages: list[str]) -> None:
    """Exit 2, with the reason: an environment without an ordinary installation proves little."""
    done = arclab("validate", packages[0], "--quick", "-k", "uid-taken", "--report", "report")
    verdict = _verdict(done)

    assert (done.exit, verdict["verdict"], verdict["defects"]) == (2, "unknown", []), done.stdout
    assert verdict["untold"]


def test_seeded_defects_are_found_and_blamed(arclab: Arclab, packages: list[str]) -> None:
    """Exit 1; each names law, transition and machine, and the line that did it."""
    words = [word for name in ("stops-on-upgrade", "foreign-file-changed") for word in ("--mutant", name)]
    arclab("mutants", "build", *packages, "--out", "mutants", *words)
    deb, rpm = (next(Path(arclab.folder, "mutants", name).glob(f"*.{kind}"))
                for name, kind in (("stops-on-upgrade", "deb"), ("foreign-file-changed", "rpm")))  # fmt: skip

    done = arclab("validate", str(deb), str(rpm), "--quick", "-k", "up-and-down", "--report", "report")
    verdict = _verdict(done)
    found = {(d["law"], d["transition"], d["machine"], d["format"], d["blame"]["file"], d["blame"]["line"])
             for d in verdict["defects"] if d["blame"]}  # fmt: skip

    assert (done.exit, verdict["verdict"]) == (1, "unfit"), done.stdout
    assert ("services-keep-state", "upgrade", "debian-12", "deb", "preinst", 2) in found
    assert ("nothing-else", "upgrade", "yum-debian-12", "rpm", "%post", 2) in found


@pytest.mark.parametrize(
    ("ending", "found"),
    [
        ("exit $?", set()),
        ("true", {"the installer says that it has succeeded, and the package is not there"}),
    ],
    ids=["honest", "says nothing but good"],
)
def test_an_installer_is_judged_too(arclab: Arclab, packages: list[str], ending: str, found: set[str]) -> None:
    """It is run, and run in vain; the package is another matter."""
    install = "sudo apt-get -o DPkg::Lock::Timeout=60 --yes install azcmagent"
    Path(arclab.folder, "install.sh").write_text(f"#!/bin/bash\nsudo apt-get --quiet update\n{install}\n{ending}\n")
    done = arclab("validate", packages[0], "--quick", "-k", "installer", "--installer", "install.sh",
                  "--report", "report")  # fmt: skip
    verdict = _verdict(done)

    assert {run["lifecycle"] for run in verdict["runs"]} == {"installer", "installer-in-vain", "installer-locked"}
    assert {defect["summary"] for defect in verdict["defects"]} == found, done.stdout
    assert done.exit == bool(found)


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        (["no.deb"], "candidate-missing"),
        (["{deb}", "--product", "no.toml"], "product-file"),
        (["{deb}", "--accept", "no.toml"], "accept-file"),
        (["{deb}", "--previous", "{rpm}"], "validate-previous"),
        (["{deb}", "{deb}"], "validate-twice"),
        (["{deb}", "--distro", "yum"], "validate-distros"),
        (["{deb}", "--environment", "no-such"], "environment-unknown"),
        (["{deb}", "--installer", "no.sh"], "validate-installer"),
    ],
)
def test_bad_usage_starts_nothing(arclab: Arclab, packages: list[str], words: list[str], reference: str) -> None:
    """Exit 5 with the reason; there is no verdict."""
    deb, rpm = packages
    done = arclab("validate", *(word.format(deb=deb, rpm=rpm) for word in words), "--report", "report")

    assert (done.exit, done.stdout) == (5, ""), done.stderr
    assert f"[{reference}]" in done.stderr
    assert not (done.directory / "verdict.json").exists()
