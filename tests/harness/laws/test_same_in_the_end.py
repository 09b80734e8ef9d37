"""Ways that lead to the same release lead to the same machine; what a downgrade may keep of the newer one."""

from __future__ import annotations

import pytest

from harness.laws import LAWS
from harness.laws.same_in_the_end import judge
from harness.laws.trial import Trial
from harness.model.state import PURGE_OF_EARLIER, REFUSED_UPGRADE, UnitState
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


@pytest.mark.parametrize(
    ("accounts", "is_found"),
    [(HIMDS, False), (("other:x:5:5::/:/bin/false",), True), ((), False)],
    ids=["declared", "not declared", "none"],
)
def test_an_account_stays_after_a_downgrade(accounts: tuple[str, ...], is_found: bool) -> None:
    """Accounts that the product declares are kept by design, as after a removal; others are left behind."""
    old = make_state(installed=OLD, accounts=ROOT)
    new, back = make_state(accounts=(*ROOT, *accounts)), make_state(installed=OLD, accounts=(*ROOT, *accounts))
    trial = make_trial(
        make_transition("install", old, old),
        make_transition("upgrade", old, new),
        make_transition("downgrade", new, back),
    )

    assert [f.summary for f in judge(trial) if "accounts" in f.summary] == [
        "up and down does not lead back: accounts"
    ] * is_found


@pytest.mark.parametrize(
    ("path", "link", "config", "is_found"),
    [("/etc/a.conf", "", True, False), ("/etc/a.conf", "", False, True),
     ("/etc/alternatives/a", PROGRAM, False, False), ("/etc/alternatives/a", "/bin/ed", False, True)],
    ids=["configuration", "not configuration", "alternative", "another's alternative"],
)  # fmt: skip
def test_a_file_stays_after_a_downgrade(path: str, link: str, config: bool, is_found: bool) -> None:
    """What the older release cannot take away, since it does not know it, is no defect."""
    files = {path: new_file(kind="l", link=link) if link else new_file()}
    old = make_state(installed=OLD, files={})
    trial = make_trial(
        make_transition("install", old, old),
        make_transition("upgrade", old, make_state(files=files)),
        make_transition("downgrade", make_state(files=files), make_state(installed=OLD, files=files)),
        files=(payload(path, config=config),),
    )

    assert [f.summary for f in judge(trial) if "down" in f.summary] == [
        f"up and down does not lead back: {path}"
    ] * is_found


def test_ways_that_differ() -> None:
    """Fresh and upgraded, up and down, twice and once: each pair is compared."""
    fresh, old = make_state(), make_state(installed=OLD)
    odd = {PROGRAM: new_file(mode="755"), "/usr/bin/azcmagent": new_file(kind="l", link="/x")}
    first = make_trial(
        make_transition("install", BARE, fresh), make_transition("reinstall", fresh, make_state(files=odd))
    )
    second = make_trial(
        make_transition("install", BARE, old),
        make_transition("upgrade", old, make_state(files=odd)),
        make_transition("downgrade", make_state(files=odd), make_state(installed=OLD, files=odd)),
    )
    trial = Trial(first.product, first.new, first.old, (*first.runs, *second.runs))

    assert summaries("same-in-the-end", trial) == [
        "installing twice is not installing once: /usr/bin/azcmagent",
        "up and down does not lead back: /usr/bin/azcmagent",
        "an upgraded machine differs from a new one: /usr/bin/azcmagent",
    ]


def test_services_that_differ_are_one_finding() -> None:
    """What stops one usually stops all."""
    stopped = make_state(units={"himdsd": UnitState("inactive", "disabled")})
    trial = make_trial(make_transition("reinstall", make_state(), stopped))
    found = list(LAWS["same-in-the-end"](trial))

    assert [(finding.summary, finding.about, finding.evidence) for finding in found] == [
        ("installing twice is not installing once: services himdsd", ("himdsd",),
         ("himdsd expected: ('active', 'enabled'), found: ('inactive', 'disabled')",)),
    ]  # fmt: skip


@pytest.mark.parametrize(("is_before", "is_found"), [(True, False), (False, True)], ids=["before it", "in it"])
def test_what_somebody_else_does_between_two_steps(is_before: bool, is_found: bool) -> None:
    """As a new key of the repository; what comes in the upgrade itself is the package's matter."""
    files = {PROGRAM: new_file(mode="755"), "/etc/key": new_file()}
    old = make_state(installed=OLD)
    before = make_state(installed=OLD, files=files) if is_before else old
    fresh = make_trial(make_transition("install", BARE, make_state()))
    upgraded = make_trial(
        make_transition("install", BARE, old), make_transition("upgrade", before, make_state(files=files))
    )
    trial = Trial(fresh.product, fresh.new, fresh.old, (*fresh.runs, *upgraded.runs))

    assert [f.summary for f in judge(trial)] == ["an upgraded machine differs from a new one: /etc/key"] * is_found


def test_what_is_left_of_the_earlier_name_goes_without_harm() -> None:
    """It takes nothing of the present one, and the package is there afterwards."""
    link = "/usr/bin/azcmagent"
    files = {PROGRAM: new_file(mode="755"), link: new_file(kind="l", link=PROGRAM)}
    before, gone = make_state(files=files), make_state()
    named = "purging the package's earlier name takes something of the present one"

    found = summaries("same-in-the-end", make_trial(make_transition(PURGE_OF_EARLIER, before, gone)))
    assert found == [f"{named}: {link}"]
    absent = make_trial(make_transition(PURGE_OF_EARLIER, before, BARE))
    assert summaries("package-database", absent) == ["the package is absent instead of installed"]
    assert not summaries("same-in-the-end", make_trial(make_transition(PURGE_OF_EARLIER, before, before)))


def test_a_refused_upgrade_leaves_all_as_it_was() -> None:
    """Its error text is nobody's fault then; a service that stays stopped is."""
    output = "dpkg: error processing archive next.deb (--install)"
    stopped = make_state(units={"himdsd": UnitState("inactive", "enabled")}, listening=())
    clean, traces = (
        make_trial(make_transition(REFUSED_UPGRADE, make_state(), after, output=output, status=1, accepted_exits=(1,)))
        for after in (make_state(), stopped)
    )

    assert not [finding for judge_law in LAWS.values() for finding in judge_law(clean)]
    named = "an upgrade that was refused leaves traces"
    assert summaries("same-in-the-end", traces) == [f"{named}: services himdsd", f"{named}: listening ports"]
    assert summaries("services-keep-state", traces) == ["the service himdsd was active and is inactive"]
