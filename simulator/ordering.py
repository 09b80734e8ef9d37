"""Which of two versions is newer, as dpkg and rpm decide.

rpm's rule: runs of digits and of letters are compared in turn, digits win over letters, `~` comes before everything,
`^` after the bare version. Source: rpm's documentation of version comparison.
"""

from __future__ import annotations

import itertools
import re

from debian.debian_support import Version

from simulator.contract import PackageFormat

_SEGMENT = re.compile(r"[0-9]+|[a-zA-Z]+|~|\^")


def is_newer(version: str, other: str, package_format: PackageFormat) -> bool:
    """Say whether a version is newer than another one."""
    return compare_deb(version, other) > 0 if package_format == "deb" else compare_rpm(version, other) > 0


def compare_deb(left: str, right: str) -> int:
    """Give -1, 0 or 1 as dpkg orders them."""
    one, two = Version(left), Version(right)
    return (one > two) - (one < two)


def compare_rpm(left: str, right: str) -> int:
    """Give -1, 0 or 1 as rpm orders `[epoch:]version-release`."""
    (epoch, version, release), (epoch2, version2, release2) = _split(left), _split(right)
    return compare_rpm_part(epoch, epoch2) or compare_rpm_part(version, version2) or compare_rpm_part(release, release2)


def _split(text: str) -> tuple[str, str, str]:
    epoch, colon, rest = text.partition(":")
    version, _, release = (rest if colon else text).partition("-")
    return (epoch if colon else "0"), version, release


def compare_rpm_part(left: str, right: str) -> int:
    """Give -1, 0 or 1 as rpm orders one part."""
    for one, two in itertools.zip_longest(_SEGMENT.findall(left), _SEGMENT.findall(right), fillvalue=""):
        if one == two:
            continue
        order = _compare_segment(one, two)
        if order:
            return order
    return 0


def _compare_segment(one: str, two: str) -> int:
    for lowest in ("~", "", "^"):
        if lowest in (one, two):
            return -1 if one == lowest else 1
    if one.isdigit() != two.isdigit():
        return 1 if one.isdigit() else -1
    if one.isdigit():
        return (int(one) > int(two)) - (int(one) < int(two))
    return (one > two) - (one < two)
