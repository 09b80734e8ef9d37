"""edit: do what administrators do to an installed package, and remember which paths were touched.

Every configuration file gets a comment (JSON, which has none, an empty line) and a narrower mode, every folder of the
product's own below /etc and /var a narrower mode, and every unit a drop-in of the administrator's.
"""

from __future__ import annotations

import shlex

from harness.context import Context
from harness.model.scenario import Edit


def run(context: Context, arguments: Edit) -> None:  # noqa: ARG001 - all steps are called alike
    """Edit; what was edited goes to the context."""
    product, manager = context.product, context.machine.package_manager
    done = context.machine.run(
        edit_script(
            manager.list_configuration(product.package), manager.list_files(product.package),
            (*product.configuration, *product.renewed), product.units,
        )
    )  # fmt: skip
    context.edited = tuple(sorted({*context.edited, *done.stdout.split()}))


def edit_script(list_configuration: str, list_files: str, more: tuple[str, ...], units: tuple[str, ...]) -> str:
    """Give the shell script that edits; it prints each path that it has touched."""
    return f"""set -e
edit() {{
    [ -f "$1" ] || return 0
    case "$1" in *.json) echo >> "$1";; *) echo '# an administrator was here' >> "$1";; esac
    chmod o-rwx "$1"; echo "$1"
}}
({list_configuration}) | while IFS= read -r path; do edit "$path"; done
for path in {shlex.join(more)}; do edit "$path"; done
({list_files}) | grep -E '^/(etc|var)/.+/.+' | while IFS= read -r path; do
    [ ! -d "$path" ] || {{ chmod o-rwx "$path"; echo "$path"; }}
done
for unit in {shlex.join(units)}; do
    folder=/etc/systemd/system/$unit.service.d
    mkdir -p $folder
    printf '[Service]\\nEnvironment=EDITED_BY=administrator\\n' > $folder/administrator.conf
    echo $folder/administrator.conf
done
systemctl daemon-reload
"""
