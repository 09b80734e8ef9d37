"""What both tools leave behind is read in one form, and only what is whole is used again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.model.validation import VERDICT_FILE, Defect, Untold, ValidatedRun, Validation
from harness.piuparts.archive import Pair
from harness.piuparts.results import ToolResult, is_judged, read_gate, read_peer
from tests.harness.piuparts.values import compared, result

PAIR = Pair("pongd", Path("new/pongd_1%3a2.0-1_amd64.deb"), Path("old/pongd_1.0-1_amd64.deb"), ())


def _defect(summary: str, *, transition: str = "upgrade", accepted: bool = False) -> Defect:
    return Defect("ends-clean", transition, "debian-13", "deb", summary, (), None, accepted)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Give a folder with the gate's verdict on the newer package."""
    defects = (
        _defect("'sudo apt install pongd=1:2.0-1' fails"), _defect("'sudo apt install pongd=1.0-1' fails"),
        _defect("it asks"), _defect("it asks", transition="install"), _defect("it grew", accepted=True),
    )  # fmt: skip
    runs = tuple(ValidatedRun(name, name, "debian-13", "deb", outcome, 1.0, "/tmp/x/edited.yaml:8:5: it broke")
                 for name, outcome in (("fresh", "pass"), ("edited", "error"), ("kept", "fail")))  # fmt: skip
    verdict = Validation("unfit", "3 defects", ("pongd.deb 1:2.0-1 sha256:ab12",), defects, runs, (), 61.5,
                         untold=(Untold("identity", "debian-13", "nothing was seen"),))  # fmt: skip
    (tmp_path / VERDICT_FILE).write_bytes(msgspec.json.encode(verdict))
    return tmp_path


def test_the_gates_findings_are_told_without_numbers(report: Path) -> None:
    """The same finding has the same text with other versions and in each transition; what is accepted is silent."""
    said = read_gate(report, PAIR)

    assert said.findings == (
        "ends-clean: 'sudo apt install pongd=NEW' fails",
        "ends-clean: 'sudo apt install pongd=OLD' fails",
        "ends-clean: it asks",
    )
    assert (said.verdict, said.duration_s) == ("unfit", 61.5)


def test_what_the_gate_could_not_tell_is_kept_apart(report: Path) -> None:
    """A lifecycle that broke and a law that could not compare are no findings."""
    assert read_gate(report, PAIR).untold == (
        "edited: edited.yaml:8:5: it broke",
        "identity on debian-13: nothing was seen",
    )


def test_a_verdict_is_used_again_for_the_same_package_alone(report: Path, tmp_path: Path) -> None:
    """Another build of the package, or no verdict at all, has to be judged."""
    assert [is_judged(report, "ab12"), is_judged(report, "cd34"), is_judged(tmp_path / "none", "ab12")] == [
        True, False, False,
    ]  # fmt: skip


def test_a_verdict_that_could_not_tell_is_not_used_again(report: Path) -> None:
    """What broke then may be told now."""
    path = report / VERDICT_FILE
    told = msgspec.json.decode(path.read_bytes(), type=Validation)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(told, verdict="unknown")))

    assert not is_judged(report, "ab12")


@pytest.mark.parametrize(
    ("gate", "peer", "is_told"),
    [
        (result(), result(verdict="fail"), True),
        (result(verdict="unknown"), result(verdict="pass"), False),
        (result(untold=("fresh: it broke",)), result(verdict="pass"), False),
        (result(verdict="fit"), result(verdict="fail", untold=("purge.log: it ended",)), False),
    ],
    ids=["told", "unknown", "a lifecycle broke", "piuparts is silent"],
)
def test_what_was_told(gate: ToolResult, peer: ToolResult, is_told: bool) -> None:
    """Both tools have to."""
    assert compared(gate, peer).is_told is is_told


@pytest.mark.parametrize(
    ("upgrade", "expected"),
    [
        ("0m2.0s INFO: PASS: All tests.", ("pass", (), ())),
        ("0m2.0s ERROR: FAIL: After purging files have disappeared:\n  /etc/x",
         ("fail", ("After purging files have disappeared: /etc/x",), ())),
        ("0m2.0s INFO: killed", ("fail", (), ("upgrade.log: it ended without success, and does not say why",))),
    ],
    ids=["passed", "found something", "says nothing"],
)  # fmt: skip
def test_both_logs_of_piuparts_count(tmp_path: Path, upgrade: str, expected: tuple[str, object, object]) -> None:
    """One test that fails is a failure; one that fails without a word is said to."""
    (tmp_path / "purge.log").write_text(
        "0m1.0s INFO: piuparts version 1.1.7 starting up.\n0m9.5s INFO: PASS: All tests."
    )
    (tmp_path / "upgrade.log").write_text(upgrade)

    said = read_peer(tmp_path)

    assert (said.verdict, said.findings, said.untold) == expected
    assert (said.duration_s, said.version) == (11.5, "1.1.7")
