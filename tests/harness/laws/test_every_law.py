"""Each law sees its defect, and none sees one in a clean package's lifecycle. Pure values; no machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.laws import LAWS
from harness.model.state import FileState, Process, Transition, UnitState
from tests.harness.laws.values import (
    BARE,
    BEFORE,
    HIMDS,
    NEW,
    OLD,
    PROGRAM,
    ROOT,
    file,
    make_state,
    make_transition,
    make_trial,
    new_file,
    summaries,
)


@pytest.fixture
def clean() -> tuple[Transition, ...]:
    """Give a whole life: installed, again, upgraded, restarted, removed."""
    new, old = make_state(), make_state(installed=OLD)
    restarted = make_state(units={"himdsd": UnitState("active", "enabled", "running", 200)})
    gone = msgspec.structs.replace(BARE, accounts=(*ROOT, *HIMDS))
    return (
        make_transition("install", BARE, old),
        make_transition("upgrade", old, restarted, output="Setting up azcmagent ...\n"),
        make_transition("reinstall", restarted, new),
        make_transition("reboot", new, restarted),
        make_transition("uninstall", restarted, gone),
    )


@pytest.mark.parametrize("law", LAWS)
def test_a_clean_life_breaks_no_law(law: str, clean: tuple[Transition, ...]) -> None:
    """No alarm without a defect."""
    assert summaries(law, make_trial(*clean)) == []


@pytest.mark.parametrize("law", LAWS)
def test_a_law_without_evidence_is_silent(law: str) -> None:
    """A package that was never installed is judged by what is in it."""
    assert summaries(law, make_trial()) == []


def _upgrade(law: str, expected: str, **after: object) -> Callable[..., None]:
    def test() -> None:
        running = {"himdsd": UnitState("active", "enabled", "running", 200)}
        step = make_transition(
            "upgrade", make_state(installed=OLD, files=BEFORE), make_state(**{"units": running, **after})
        )

        assert expected in summaries(law, make_trial(step))

    return test


test_a_half_installed_package = _upgrade(
    "package-database", "the package is half-installed instead of installed", package="half-installed", installed=""
)
test_a_changed_payload = _upgrade(
    "package-database", "the installed package is not as it was delivered", problems=("??5?????? /usr/bin/x",)
)
test_a_stopped_service = _upgrade(
    "services-keep-state", "the service himdsd was active and is inactive",
    units={"himdsd": UnitState("inactive", "enabled")},
)  # fmt: skip
test_a_disabled_service = _upgrade(
    "services-keep-state", "the service himdsd was enabled and is disabled",
    units={"himdsd": UnitState("active", "disabled", "running", 200)},
)  # fmt: skip
test_a_service_that_still_runs_the_old_program = _upgrade(
    "services-keep-state", "the service himdsd still runs the old program: it was not restarted",
    units={"himdsd": UnitState("active", "enabled", "running", 100)},
)  # fmt: skip
test_a_crashing_service = _upgrade(
    "services-keep-state", "the service himdsd was restarted by systemd 2 times: it crashes",
    units={"himdsd": UnitState("active", "enabled", "running", 200, 2)},
)  # fmt: skip
test_a_foreign_file = _upgrade(
    "nothing-else", "/etc/hosts.allow, which is not the package's, changes",
    files={PROGRAM: new_file(mode="755"), "/etc/hosts.allow": FileState(file("a"), file("b"))},
)  # fmt: skip
test_a_foreign_file_taken_away = _upgrade(
    "nothing-else", "/usr/bin/tool, which is not the package's, is taken away",
    files={PROGRAM: new_file(mode="755"), "/usr/bin/tool": FileState(file("a"), None)},
)  # fmt: skip
test_a_foreign_package = _upgrade(
    "nothing-else", "the package tomcat changes", packages={"azcmagent": NEW, "curl": "8", "tomcat": "9"}
)
test_a_foreign_unit = _upgrade(
    "nothing-else",
    "the unit cron.service, which is not the package's, changes",
    other_units={"cron.service": "disabled"},
)
test_a_foreign_account = _upgrade(
    "nothing-else", "the account or group tomcat changes", accounts=(*ROOT, *HIMDS, "tomcat:x:5:")
)
test_an_undeclared_port = _upgrade(
    "nothing-else", "something listens on any:8080, which the product does not declare",
    listening=("loopback:40342", "any:8080"),
)  # fmt: skip
test_the_default_environment = _upgrade(
    "nothing-else", "the default environment of all services changes: PATH", environment=("PATH=/opt",)
)
test_a_file_that_anybody_may_write = _upgrade(
    "files-sane", "/var/opt/azcmagent/state may be written by anybody",
    files={"/var/opt/azcmagent/state": new_file(mode="666")},
)  # fmt: skip
test_a_file_that_belongs_to_nobody = _upgrade(
    "files-sane", "/var/opt/azcmagent/state belongs to nobody: 4711:root",
    files={"/var/opt/azcmagent/state": new_file(owner="4711:0")},
)  # fmt: skip
test_a_broken_link = _upgrade(
    "files-sane", "the link /usr/bin/azcmagent leads nowhere", broken_links=("/usr/bin/azcmagent",),
    files={"/usr/bin/azcmagent": new_file(kind="l", link="/gone")},
)  # fmt: skip
test_a_temporary_file_that_stays = _upgrade(
    "no-fixed-temporary-names", "/tmp/agent.lock stays in a folder that anybody may write to",
    temporary=("/tmp/agent.lock f 644 root",),
)  # fmt: skip
test_lost_state = _upgrade(
    "state-survives", "the product's /var/opt/azcmagent/agentconfig.json is lost",
    files={"/var/opt/azcmagent/agentconfig.json": FileState(None, None)},
)  # fmt: skip
test_state_that_opens_up = _upgrade(
    "state-survives", "the product's /var/opt/azcmagent/agentconfig.json changes its owner or mode",
    files={"/var/opt/azcmagent/agentconfig.json": new_file("other", mode="644", owner="998:998")},
)  # fmt: skip
test_a_stray_process = _upgrade(
    "no-strays", "a process runs outside of its service",
    processes=(Process(7, "root", "session-1.scope", f"/usr/bin/python3 {PROGRAM}"),),
)  # fmt: skip
test_a_command_line_of_the_old_version = _upgrade(
    "version-truth", f"the command line says {OLD} where {NEW} is installed", cli_version=OLD
)


def test_every_law_is_explained_and_has_a_file() -> None:
    """docs/laws.md has a paragraph for each law, in the order of the table; the file has the law's name."""
    text = (Path(__file__).parents[3] / "docs" / "laws.md").read_text()
    explained = [line.removeprefix("## `").removesuffix("`") for line in text.splitlines() if line.startswith("## `")]

    assert explained == list(LAWS)
    assert [judge.__module__.rpartition(".")[2].replace("_", "-") for judge in LAWS.values()] == list(LAWS)


