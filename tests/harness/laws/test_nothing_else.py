"""What others have on the machine goes on: their units, what the package manager and the engine keep, alternatives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from harness.laws.nothing_else import judge
from harness.model.state import FileFacts, FileState, Process
from tests.harness.laws.values import (
    BARE,
    HIMDS,
    NEW,
    OLD,
    PRODUCT,
    PROGRAM,
    ROOT,
    file,
    make_state,
    make_transition,
    make_trial,
    new_file,
    payload,
    summaries,
)

ENABLED = {"cron.service": "enabled", "probe.service": "static", "clean.timer": "static"}


def _summaries(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    trial = make_trial(make_transition("upgrade", make_state(**before), make_state(**after)))
    return [finding.summary for finding in judge(trial)]


def test_an_enabled_unit_of_others_is_stopped() -> None:
    """Or a timer. A static service may end by itself; one that is disabled is told as such."""
    active = {"other_units": ENABLED, "active_units": ("cron.service", "probe.service", "clean.timer")}
    disabled = {"other_units": {**ENABLED, "cron.service": "disabled"}, "active_units": ("clean.timer",)}

    assert _summaries(active, {"other_units": ENABLED}) == [
        "the unit clean.timer, which is not the package's, is stopped",
        "the unit cron.service, which is not the package's, is stopped",
    ]
    assert not _summaries({"other_units": ENABLED}, active)
    assert _summaries(active, disabled) == ["the unit cron.service, which is not the package's, changes"]


@pytest.mark.parametrize(
    ("before", "after", "verb"),
    [({"/etc/hosts": "a"}, {"/etc/hosts": "b"}, "changes"), ({}, {"/etc/hosts": "a"}, "appears"),
     ({"/etc/hosts": "a"}, {}, "goes")],
)  # fmt: skip
def test_a_file_that_no_watch_sees(before: dict[str, str], after: dict[str, str], verb: str) -> None:
    """The engine's files and the package manager's registers."""
    found = _summaries({"unwatched": before}, {"unwatched": after})

    assert found == [f"/etc/hosts, which all of the machine heeds, {verb}"]


ALTERNATIVE = {
    "files": {
        PROGRAM: new_file(mode="755"),
        "/usr/bin/tool": new_file(kind="l", link="/etc/alternatives/tool"),
        "/etc/alternatives/tool": new_file(kind="l", link=PROGRAM),
    },
    "unwatched": {"/var/lib/dpkg/alternatives/tool": "a"},
}


def test_a_link_of_the_alternatives_that_leads_to_the_package_is_its_own() -> None:
    """Both links and what is written down of them, when they come and when they go."""
    assert not _summaries({}, ALTERNATIVE)
    assert not _summaries(ALTERNATIVE, {})


def test_a_link_of_the_alternatives_that_leads_elsewhere_is_not() -> None:
    """A package may not choose an editor for everybody."""
    link = FileState(file(kind="l", link="/bin/vi"), file(kind="l", link="/bin/ed"))
    files = {PROGRAM: new_file(mode="755"), "/etc/alternatives/editor": link}

    assert _summaries({}, {"files": files, "unwatched": {"/var/lib/dpkg/alternatives/editor": "b"}}) == [
        "/etc/alternatives/editor, which is not the package's, changes",
        "/var/lib/dpkg/alternatives/editor, which all of the machine heeds, appears",
    ]


@pytest.mark.parametrize(
    ("path", "is_found"),
    [("/etc/a.conf.rpmsave", False), ("/etc/a.conf.dpkg-dist", False), ("/etc/b.conf.rpmsave", True),
     ("/etc/a.conf.bak", True), (f"{PRODUCT.configuration[0]}.ucf-dist", False), ("/etc/a.conf.ucf-dist", True)],
)  # fmt: skip
def test_what_a_package_manager_keeps_of_configuration(path: str, is_found: bool) -> None:
    """An edited file that stays is no defect, nor what ucf keeps of a declared one; those of others are."""
    trial = make_trial(
        make_transition("remove", make_state(), make_state(files={path: new_file()})),
        files=(payload("/etc/a.conf", config=True),),
    )

    assert bool(list(judge(trial))) is is_found


def test_a_folder_of_all_stays_as_it_is() -> None:
    """Although packages list it; one that came with the package goes with it."""
    shared = file(kind="d", mode="755")
    listed = {"owned": (PROGRAM, "/opt", "/usr/lib/systemd/system")}
    gone = {**listed, "files": {"/srv": FileState(shared, None), "/opt/azcmagent": FileState(None, None)}}
    narrowed = {**listed, "files": {"/usr/lib/systemd/system": FileState(shared, file(kind="d", mode="700"))}}

    assert _summaries(listed, gone) == ["the folder /srv, which was there before, is taken away"]
    assert _summaries(listed, narrowed) == ["the folder /usr/lib/systemd/system, which was there before, changes"]


def test_a_unit_of_others_is_restarted_or_fails() -> None:
    """One that goes on has its process, whatever comes and goes beside it."""
    units = {"other_units": ENABLED, "active_units": ("cron.service",)}
    before = {**units, "processes": (Process(1, "root", "cron.service", "cron"),)}
    other = {**units, "processes": (Process(2, "root", "cron.service", "cron"),)}
    beside = {**units, "processes": (*before["processes"], Process(3, "root", "cron.service", "job"))}

    assert _summaries(before, other) == ["the unit cron.service, which is not the package's, is restarted"]
    assert not _summaries(before, beside)
    assert _summaries(before, {**before, "failed_units": ("probe.service",)}) == [
        "the unit probe.service, which is not the package's, fails"
    ]


@pytest.mark.parametrize(
    ("shell", "is_known", "found"),
    [("/bin/bash", False, ["the product's account himds may sign in"]), ("/bin/bash", True, []),
     ("/usr/sbin/nologin", False, []), ("/bin/false", False, [])],
)  # fmt: skip
def test_an_account_with_a_shell(shell: str, is_known: bool, found: list[str]) -> None:
    """Told where the previous release had given it none."""
    with_shell = (*ROOT, HIMDS[0].replace("/usr/sbin/nologin", shell), HIMDS[1])
    steps = [make_transition("install", BARE, make_state(accounts=with_shell))]
    if is_known:
        steps.insert(0, make_transition("install", BARE, make_state(installed=OLD, accounts=with_shell)))

    assert [finding.summary for finding in judge(make_trial(*steps))] == found


@pytest.mark.parametrize(("number", "found"), [(1001, True), (998, False), (65534, False)])
def test_an_account_among_those_of_people(number: int, found: bool) -> None:
    """A product's account has a number below those that an administrator gives to people."""
    line = f"himds:x:{number}:100::/var/opt/azcmagent:/usr/sbin/nologin"
    step = make_transition("install", BARE, make_state(accounts=(*ROOT, line)))
    wanted = "the product's account or group himds is one of a person"

    assert (wanted in summaries("nothing-else", make_trial(step))) is found


