"""pytest collects one item for each case, and its outcome is the case's.

The cases themselves are not run here: a double stands in for `run_case`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness import pytest_plugin
from harness.distros import load_distros
from harness.model.plan import Case
from harness.model.product import load_product
from harness.model.record import CaseRecord, Outcome
from harness.prepared import Prepared, write_prepared
from harness.products import DEFAULT_PRODUCT
from simulator.contract import PackageFile, PackageIndex

pytest_plugins = ["pytester"]
_PLUGINS = ["-p", "harness.pytest_plugin", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]

_SCENARIO = """scenario: a
tags: [t]
matrix: {distro: [debian-12, rhel-9], version: [1.28, 1.50]}
steps: [{install: {version: $version}}]
"""


def _prepared(folder: Path) -> Prepared:
    packages = [
        PackageFile("azcmagent", f"{release}.1-1", release, kind, "p", "", 0)
        for release in ("1.28", "1.50")
        for kind in ("deb", "rpm")
    ]
    return Prepared(
        run_id="r", run_directory=str(folder), owner="o", engine_url="unix:///none", machine_host_config={},
        machine_mounts={}, machine_tmpfs={}, machine_environment={}, machine_stop_signal="", subnets="10.0.0.0/16",
        images={}, cloud_image="", distros=load_distros(), product=load_product(DEFAULT_PRODUCT),
        index=PackageIndex(packages), repository="", packages="", signing_keys="", extensions="", tls="", versions={},
    )  # fmt: skip


@pytest.fixture
def run_scenarios(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run pytest with the plugin on one scenario whose cases end as told."""

    def run(*options: str, outcomes: dict[str, Outcome] | None = None, text: str = _SCENARIO) -> pytest.RunResult:
        def run_case(case: Case, _hosts: Any, _folder: Any, on_step: Any) -> CaseRecord:
            on_step("install")
            outcome = (outcomes or {}).get(case.id, "pass")
            return CaseRecord(case.id, "a", "s.yaml", case.distro, "1", outcome, "the reason", "now", 1.0)

        monkeypatch.setattr(pytest_plugin, "run_case", run_case)
        (pytester.path / "s.yaml").write_text(text)
        write_prepared(_prepared(pytester.path), pytester.path / "prepared.json")
        return pytester.runpytest_inprocess(*_PLUGINS, "--arclab-prepared", "prepared.json", *options)

    return run


def _selected(pytester: pytest.Pytester) -> list[str]:
    return msgspec.json.decode((pytester.path / "selected.json").read_bytes(), type=list[str])


def test_collects_one_item_for_each_case(run_scenarios: Any, pytester: pytest.Pytester) -> None:
    """The ids of the items are the cases', and the progress display hears of them."""
    result = run_scenarios()

    result.assert_outcomes(passed=4)
    assert _selected(pytester) == ["s.debian-12.1.28", "s.debian-12.1.50", "s.rhel-9.1.28", "s.rhel-9.1.50"]


@pytest.mark.parametrize(
    ("options", "cases"),
    [
        (["--arclab-distro", "rhel-9"], ["s.rhel-9.1.28", "s.rhel-9.1.50"]),
        (["--arclab-distro", "yum"], []),
        (["--arclab-distro", "apt", "--arclab-version", "1.50"], ["s.debian-12.1.50"]),
        (["--arclab-tag", "other"], []),
        (["-k", "rhel and 1.28"], ["s.rhel-9.1.28"]),
        (["-k", "rhel and 1.28", "--arclab-repeat", "2"], ["s.rhel-9.1.28.repeat-1", "s.rhel-9.1.28.repeat-2"]),
    ],
    ids=["distro", "family", "version", "tag", "expression", "repeat"],
)
def test_the_options_select(
    run_scenarios: Any, pytester: pytest.Pytester, options: list[str], cases: list[str]
) -> None:
    """arclab's own options narrow the plan, pytest's `-k` the items; a family that has no case is no mistake."""
    run_scenarios(*options)

    assert cases == _selected(pytester)


def test_an_outcome_becomes_pytests(run_scenarios: Any) -> None:
    """Fail and error are failures with the case's reason, skip is a skip with its reason."""
    result = run_scenarios(
        "-rs", outcomes={"s.debian-12.1.28": "fail", "s.debian-12.1.50": "error", "s.rhel-9.1.28": "skip"}
    )

    result.assert_outcomes(passed=1, failed=2, skipped=1)
    result.stdout.fnmatch_lines(["fail: the reason", "error: the reason", "*SKIPPED*the reason"])


def test_a_mistake_of_a_scenario_stops_the_collection(run_scenarios: Any) -> None:
    """Nothing runs beside a file that cannot be read."""
    result = run_scenarios(text="scenario: a\nsteps: [instal]\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown step 'instal'*"])


def test_the_state_of_a_running_case_is_gone_afterwards(run_scenarios: Any, pytester: pytest.Pytester) -> None:
    """The display shows only cases that still run."""
    run_scenarios()

    assert list(pytester.path.glob("cases/*/state.txt")) == []
    assert (pytester.path / "cases" / "s.rhel-9.1.28").is_dir()


def test_without_preparation_it_says_how(pytester: pytest.Pytester) -> None:
    """Who calls pytest directly is sent to `arclab run`."""
    result = pytester.runpytest_inprocess(*_PLUGINS)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*arclab run*"])
