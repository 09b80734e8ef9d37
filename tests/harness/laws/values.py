"""Small values to judge: a machine with the package, one without it, transitions between them, and trials."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.laws import LAWS
from harness.laws.trial import Trial
from harness.model.product import load_product
from harness.model.record import CommandRecord
from harness.model.state import Evidence, FileFacts, FileState, State, Transition, UnitState
from harness.products import DEFAULT_PRODUCT
from simulator.contract import Event, MachineState, PackageContents, PackageFile, PayloadFile

NEW, OLD = "1.68.1.1", "1.67.1.1"
PRODUCT = msgspec.structs.replace(
    load_product(DEFAULT_PRODUCT), units=("himdsd",), accounts=("himds",), groups=("himds",)
)
PROGRAM = "/opt/azcmagent/bin/himds"
BOX = MachineState("/m/box-1", "box-1", "vm-1", "Connected", "Succeeded", NEW, creates=1, principal_id="p-1")
ROOT = ("root:x:0:0:root:/root:/bin/sh", "root:x:0:")
HIMDS = ("himds:x:998:998::/var/opt/azcmagent:/usr/sbin/nologin", "himds:x:998:")


def file(content: str = "a", *, kind: str = "f", mode: str = "644", owner: str = "0:0", link: str = "") -> FileFacts:
    """Give the facts of a file."""
    return FileFacts(kind, mode, owner, len(content), link, content if kind == "f" else "")


def new_file(content: str = "a", **facts: str) -> FileState:
    """Give a file that was not there at first."""
    return FileState(None, file(content, **facts))


#: Files of the package, one of them with the state of a connected agent.
BEFORE = {
    PROGRAM: new_file(mode="755"),
    "/var/opt/azcmagent/agentconfig.json": new_file("{}", mode="600", owner="998:998"),
}


def payload(path: str = PROGRAM, **facts: Any) -> PayloadFile:
    """Give a file of a package."""
    return PayloadFile(**{"path": path, "kind": "f", "mode": "755", "owner": "root", "group": "root", **facts})


def make_state(**changes: Any) -> State:
    """Give a look at a machine with the new package installed and running, but for what is said."""
    version = changes.get("installed", NEW)
    state = State(
        package="installed", installed=version, problems=(), owned=(PROGRAM,), cli_version=version,
        packages={"azcmagent": version, "curl": "8"},
        units={"himdsd": UnitState("active", "enabled", "running", 100)}, other_units={"cron.service": "enabled"},
        accounts=(*ROOT, *HIMDS), listening=("loopback:40342",), environment=("PATH=/bin",), processes=(),
        temporary=(), broken_links=(), files={PROGRAM: new_file(mode="755")}, connected=(),
    )  # fmt: skip
    return msgspec.structs.replace(state, **changes)


#: A machine that never had the package.
BARE = make_state(
    package="absent", installed="", owned=(), cli_version="", packages={"curl": "8"},
    units={"himdsd": UnitState("inactive", "absent")}, accounts=ROOT, listening=(), files={},
)  # fmt: skip


def make_transition(
    kind: str, before: State, after: State, *, output: str = "", status: int | None = 0, asked: tuple[str, ...] = (),
    **more: Any,
) -> Transition:  # fmt: skip
    """Give a transition; `output`, `status` and `asked` are of its one command."""
    command = CommandRecord("box-1", f"sudo apt {kind}", status, output, "", "lab", "true", 1.0, asked=asked)
    return Transition(1, kind, kind, "pass", before, after, commands=(command,), **more)


def make_event(seq: int, minute: float, kind: str = "heartbeat", host: str = "") -> Event:
    """Give an event of a machine, this many minutes after noon."""
    moment = f"2026-01-01T12:{int(minute):02}:{int(60 * (minute % 1)):02}.000000Z"
    return Event(seq, moment, moment, kind, host=host, client="10.0.0.2")  # type: ignore[arg-type] # a kind's name


def make_trial(
    *transitions: Transition, events: tuple[Event, ...] = (), kind: Literal["deb", "rpm"] = "deb", **package: Any
) -> Trial:
    """Give a trial of one lifecycle; `package` changes the contents of the candidate."""
    entry = PackageFile("azcmagent", NEW, "candidate", kind, f"new.{kind}", "0" * 64, 1000)
    old_entry = msgspec.structs.replace(entry, version=OLD, release="previous")
    digests = ("files-md5",) if kind == "deb" else ("header-sha256", "payload-sha256", "files-sha256")
    contents = PackageContents(entry, (payload(),), {}, {"depends": ("curl",)}, digests)
    old = msgspec.structs.replace(contents, package=old_entry)
    run = Evidence("case", "lifecycle", "debian-12", kind, transitions, events)
    return Trial(PRODUCT, msgspec.structs.replace(contents, **package), old, (run,))


def summaries(law: str, trial: Trial) -> list[str]:
    """Give what a law finds."""
    return [finding.summary for finding in LAWS[law](trial)]
