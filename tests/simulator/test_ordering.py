"""Versions are ordered as dpkg and rpm order them: by known answers, by laws, and by the programs' own judgement."""

from __future__ import annotations

import itertools
import random
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ordering import compare_deb, compare_rpm, is_newer
from simulator.packaging import FORMATS, Format

DEB_VERSIONS = st.from_regex(r"\A([0-9]{1,2}:)?[0-9][0-9a-zA-Z.+~]{0,6}(-[0-9a-z.+~]{1,4})?\Z")
RPM_VERSIONS = st.from_regex(r"\A([0-9]{1,2}:)?[0-9a-zA-Z][0-9a-zA-Z.~^_+]{0,6}(-[0-9a-z.~^]{1,4})?\Z")
COMPARE = {"deb": compare_deb, "rpm": compare_rpm}
KNOWN = [
    # Source: full version numbers of published agents, oldest first.
    ("deb", "1.8.21197.005", "1.13.21320.014"),
    ("deb", "1.13.21320.014", "1.28.02260.736"),
    ("deb", "1.28.02260.736", "1.50.02986.239"),
    ("deb", "1.58.03224.693", "1.58.03228.700"),
    ("rpm", "1.9.21208-007", "1.17.01931-135"),
    ("rpm", "1.17.01931-135", "1.28.02260-755"),
    ("rpm", "1.54.03104-480", "1.57.03197-640"),
    # Source: deb-version(7).
    ("deb", "1.0~rc1", "1.0"),
    ("deb", "1.0", "1.0-1"),
    ("deb", "9.9", "1:0.1"),
    ("deb", "1.0+b1", "1.0.1"),
    # Source: rpm's documentation of version comparison.
    ("rpm", "1.0~rc1-1", "1.0-1"),
    ("rpm", "1.0-1", "1.0^git1-1"),
    ("rpm", "1.0^git1-1", "1.0.1-1"),
    ("rpm", "1.0~rc1^git1-1", "1.0-1"),
    ("rpm", "1.0a-1", "1.0.1-1"),
    ("rpm", "9.9-1", "1:0.1-1"),
    ("rpm", "1.9-1", "1.10-1"),
]


@pytest.mark.parametrize(("kind", "older", "newer"), KNOWN, ids=[f"{k}:{o}<{n}" for k, o, n in KNOWN])
def test_known_answers(kind: str, older: str, newer: str) -> None:
    """Published and documented pairs come in their known order, both ways round."""
    found = (COMPARE[kind](older, newer), COMPARE[kind](newer, older))

    assert found == (-1, 1)


@pytest.mark.parametrize(
    ("left", "right"),
    [("1.0", "1..0"), ("1.001", "1.1"), ("1.0-1", "0:1.0-1"), ("2_0", "2.0")],
    ids=["separators", "leading zeros", "no epoch", "underscore"],
)
def test_rpm_sees_no_difference(left: str, right: str) -> None:
    """Separators, leading zeros and a zero epoch make no difference to rpm."""
    assert compare_rpm(left, right) == 0


@pytest.mark.parametrize("kind", FORMATS)
def test_is_newer_is_strict(kind: Format) -> None:
    """A version is newer than an older one, and not than itself."""
    found = [is_newer(version, "1.9", kind) for version in ("1.10", "1.9", "1.8")]

    assert found == [True, False, False]


@given(left=RPM_VERSIONS, right=RPM_VERSIONS)
def test_rpm_order_is_antisymmetric(left: str, right: str) -> None:
    """Changing sides changes the sign."""
    assert compare_rpm(left, right) == -compare_rpm(right, left)


@given(left=DEB_VERSIONS, right=DEB_VERSIONS)
def test_deb_order_is_antisymmetric(left: str, right: str) -> None:
    """Changing sides changes the sign."""
    assert compare_deb(left, right) == -compare_deb(right, left)


@given(versions=st.lists(RPM_VERSIONS, min_size=3, max_size=3))
def test_rpm_order_is_transitive(versions: list[str]) -> None:
    """Whatever the order of three versions, no two comparisons contradict the third."""
    contradictions = [
        (one, two, three)
        for one, two, three in itertools.permutations(versions)
        if compare_rpm(one, two) <= 0 and compare_rpm(two, three) <= 0 and compare_rpm(one, three) > 0
    ]

    assert contradictions == []


@given(versions=st.lists(DEB_VERSIONS, min_size=3, max_size=3))
def test_deb_order_is_transitive(versions: list[str]) -> None:
    """Whatever the order of three versions, no two comparisons contradict the third."""
    contradictions = [
        (one, two, three)
        for one, two, three in itertools.permutations(versions)
        if compare_deb(one, two) <= 0 and compare_deb(two, three) <= 0 and compare_deb(one, three) > 0
    ]

    assert contradictions == []


def made_up_pairs(seed: int, count: int, signs: str) -> list[tuple[str, str]]:
    """Make pairs of versions that differ little, so that the hard cases come up."""
    chance = random.Random(seed)

    def version() -> str:
        parts = [chance.choice(["0", "1", "01", "10", "a", "b", "rc", "git"]) for _ in range(chance.randint(1, 4))]
        return "1" + "".join(chance.choice(signs) + part for part in parts)

    return [(version(), version()) for _ in range(count)]


@pytest.mark.process
def test_dpkg_agrees(need_program: Callable[[str], str]) -> None:
    """dpkg itself orders made-up versions as we do."""
    dpkg = need_program("dpkg")
    pairs = made_up_pairs(1, 60, ".~+") + [(left, right) for kind, left, right in KNOWN if kind == "deb"]
    words = [word for left, right in pairs for word in (left, right, str(compare_deb(left, right)))]
    script = (
        "while [ $# -gt 0 ]; do case $3 in -1) sign=lt;; 0) sign=eq;; *) sign=gt;; esac; "
        f'{dpkg} --compare-versions "$1" $sign "$2" || echo "$1 $sign $2"; shift 3; done'
    )
    disputed = subprocess.run(["sh", "-c", script, "sh", *words], capture_output=True, text=True, check=True).stdout

    assert disputed == ""


@pytest.mark.process
def test_rpm_agrees(need_program: Callable[[str], str]) -> None:
    """Rpm itself orders made-up versions as we do."""
    rpm = need_program("rpm")
    pairs = made_up_pairs(2, 200, ".~^_") + [(left, right) for kind, left, right in KNOWN if kind == "rpm"]
    listed = " ".join(f"{left}={right}" for left, right in pairs)
    lua = f"%{{lua: for l, r in string.gmatch('{listed}', '([^ ]+)=([^ ]+)') do print(rpm.vercmp(l, r) .. ' ') end}}"
    answers = subprocess.run([rpm, "--eval", lua], capture_output=True, text=True, check=True).stdout

    assert [int(answer) for answer in answers.split()] == [compare_rpm(left, right) for left, right in pairs]