@pytest.mark.parametrize("now", [file(mode="666"), file("b"), None], ids=["opened", "written", "gone"])
def test_who_may_read_accounts(now: FileFacts | None) -> None:
    """A new account is written there; neither mode nor owner changes by that."""
    step = make_transition("install", BARE, make_state(files={"/etc/shadow": FileState(file(), now)}))
    found = [] if now == file("b") else ["/etc/shadow changes its mode or owner"]

    assert summaries("nothing-else", make_trial(step)) == found


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"himds": "locked"}, {"himds": "empty"}, ["the product's account himds signs in without a password"]),
        ({"root": "locked"}, {"root": "locked", "himds": "set 1"}, ["the product's account himds has got a password"]),
        ({"root": "set 1"}, {"root": "set 2"}, ["the password of the account root changes"]),
        ({"root": "set 1"}, {"root": "locked"}, ["the password of the account root changes"]),
        ({"himds": "empty"}, {"himds": "locked"}, []),
        ({"root": "locked"}, {"root": "locked", "himds": "locked"}, []),
        ({}, {"root": "empty"}, []),
    ],
    ids=["emptied", "new", "changed", "locked", "mended", "new and locked", "nobody has looked"],
)
def test_passwords(before: dict[str, str], after: dict[str, str], found: list[str]) -> None:
    """Those of others stay; the product's accounts have none."""
    assert _summaries({"passwords": before}, {"passwords": after}) == found


def test_an_account_that_is_root_by_its_number() -> None:
    """`useradd --non-unique --uid 0`, which no shell and no password tells of."""
    step = make_transition("install", BARE, make_state(accounts=(*ROOT, "himds:x:0:999::/:/usr/sbin/nologin")))
    summary = "the product's account or group himds is root by its number"

    assert [finding.summary for finding in judge(make_trial(step))] == [summary]


@pytest.mark.parametrize(
    ("path", "was", "now", "found"),
    [
        ("/usr/bin/tool", file(mode="755"), file(mode="777"), "changes its mode or owner"),
        ("/usr/bin/tool", file(), None, "goes"),
        ("/usr/bin/tool", file("a"), file("b"), ""),
        ("/usr/bin/tool", None, file(), ""),
        ("/var/log/boot.log", file(mode="640"), file(mode="600"), ""),
    ],
    ids=["mode", "gone", "content", "new", "a log"],
)
def test_what_a_boot_does_to_others(path: str, was: FileFacts | None, now: FileFacts | None, found: str) -> None:
    """As a line of tmpfiles.d may; a boot writes as well."""
    before, after = FileState(was, was), FileState(was, now)
    states = make_state(files={path: before}), make_state(files={path: after})
    told = [finding.summary for finding in judge(make_trial(make_transition("reboot", *states)))]

    assert told == [f"{path}, which is not the package's, {found} at boot"] * bool(found)


