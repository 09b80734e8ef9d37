"""How connect and disconnect sign in to Azure: options of the command line, or a code typed in a browser."""

from __future__ import annotations

import re
import shlex

from harness.context import Context
from harness.errors import LabError
from harness.machines.file_changes import WORK

_USER_CODE = re.compile(r"enter the code (\S+) to authenticate")
_LIMIT_S = 90.0


def run_signed_in(context: Context, words: list[str], *, auth: str, principal: str, user: str) -> None:
    """Run `azcmagent` with these words, signed in as a principal of the case in one of its ways."""
    if auth == "device-code":
        _with_device_code(context, words, principal, user)
        return
    options: list[str] = []
    someone = context.principal(principal) if auth != "none" else None
    if auth == "service-principal" and someone is not None:
        options = ["--service-principal-id", someone.client_id, "--service-principal-secret", someone.secret]
        if "--tenant-id" not in words:
            options += ["--tenant-id", context.azure.tenant_id]
    elif auth == "access-token":
        token = context.control.operator_token(principal)
        context.machine.hide(token)
        options = ["--access-token", token]
    hidden = [("********" if before in ("--service-principal-secret", "--access-token") else word)
              for before, word in zip(["", *options], options, strict=False)]  # fmt: skip
    context.machine.run(
        shlex.join(["azcmagent", *words, *options]), user=user, timeout_s=_LIMIT_S,
        shown=shlex.join(["azcmagent", *words, *hidden]),
    )  # fmt: skip


def _with_device_code(context: Context, words: list[str], principal: str, user: str) -> None:
    """Start the command, read the code it shows, sign in as a person would, and wait for its end."""
    line = shlex.join(["azcmagent", *words, "--use-device-code"])
    out, status = f"{WORK}/device-code.out", f"{WORK}/device-code.exit"
    machine = context.machine
    machine.must(f"rm -f {status}; : > {out}; chmod 666 {out}", "prepare the sign-in")
    started = machine.run(
        f"({line}; echo $? > {status}) > {out} 2>&1 < /dev/null & "
        f"for i in $(seq 600); do grep -q 'enter the code' {out} && break; [ -e {status} ] && break; sleep 0.05; done; "
        f"cat {out}",
        user=user, timeout_s=_LIMIT_S, shown=line,
    )  # fmt: skip
    code = _USER_CODE.search(started.stdout)
    if code:
        upn = context.principal(principal).upn
        if not upn:
            raise LabError("principal-no-user", f"'{principal}' is no user; a device code is typed in by a user.")
        context.control.approve_device_code(code[1], upn)
    machine.run(
        f"for i in $(seq 1200); do [ -e {status} ] && break; sleep 0.05; done; cat {out}; exit $(cat {status})",
        user=user, timeout_s=_LIMIT_S, shown=f"({line}: waits for the sign-in)",
    )  # fmt: skip
