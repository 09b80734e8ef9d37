"""Laws: claims about every transition, judged on what was taken down before and after, without being asked.

One file and one line each, in order of harm: what breaks a machine first, what offends a policy last. A law is a pure
function from a trial to findings. docs/laws.md says of each why it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.laws import (
    comes_back,
    edits_survive,
    ends_clean,
    files_sane,
    heartbeats_steady,
    hosts_declared,
    identity,
    journal_quiet,
    no_fixed_temporary_names,
    no_strays,
    nothing_else,
    nothing_left,
    package_database,
    reach_announced,
    same_in_the_end,
    secrets_hidden,
    services_keep_state,
    sound_package,
    state_survives,
    version_truth,
    within_budget,
)
from harness.laws.trial import Finding, Trial
from simulator.contract import PackageFormat

LAWS: dict[str, Callable[[Trial], Iterator[Finding]]] = {
    "ends-clean": ends_clean.judge,
    "package-database": package_database.judge,
    "identity": identity.judge,
    "state-survives": state_survives.judge,
    "secrets-hidden": secrets_hidden.judge,
    "services-keep-state": services_keep_state.judge,
    "edits-survive": edits_survive.judge,
    "heartbeats-steady": heartbeats_steady.judge,
    "comes-back": comes_back.judge,
    "nothing-else": nothing_else.judge,
    "files-sane": files_sane.judge,
    "no-fixed-temporary-names": no_fixed_temporary_names.judge,
    "journal-quiet": journal_quiet.judge,
    "hosts-declared": hosts_declared.judge,
    "no-strays": no_strays.judge,
    "nothing-left": nothing_left.judge,
    "version-truth": version_truth.judge,
    "same-in-the-end": same_in_the_end.judge,
    "sound-package": sound_package.judge,
    "reach-announced": reach_announced.judge,
    "within-budget": within_budget.judge,
}

#: Laws that cannot judge packages of a format, and why. A verdict names them, so that nobody takes silence for a pass.
NOT_JUDGED: dict[PackageFormat, dict[str, str]] = {
    "msi": {
        "files-sane": "Wine keeps no rights of Windows on files, and the modes of its files are its own",
        "no-fixed-temporary-names": "an .msi has no shell scripts, and Temp is Windows Installer's own",
        "journal-quiet": "Wine has no event log",
        "no-strays": "all programs of Windows are in one control group, and in no service's own",
    }
}
