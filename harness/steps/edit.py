"""edit: do what administrators do to an installed package, and remember which paths were touched.

Every configuration file gets a comment (JSON, which has none, an empty line) and a narrower mode, and in a folder that
no other program reads a copy under a name of the administrator's; every folder of the product's own below /etc and
/var gets a narrower mode, and every unit a drop-in of the administrator's. Somebody becomes a member of the product's
groups, and its accounts members of another one. On Windows the machine gets a variable instead.
Before that the product's own command makes a setting, where its file has one.
A narrower mode lets the product's services go on: where they run as somebody else, they may still read what belongs to
root.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from harness.context import Context
from harness.model.scenario import Edit

#: Folders below /etc all of whose files programs read, as a pattern of bash.
#: Source: run-parts(8), apt.conf(5), dbus-daemon(1), limits.conf(5), Debian's apache2 (conf-available, sites-enabled).
READ_BY_PROGRAMS = "^/etc/(.*[.]d|(.*/)?(conf|mods|sites)-[a-z]+|cron[.][a-z]+|default|sysconfig)/"


def run(context: Context, arguments: Edit) -> None:  # noqa: ARG001 - all steps are called alike
    """Edit; what was edited goes to the context. A command that fails is the step's last one, by which it is judged."""
    product, manager = context.product, context.machine.package_manager
    if product.edit_command and context.machine.run(shlex.join(product.edit_command)).exit != 0:
        return
    done = context.machine.run(
        edit_script(
            manager.list_configuration(product.package), manager.list_files(product.package),
            (*product.configuration, *product.renewed), context.machine.services.edit(product.units),
            (product.accounts, product.groups), runs_as_others=bool(product.accounts),
        )
    )  # fmt: skip
    context.edited = tuple(sorted({*context.edited, *done.stdout.splitlines()}))


def edit_script(
    list_configuration: str, list_files: str, more: tuple[str, ...], edit_services: str,
    accounts: tuple[Iterable[str], Iterable[str]] = ((), ()), *, runs_as_others: bool,
) -> str:  # fmt: skip
    """Give the script for bash that edits; it prints each path it touches, and fails where a list cannot be made.

    `accounts` are the product's, and its groups; those that the machine has not are left out.
    """
    of_root = "a-w" if runs_as_others else "o-rwx"
    return f"""set -e -o pipefail
narrow() {{
    case "$(stat -c %U:%G "$1")" in root:root) chmod {of_root} "$1";; *) chmod o-rwx "$1";; esac
    echo "$1"
}}
edit() {{
    [ -f "$1" ] || return 0
    [ -z "$(tail -c 1 "$1")" ] || echo >> "$1"
    case "$1" in *.json) echo >> "$1";; *) echo '# an administrator was here' >> "$1";; esac
    narrow "$1"
    [[ ! $1 =~ {READ_BY_PROGRAMS} ]] || return 0
    cp -p "$1" "$1.administrator"
    echo "$1.administrator"
}}
({list_configuration}) | while IFS= read -r path; do edit "$path"; done
for path in {shlex.join(more)}; do edit "$path"; done
({list_files}) | {{ grep -E '^/(etc|var)/.+/.+' || [ $? = 1 ]; }} | while IFS= read -r path; do
    [ ! -d "$path" ] || narrow "$path"
done
joins() {{ ! getent passwd "$1" || ! getent group "$2" || usermod -a -G "$2" "$1"; }} > /dev/null
for account in {shlex.join(accounts[0])}; do joins "$account" users; done
for group in {shlex.join(accounts[1])}; do joins nobody "$group"; done
{edit_services}"""
