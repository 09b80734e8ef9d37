"""Files that scripts and programs make where programs of others read them: they count as if they had been delivered."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import Trial, merged
from harness.model.state import State
from simulator.contract import PackageContents, PayloadFile


def made_files(trial: Trial, state: State, edited: tuple[str, ...] = ()) -> Iterator[PayloadFile]:
    """Give those of the product that a look has seen, with their text.

    What administrators have edited is left out, and the package manager's copies of configuration.
    """
    packages = (trial.new, *([trial.old] if trial.old else []))
    delivered = {merged(file.path) for package in packages for file in package.files}
    for path, found in sorted(state.files.items()):
        now = found.now
        if now is None or not now.text or merged(path) in delivered or path in edited or not trial.is_own(path, state):
            continue
        if trial.is_kept_configuration(path):
            continue
        user, _, group = now.owner.partition(":")
        yield PayloadFile(path=path, kind=now.kind, mode=now.mode, owner=user, group=group, text=now.text)


def all_made_by(trial: Trial, package: PackageContents) -> Iterator[PayloadFile]:
    """Give what a release was seen to make on ordinary machines, by all looks: it may differ from one to another."""
    for run in trial.runs:
        for step in run.transitions if not run.environment else ():
            if step.after.installed == package.package.version:
                yield from made_files(trial, step.after, step.edited)


def made_by(trial: Trial, package: PackageContents) -> list[PayloadFile]:
    """Give what a release makes on ordinary machines, as the first look that has a path saw it."""
    found: dict[str, PayloadFile] = {}
    for file in all_made_by(trial, package):
        found.setdefault(file.path, file)
    return list(found.values())
