"""Rights of programs: what the package holds, what its scripts give, and what the previous release had already."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.laws.files_sane import judge
from harness.laws.trial import Trial
from harness.model.state import FileFacts, FileState, State
from tests.harness.laws.values import (
    BARE,
    HIMDS,
    OLD,
    PROGRAM,
    ROOT,
    make_state,
    make_transition,
    make_trial,
    new_file,
    payload,
    summaries,
)

UNITS = "/usr/lib/systemd/system"
SETUID = f"{PROGRAM} runs with the rights of its owner or group (setuid, setgid)"
NET_RAW = "0100000200200000000000000000000000000000"  # as setcap writes cap_net_raw=ep
CAPABLE = f"{PROGRAM} runs with capabilities of root"


def _installed(facts: FileFacts, **file: Any) -> Trial:
    state = make_state(files={PROGRAM: FileState(None, facts)})
    return make_trial(make_transition("install", make_state(), state), files=(payload(**file),))


def _found(trial: Trial) -> list[tuple[str, bool]]:
    return [(finding.summary, finding.where is None) for finding in judge(trial)]


def test_a_script_gives_a_delivered_program_more_rights() -> None:
    """The package itself is innocent."""
    assert _found(_installed(FileFacts("f", "4755", "0:0", 1, "", "a"))) == [(SETUID, False)]
    for attribute in (f"security.capability={NET_RAW}", "capabilities=cap_net_raw=ep", "capabilities==ep"):
        assert _found(_installed(FileFacts("f", "755", "0:0", 1, "", "a", (attribute,)))) == [(CAPABLE, False)]
    assert not _found(_installed(FileFacts("f", "755", "0:0", 1, "", "a", ("user.note=00",))))


def test_an_empty_set_of_capabilities_gives_no_rights() -> None:
    """A script that takes them away with setcap leaves the attribute."""
    for attribute in (f"security.capability=00000002{'0' * 32}", "capabilities=="):
        assert not _found(_installed(FileFacts("f", "755", "0:0", 1, "", "a", (attribute,))))


def test_what_the_package_holds_is_told_once() -> None:
    """Of the package, not of each machine."""
    facts = FileFacts("f", "4755", "0:0", 1, "", "a", (f"security.capability={NET_RAW}",))

    assert _found(_installed(facts, mode="4755", capabilities="cap_net_raw=ep")) == [(SETUID, True), (CAPABLE, True)]


def test_what_the_previous_release_had_is_no_news() -> None:
    """Rights that are declared; what anybody may write to is never right."""
    trial = make_trial(files=(payload(mode="4757", capabilities="cap_net_raw=ep"),))
    assert trial.old is not None
    known = Trial(trial.product, trial.new, msgspec.structs.replace(trial.old, files=trial.new.files), ())

    assert _found(known) == [(f"{PROGRAM} may be written by anybody", True)]


def test_a_file_that_moved_below_usr_is_the_same_file() -> None:
    """What it might do there it may do here, and its mode has changed; what the package says is told once."""
    trial = make_trial(files=(payload("/usr/lib/a", mode="4755"), payload("/usr/lib/b", mode="700")))
    assert trial.old is not None
    older = msgspec.structs.replace(trial.old, files=(payload("/lib/a", mode="4755"), payload("/lib/b")))
    after = make_state(files={"/usr/lib/a": new_file(mode="4755")}, owned=("/usr/lib/a",))
    packed = make_trial(make_transition("install", BARE, after), files=(payload("/lib/a", mode="4755"),))

    assert _found(Trial(trial.product, trial.new, older, ())) == [("/usr/lib/b changes its mode or owner", True)]
    assert [found for found in _found(packed) if "setuid" in found[0]] == [(SETUID.replace(PROGRAM, "/lib/a"), True)]


def test_a_file_of_the_builders() -> None:
    """Accounts of the product may own what it brings."""
    files = (payload(owner="builder"), payload("/opt/a", owner="1000"), payload("/opt/b", owner="himds"))

    assert _found(make_trial(files=files)) == [
        (f"{path} belongs to {owner}, who is neither root nor an account of the product", True)
        for path, owner in ((PROGRAM, "builder"), ("/opt/a", "1000"))
    ]


@pytest.mark.parametrize(
    ("facts", "is_found"),
    [({"mode": "644"}, True), ({"owner": "himds"}, True), ({"group": "himds"}, True), ({}, False),
     ({"kind": "l", "mode": "777"}, False)],
    ids=["mode", "owner", "group", "same", "link"],
)  # fmt: skip
def test_a_file_that_changes_its_rights(facts: dict[str, str], is_found: bool) -> None:
    """Since the previous release: what no service and no command of a lifecycle may notice."""
    found = [finding.summary for finding in judge(make_trial(files=(payload(**facts),)))]

    assert (f"{PROGRAM} changes its mode or owner" in found) is is_found


@pytest.mark.parametrize(("folder", "is_found"), [("755", True), ("750", False)])
def test_a_socket_for_anybody(folder: str, is_found: bool) -> None:
    """One in a folder that keeps others out may have any mode."""
    files = {
        "/var/opt/azcmagent/socks": FileState(None, FileFacts("d", folder, "0:0")),
        "/var/opt/azcmagent/socks/a": FileState(None, FileFacts("s", "777", "0:0")),
    }
    trial = make_trial(make_transition("install", make_state(), make_state(files=files)))

    assert [summary for summary, _ in _found(trial)] == [
        "/var/opt/azcmagent/socks/a is a socket to which anybody may write"
    ] * is_found


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"mode": "4755"}, f"{PROGRAM} runs with the rights of its owner or group (setuid, setgid)"),
        ({"mode": "777"}, f"{PROGRAM} may be written by anybody"),
    ],
)
def test_modes_in_the_package(changed: dict[str, str], expected: str) -> None:
    """What is delivered wrong needs no machine to be seen."""
    assert summaries("files-sane", make_trial(files=(payload(**changed),))) == [expected]


@pytest.mark.parametrize("kind", ["install", "reboot", "connect"])
def test_what_anybody_may_write_to_below_run(kind: str) -> None:
    """A file with a process id that somebody else may change lets root kill what it is told to."""
    line = "/run/azcmagent/himds.pid f 666 himds"
    step = make_transition(kind, make_state(installed=OLD), make_state(open_to_all=(line,)))
    known = make_transition(kind, make_state(open_to_all=(line,)), make_state(open_to_all=(line,)))

    assert summaries("files-sane", make_trial(step)) == ["/run/azcmagent/himds.pid may be written by anybody"]
    assert not summaries("files-sane", make_trial(known))


@pytest.mark.parametrize(
    ("accounts", "found"),
    [((*ROOT, HIMDS[1]), ["files stay whose account has gone"]), ((*ROOT, *HIMDS), [])],
    ids=["gone, but for its group", "kept"],
)
def test_files_that_stay_when_their_account_goes(accounts: tuple[str, ...], found: list[str]) -> None:
    """Whoever gets its number next gets them."""
    after = msgspec.structs.replace(BARE, accounts=accounts, files={"/var/opt/azcmagent/a": new_file(owner="998:998")})
    step = make_transition("uninstall", make_state(), after)

    assert summaries("files-sane", make_trial(step)) == found
    assert [finding.about for finding in judge(make_trial(step))] == [("himds",)] * len(found)


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (f"{UNITS}/himdsd.service", "[Service]\nRuntimeDirectory=other azcmagent\n", True),
        ("/usr/lib/tmpfiles.d/a.conf", "d /run/azcmagent 0777 himds himds -\n", True),
        (f"{UNITS}/himdsd.service", "[Service]\nRuntimeDirectory=azcmagent2\n", False),
    ],
)
@pytest.mark.parametrize("name", ["azcmagent", "azcmagent++", "azcmagent("])
def test_what_makes_a_folder_below_run(path: str, text: str, found: bool, name: str) -> None:
    """A file of the package, and no script; a name may have characters that mean something in a pattern."""
    place = f"/run/{name}"
    step = make_transition("install", BARE, make_state(open_to_all=(f"{place} d 777 himds",)))
    text = text.replace("azcmagent", name)
    findings = list(judge(make_trial(step, files=(payload(path, mode="644", text=text),))))

    assert [(f.about, f.by_file) for f in findings] == [((path,), True) if found else ((place,), False)]


@pytest.mark.parametrize(
    ("path", "mode", "owner", "writer"),
    [
        (PROGRAM, "755", "998:998", "himds"),
        (PROGRAM, "775", "0:998", "himds"),
        ("/opt/azcmagent/bin", "755", "998:998", "himds"),
        (PROGRAM, "755", "0:998", ""),
        (PROGRAM, "555", "998:998", ""),
    ],
)
def test_programs_are_root_s_alone(path: str, mode: str, owner: str, writer: str) -> None:
    """Who may write a program, or what is beside it, does what root does; the previous release's is known."""
    bin_folder = FileState(None, FileFacts("d", "755", "0:0"))
    files = {PROGRAM: FileState(None, FileFacts("f", "755", "0:0", 1, "", "a")), "/opt/azcmagent/bin": bin_folder}
    kind = "f" if path == PROGRAM else "d"
    files[path] = FileState(None, FileFacts(kind, mode, owner, 1, "", "a"))
    state = make_state(files=files, owned=(PROGRAM, "/opt/azcmagent/bin"))
    old = msgspec.structs.replace(state, installed=OLD)

    told = f"programs may be changed by {writer}, and root runs what is there"
    assert summaries("files-sane", make_trial(make_transition("install", BARE, state))) == [told] * bool(writer)
    assert not summaries("files-sane", make_trial(make_transition("upgrade", old, state)))
    known = make_trial(make_transition("install", BARE, old), make_transition("upgrade", old, state))
    assert not summaries("files-sane", known)


