"""Who is a member of which group, and what number and shell an account has, by lines of /etc/passwd and /etc/group."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.state import Transition

_OF_GROUP, _OF_ACCOUNT = 3, 6  # colons of a line
_MEMBERS = 3  # the place of a group's


def memberships(lines: Iterable[str]) -> set[tuple[str, str]]:
    """Give (group, member) of each member that a group names."""
    return {(words[0], member) for words in _groups(lines) for member in words[_MEMBERS].split(",") if member}


def moved(before: Iterable[str], after: Iterable[str], group: str) -> tuple[str, ...]:
    """Give who has come into a group or is no member of it any more."""
    return tuple(sorted(member for name, member in memberships(before) ^ memberships(after) if name == group))


def numbers(lines: Iterable[str]) -> dict[tuple[str, str], str]:
    """Give the number of each account and each group, by ("account" or "group", name)."""
    split = [line.split(":") for line in lines]
    kinds = {_OF_ACCOUNT + 1: "account", _OF_GROUP + 1: "group"}
    return {(kinds[len(words)], words[0]): words[2] for words in split if len(words) in kinds}


def signs_in(line: str) -> tuple[str, str]:
    """Give the name and the shell of a line of /etc/passwd; a group has none."""
    words = line.split(":")
    return words[0], words[6] if len(words) == _OF_ACCOUNT + 1 else ""


def of_those_that_stay(transition: Transition) -> tuple[set[str], set[str]]:
    """Give the lines before and after without members whose account has come or gone: it is told of by itself."""
    looks = [transition.before.accounts, transition.after.accounts]
    there = [{name for kind, name in numbers(lines) if kind == "account"} for lines in looks]
    passing = there[0] ^ there[1]
    before, after = ({_without(line, passing) for line in lines} for lines in looks)
    return before, after


def _groups(lines: Iterable[str]) -> Iterable[list[str]]:
    return (line.split(":") for line in lines if line.count(":") == _OF_GROUP)


def _without(line: str, passing: set[str]) -> str:
    if line.count(":") != _OF_GROUP:
        return line
    *words, members = line.split(":")
    return ":".join([*words, ",".join(member for member in members.split(",") if member not in passing)])