def test_what_a_program_does_to_others_once_it_is_connected() -> None:
    """No script has run then."""
    states = make_state(), make_state(files={"/etc/profile": FileState(file("a"), file("b"))})
    told = [finding.summary for finding in judge(make_trial(make_transition("connect", *states)))]

    assert told == ["/etc/profile, which is not the package's, changes"]


def test_what_the_running_kernel_and_its_firewall_do() -> None:
    """Both are told with what was and what is."""
    after = {"kernel": {"/proc/sys/net/ipv4/ip_forward": "1"}, "firewall": ("nft table inet filter {",)}
    step = make_transition("upgrade", make_state(), make_state(**after))
    findings = list(judge(make_trial(step)))

    assert [(finding.summary, finding.evidence) for finding in findings] == [
        ("the kernel's net.ipv4.ip_forward changes", ("as at first -> 1",)),
        ("the rules of the firewall change", ("new: nft table inet filter {",)),
    ]
    assert "nft" in findings[1].about
    assert not _summaries(after, after)


def test_a_file_of_others_that_the_package_takes_over() -> None:
    """Whatever it says to replace: it is there before, and gone with the package."""
    theirs, ours = file("theirs"), file("ours")
    path = "/usr/share/base-files/profile"
    before = msgspec.structs.replace(BARE, files={})
    taken = make_state(owned=(PROGRAM, path), files={path: FileState(theirs, ours)})
    gone = msgspec.structs.replace(BARE, files={path: FileState(theirs, None)})
    same = make_state(owned=(PROGRAM, path), files={PROGRAM: new_file(mode="755")})

    trial = make_trial(make_transition("install", before, taken), make_transition("uninstall", taken, gone))
    assert summaries("nothing-else", trial) == [
        f"{path}, which was there before the package, is replaced by the package's",
        f"{path}, which was there before the package, goes with the package",
    ]
    assert not summaries("nothing-else", make_trial(make_transition("install", before, same)))
    back = msgspec.structs.replace(BARE, files={path: FileState(theirs, theirs)})
    assert not summaries("nothing-else", make_trial(make_transition("uninstall", taken, back)))


def test_a_file_of_others_that_the_previous_release_has_taken_over() -> None:
    """It is no news; one that it had as it was is."""
    path = "/usr/share/base-files/profile"
    new, old, same = (
        make_state(owned=(PROGRAM, path), files={path: FileState(file("theirs"), file(text))}, installed=version)
        for text, version in (("new", NEW), ("old", OLD), ("theirs", OLD))
    )
    told = [f"{path}, which was there before the package, is replaced by the package's"]

    assert not summaries("nothing-else", make_trial(make_transition("upgrade", old, new)))
    assert summaries("nothing-else", make_trial(make_transition("upgrade", same, new))) == told


@pytest.mark.parametrize(
    ("port", "text", "is_told"),
    [
        ("any:25", "25 6 * * * root /opt/a\n", False),
        ("any:25", "MAILTO=\n25 6 * * * root /opt/a\n", False),
        ("any:25", "[Socket]\nListenStream=[::]:25\n", True),
        ("any:8125/udp", "[Socket]\nListenDatagram=8125\n", True),
        ("any:8125", "ExecStart=/opt/a --port 8125\n", True),
        ("any:8125/udp", "ExecStartPost=/bin/sh -c \"it.bind(('0.0.0.0', 8125))\"\n", True),
        ("any:25", "5,25 6 * * * root /opt/a\n", False),
        ("any:8125", "ExecStart=/opt/a --port 81250\n", False),
    ],
)
def test_who_is_to_blame_for_a_port(port: str, text: str, is_told: bool) -> None:
    """The file that says so, and none that has such a number for another reason."""
    other = payload("/etc/cron.d/azcmagent", text=text)
    step = make_transition("install", BARE, make_state(listening=(port,)))
    (finding,) = [f for f in judge(make_trial(step, files=(other,))) if "listens" in f.summary]

    assert (finding.about, finding.by_file) == ((other.path if is_told else port[4:].removesuffix("/udp"),), is_told)


def test_a_port_of_udp_that_goes_is_looked_for_by_its_number() -> None:
    """No script holds the word that tells UDP."""
    step = make_transition("upgrade", make_state(listening=("any:8125/udp",)), make_state(listening=()))

    assert [finding.about for finding in judge(make_trial(step))] == [("8125",)]


def test_the_earlier_name_is_no_other_package() -> None:
    """It goes when the package comes under its new one."""
    before, after = make_state(packages={"old-agent": OLD}), make_state(packages={"azcmagent": "1.68.1.1"})
    trial = make_trial(make_transition("upgrade", before, after))

    assert summaries("nothing-else", trial) == ["the package old-agent changes"]
    product = msgspec.structs.replace(trial.product, formerly=("old-agent",))
    assert not summaries("nothing-else", replace(trial, product=product))