@pytest.mark.parametrize(("writer", "known"), [("998:998", True), ("0:0", False)])
def test_a_tree_that_an_account_owns(writer: str, known: bool) -> None:
    """New names in it are no news where it had the tree before, and one finding where it had not."""
    folders = ("/opt/azcmagent", "/opt/azcmagent/bin", "/opt/azcmagent/lib2")
    programs = (PROGRAM, "/opt/azcmagent/bin/more", *(f"/opt/azcmagent/lib2/{number}" for number in range(20)))

    def tree(owner: str, *paths: str, **facts: Any) -> State:
        files = {path: new_file(kind="d" if path in folders else "f", mode="755", owner=owner) for path in paths}
        return make_state(files=files, owned=paths, **facts)

    old = tree(writer, *folders[:2], PROGRAM, installed=OLD)
    findings = list(judge(make_trial(make_transition("upgrade", old, tree("998:998", *folders, *programs)))))

    told = ["programs may be changed by himds, and root runs what is there"] * (not known)
    assert [finding.summary for finding in findings] == told
    assert [(len(finding.about), len(finding.evidence)) for finding in findings] == [(8, 8)] * (not known)


def test_a_program_that_a_script_makes_none() -> None:
    """dpkg --verify does not look at modes."""
    trial = _installed(FileFacts("f", "644", "0:0", 1, "", "a"))

    assert _found(trial) == [(f"the program {PROGRAM} cannot be executed", False)]


def test_a_program_that_moved_below_usr_and_cannot_be_executed() -> None:
    """The machine has it where the package's /lib leads to."""
    after = make_state(files={"/usr/lib/a": new_file(mode="644")}, owned=("/usr/lib/a",))
    trial = make_trial(make_transition("install", BARE, after), files=(payload("/lib/a"),))

    assert _found(trial) == [("the program /usr/lib/a cannot be executed", False)]


def test_programs_of_the_previous_release_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many transitions are judged: a package may have tens of thousands of files."""
    read: list[State] = []

    def note(state: State, _: str) -> str:
        read.append(state)
        return "himds:himds"

    monkeypatch.setattr("harness.laws.files_sane.named_owner", note)
    old = make_state(installed=OLD, files={PROGRAM: new_file(mode="755", owner="998:998")})
    list(judge(make_trial(*[make_transition("upgrade", old, make_state(files={}))] * 5)))

    assert len(read) == 5