@pytest.mark.parametrize("law", ["files-sane", "state-survives", "nothing-else"])
def test_what_comes_into_force_at_the_next_boot(law: str) -> None:
    """tmpfiles.d and sysusers.d of a package are read then."""
    state = "/var/opt/azcmagent/agentconfig.json"
    before = make_state(files=BEFORE)
    after = make_state(files={PROGRAM: BEFORE[PROGRAM], state: new_file("{}", mode="666", owner="998:998")},
                       accounts=(*ROOT, *HIMDS, "more:x:7:"))  # fmt: skip

    assert len(summaries(law, make_trial(make_transition("reboot", before, after)))) == 1


def test_what_a_script_makes_below_run_is_gone_after_a_boot() -> None:
    """A service that makes it anew has it again; what goes with a process is not looked for."""
    folders = ("/run/azcmagent", "/run/lock/azcmagent", "/run/azcmagent.lock", "/run/azcmagent-4711")
    before = make_state(runtime=(*folders, "/run/azcmagent.sock"), runtime_folders=folders)
    after = make_state(runtime=("/run/himds.pid",))

    told = ["/run/azcmagent, which was there before a boot, is not made anew by it"]
    assert summaries("state-survives", make_trial(make_transition("reboot", before, after))) == told
    again = make_transition("reboot", before, before)
    assert not summaries("state-survives", make_trial(again))


@pytest.mark.parametrize(
    ("before", "after"),
    [(UnitState("active", "disabled"), UnitState("inactive", "disabled")),
     (UnitState("inactive", "disabled"), UnitState("inactive", "disabled"))],
    ids=["started by hand", "stopped"],
)  # fmt: skip
def test_what_a_service_makes_below_run_is_gone_where_it_is_not_started(before: UnitState, after: UnitState) -> None:
    """Who does not run at boot makes nothing."""
    states = (
        make_state(units={"himdsd": before}, runtime_folders=("/run/azcmagent",)),
        make_state(units={"himdsd": after}),
    )

    assert not summaries("state-survives", make_trial(make_transition("reboot", *states)))
