"""Which unit files a machine has and whether they are enabled, as `systemctl list-unit-files` tells it.

systemd needs a third of a second of processor time to tell it of all, and goes by nothing but files and links below its
search path. So all are asked for once for each image; later only those are whose files or links differ.
"""

from __future__ import annotations

import os
from pathlib import Path

#: Where systemd looks for unit files; /lib is /usr/lib. Source: systemd.unit(5), "System Unit Search Path".
UNIT_FOLDERS = (
    "/etc/systemd/system /etc/systemd/system.control /etc/systemd/system.attached /run/systemd/system "
    "/run/systemd/system.control /run/systemd/system.attached /run/systemd/transient /run/systemd/generator "
    "/run/systemd/generator.early /run/systemd/generator.late /usr/local/lib/systemd/system /usr/lib/systemd/system"
)
_ALWAYS_THERE = "basic.target"  # where nothing that is asked for is there, systemctl fails. Source: systemd.special(7)
_FILES = ("units.list", "units.seen")  # in the machine's work folder: systemd's answer, and the files it was given for
_known: dict[str, dict[str, bytes]] = {}  # what these files had at a first look, by image


def list_unit_files(folders: str, work: str) -> str:
    """Give bash text that prints a line for each unit file: name, enablement, more; else it ends the shell.

    What is asked for, when a file differs, is the unit that it is named after; of a drop-in, that of its folder; of a
    link, that which it leads to as well; of an instance, all of its template. Where that cannot be told, or a hundred
    differ, all are. The folder `work` keeps what was seen.
    """
    return f"""(cd {work} && rm -f units.new || exit 1
{{ find -L {folders} ! -type d -printf '%p %s:%C@\\n'; find {folders} -type l -printf '%p %C@ %l\\n'; }} 2> /dev/null |
    LC_ALL=C sort > units.now
declare -A asked=()
every=1
if [ -e units.seen ]; then
    every=
    while read -r path _ link; do
        for name in "$path" ${{link:+"$link"}}; do
            case $name in
                /dev/null) continue;;
                *.d/*) name=${{name%.d/*}};;
                *) name=${{name%.d}};;
            esac
            name=${{name##*/}}
            case $name in
                *@*.*) asked[${{name%%@*}}@*]=1;;
                *.*) asked[$name]=1;;
                *) every=1;;
            esac
        done
    done < <(LC_ALL=C comm -3 units.seen units.now | tr -d '\\t')
fi
if [ "$every" ] || [ ${{#asked[@]}} -gt 100 ]; then
    systemctl list-unit-files --plain --no-legend > units.new || exit 1
elif [ ${{#asked[@]}} != 0 ]; then
    asked[{_ALWAYS_THERE}]=1
    systemctl list-unit-files --plain --no-legend -- "${{!asked[@]}}" > units.new || exit 1
    while read -r name rest; do
        case $name in *@*.*) key=${{name%%@*}}@*;; *) key=$name;; esac
        [ "${{asked[$key]}}" ] || printf '%s %s\\n' "$name" "$rest"
    done < units.list >> units.new
fi
[ ! -e units.new ] || {{ mv units.new units.list && mv units.now units.seen; }} || exit 1
cat units.list) || exit 1"""


def find_unit_problems(owned: str, work: str) -> str:
    """Give bash text that prints a line for all that systemd finds wrong in units among the files that `owned` prints.

    systemd is asked when one of these differs; the folder `work` keeps its answer. That one is masked is no mistake.
    Source: systemd-analyze(1), which says nothing of units in which it finds nothing.
    """
    units = r"^(/usr)?/(lib|etc)/systemd/system/[^/@]+\.(service|timer|socket|path)$"
    return f"""mapfile -t own < <({{ {owned}; }} | grep -E '{units}')
[ ${{#own[@]}} = 0 ] || {{
    seen=$(find "${{own[@]}}" -printf '%p %s:%C@\\n' 2> /dev/null | sha256sum)
    [ "$seen" = "$(cat {work}/problems.seen 2> /dev/null)" ] || {{
        systemd-analyze verify --man=no "${{own[@]}}" 2>&1 |
            grep -F "$(printf '%s\\n' "${{own[@]##*/}}")" | grep -v ' is masked' > {work}/problems
        echo "$seen" > {work}/problems.seen; }}
    cat {work}/problems; }}"""


def recall(image: str, work: Path) -> None:
    """Give a machine that was not looked at yet what another one of its image had at its first look."""
    if not (work / _FILES[-1]).exists():
        for name, content in _known.get(image, {}).items():
            (work / name).write_bytes(content)


def remember(image: str, work: Path) -> None:
    """Remember what a machine of an image had at its first look, where this process may read it."""
    if image not in _known and all(os.access(work / name, os.R_OK) for name in _FILES):
        _known[image] = {name: (work / name).read_bytes() for name in _FILES}
