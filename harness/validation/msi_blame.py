"""Say which row of which table of an .msi to look at first: the one that names the finding, and has changed since.

An .msi has no maintainer scripts; what it does to a machine is written in its tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.laws.trial import STARTS, STOPS, Finding, Trial
from harness.model.validation import Blame
from simulator.contract import PackageContents

Row = dict[str, str]
_NAMED, _REFERRED, _NEWS, _APT = 6, 5, 4, 1  # how much each says; what is named or new wins over what is neither
#: Tables where a finding of a law is to be looked for when its words name no row.
_OF_LAW_WORDS = {
    "ends with exit status": ("CustomAction", "LaunchCondition", "InstallExecuteSequence"),
    "the package is ": ("Upgrade", "Property", "CustomAction", "InstallExecuteSequence"),
}
_ABOUT_SERVICES = (STOPS, STARTS)
_SERVICE_TABLES = ("ServiceControl", "ServiceInstall")
_TELLING = ("FileName", "Name", "ActionProperty", "Action", "DestName", "Target")  # columns that say more than a key
_VERSION = re.compile(r"\b\d+(?:\.\d+){1,3}\b|\{[0-9A-Fa-f-]{36}\}")
_VARIABLE_SIGNS = "=-+!*"  # before a name in the table Environment
_GUID_COLUMNS = ("ComponentId", "UpgradeCode")


@dataclass(frozen=True)
class _Suspect:
    table: str
    number: int | None  # None: a row that the previous release has
    row: Row
    is_news: bool


def blame_row(finding: Finding, trial: Trial) -> Blame | None:
    """Give the row, or None when none is named and none that could be guilty has changed."""
    suspects = [*_suspects(trial.new, trial.old)]
    words = [word.partition("=")[0] if "=" in word else word for word in finding.about]
    named = [[_names(suspect.row, word) for word in words] for suspect in suspects]
    referred = {
        suspect.row.get("Component_", "")
        for suspect, hits in zip(suspects, named, strict=True)
        if any(hits) and "Component_" in suspect.row
    }
    best, score = None, 0
    for suspect, hits in zip(suspects, named, strict=True):
        points = _points(suspect, finding, is_named=any(hits), referred=referred)
        if points > score:
            best, score = suspect, points
    return Blame(best.table, best.number, None, _label(best)) if best else None


def _points(suspect: _Suspect, finding: Finding, *, is_named: bool, referred: set[str]) -> int:
    """Say how much a row is suspected; not at all where nothing leads to it."""
    points = 0
    if is_named:
        points = _NAMED
    elif suspect.table == "Component" and suspect.row.get("Component", "") in referred:
        points = _REFERRED
    elif suspect.is_news and any(
        suspect.table in tables for said, tables in _OF_LAW_WORDS.items() if said in finding.summary
    ):
        points = _APT
    if not points:
        return 0
    is_apt = finding.deed in _ABOUT_SERVICES and suspect.table in _SERVICE_TABLES
    return points + _NEWS * suspect.is_news + _APT * is_apt


def _suspects(new: PackageContents, old: PackageContents | None) -> Iterator[_Suspect]:
    """Give the rows of the candidate, and those that only the previous release has."""
    for table, text in new.scripts.items():
        known = {_essence(row) for row in rows_of(old.scripts.get(table, ""))} if old else None
        for number, row in enumerate(rows_of(text), start=1):
            yield _Suspect(table, number, row, is_news=known is not None and _essence(row) not in known)
    for table, text in old.scripts.items() if old else ():
        keys = {_key(row) for row in rows_of(new.scripts.get(table, ""))}
        yield from (_Suspect(table, None, row, is_news=True) for row in rows_of(text) if _key(row) not in keys)


def rows_of(text: str) -> list[Row]:
    """Read a table's text: a line for each row, `Column=value` with tabs between."""
    return [dict(part.partition("=")[::2] for part in line.split("\t")) for line in text.splitlines()]


def _key(row: Row) -> str:
    """Give a row's key: its first column, but for codes, which may be another one in each release."""
    name, value = next(iter(row.items()), ("", ""))
    return row.get("ActionProperty", "") if name in _GUID_COLUMNS else value


def _essence(row: Row) -> str:
    """Give a row without what each release has anew: versions, and the product's code and size of files."""
    kept = {name: value for name, value in row.items() if name != "FileSize"}
    is_product = kept.get("Property") == "ProductCode"
    return repr({n: "" if is_product and n == "Value" else _versionless(v) for n, v in kept.items()})


def _versionless(value: str) -> str:
    return value if value.startswith("{") else _VERSION.sub("VERSION", value)


def _names(row: Row, word: str) -> bool:
    """Say whether a row is about a word: a service, a variable, a path of a file or of a value or key of the registry.

    A key's path ends with a backslash, and has no name that a command line could hold.
    """
    if not word:
        return False
    last = re.split(r"[/\\]", word)[-1]
    if last and last != word and re.search(rf"(?<![\w.-]){re.escape(last)}(?![\w.-])", row.get("Target", "")):
        return True  # the command line of a custom action
    if "\\" in word:
        return _is_of_registry(row, word)
    base = word.rpartition("/")[2]
    values = [
        row.get(column, "").rpartition("|")[2] for column in ("Name", "FileName", "DestName", "Property", "Action")
    ]
    if "/" not in word:
        return base in values
    return any(value == base or (value.endswith(".exe") and value == f"{base}.exe") for value in values if value)


def _is_of_registry(row: Row, word: str) -> bool:
    """Say whether a row is about a path of a value or, with a backslash at its end, of a key.

    Windows has classes below Software, and what components of 32 bits write below Wow6432Node, which no row says.
    """
    key, _, name = word.casefold().replace("\\wow6432node\\", "\\").rpartition("\\")
    key = key.partition("\\")[2]
    if "Environment" in row:
        variable = row.get("Name", "").lstrip(_VARIABLE_SIGNS).casefold()
        return key.endswith("environment") and name == variable
    own = row.get("Key", "").casefold()
    keys = {own, f"software\\classes\\{own}"} if own else set()
    return key in keys and name in (row.get("Name", "@").casefold(), "")


def _label(suspect: _Suspect) -> str:
    """Give a row's key, with what says more to people; and that it is gone, where it is."""
    key = next(iter(suspect.row.values()), "")
    more = next((suspect.row[c] for c in _TELLING if suspect.row.get(c) and suspect.row[c] != key), "")
    gone = ", which is gone since the previous release" if suspect.number is None else ""
    return f"{key}{f' ({more})' if more else ''}{gone}"
