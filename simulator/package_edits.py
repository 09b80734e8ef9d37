"""Say in a packed package what the packer cannot: as the original has it, or as a change wants it.

Source: deb-control(5), deb-triggers(5), rpm's `rpmtag.h` and `rpmds.h`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from debian.debfile import DebFile

from simulator.contract import PackageContents
from simulator.deb_control import Members, Modes, edit_control, edit_fields, read_control
from simulator.errors import BadInput
from simulator.package_changes import Changes, Trigger
from simulator.rpm_headers import (
    MOMENTS,
    NAME,
    RELATIONS,
    RPMLIB,
    SENSES,
    TRIGGERS,
    Tags,
    read_relations,
    read_rpm,
    write_rpm,
)

_T = TypeVar("_T")
_DEB_RELATIONS = {"pre-depends": "Pre-Depends", "depends": "Depends", "recommends": "Recommends",
                  "suggests": "Suggests", "enhances": "Enhances", "conflicts": "Conflicts", "breaks": "Breaks",
                  "replaces": "Replaces", "provides": "Provides"}  # fmt: skip
_PACKED_MEMBERS = {"control", "md5sums", "conffiles", "preinst", "postinst", "prerm", "postrm"}
#: fields that the packer says by itself
_PACKED_FIELDS = {"Package", "Version", "Architecture", "Installed-Size", "Maintainer", "Description", "Section",
                  "Priority", "Homepage", "License", "Vendor"}  # fmt: skip
_RELATION = re.compile(r"^(?P<name>\S+)(?: +(?P<sense>[<>=]+) +(?P<version>\S+))?$")
_FOLDER_PLACES, _BASES, _FOLDERS, _CAPABILITIES = 1116, 1117, 1118, 5010
_DIGEST_TAGS = {"payload-sha256": (5092, 5093, 5097)}
_SIGNATURE_TAGS = {"header-md5": (1004,), "header-sha256": (273,)}
_USUAL_PRIORITY = 1_000_000
_TRIGGER = re.compile(r"^(?P<family>%(?:transfile|file)?trigger)(?P<moment>prein|in|un|postun)$")


def edit_package(original: Path, target: Path, contents: PackageContents, changes: Changes, date: str) -> None:
    """Change the packed `target` in place. Raises: BadInput for a change that this format cannot have."""
    if contents.package.format == "deb":
        _edit_deb(original, target, changes, int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()))
    else:
        _edit_rpm(original, target, contents, changes)


def _edit_deb(original: Path, target: Path, changes: Changes, date_s: int) -> None:
    if any(change.capabilities for change in changes.files.values()):
        raise BadInput("repack-capabilities", "a .deb cannot hold capabilities; let postinst call setcap.")
    with DebFile(str(original)) as deb:
        old = dict(deb.debcontrol())
    kept, kept_modes = read_control(original)
    fields = {key: " ".join(str(value).split()) for key, value in old.items() if key not in _PACKED_FIELDS}
    fields |= {_known(_DEB_RELATIONS, kind): ", ".join(names) for kind, names in changes.relations.items()}
    fields |= changes.fields

    def edit(members: Members, modes: Modes) -> None:
        for name in kept.keys() - _PACKED_MEMBERS:
            members[name], modes[name] = kept[name], kept_modes[name]
        members["control"] = edit_fields(members["control"], fields)
        lines = "".join(f"{trigger.kind} {name}\n" for trigger in changes.triggers for name in trigger.on)
        if lines:
            members["triggers"] = members.get("triggers", b"") + lines.encode()
        members |= {name: text.encode() for name, text in changes.control.items()}
        gone = {name for name, text in changes.control.items() if not text}
        gone |= {"md5sums"} if "files-md5" in changes.without else set()
        for name in gone:
            members.pop(name, None)

    edit_control(target, edit, date_s)


def _known(table: Mapping[str, _T], kind: str) -> _T:
    """Look a kind of relation up. Raises: BadInput when there is none of that name."""
    if kind not in table:
        raise BadInput("repack-relation", f"there is no relation '{kind}'.", hint=f"There are: {', '.join(table)}.")
    return table[kind]


def _edit_rpm(original: Path, target: Path, contents: PackageContents, changes: Changes) -> None:
    if changes.fields or changes.control:
        raise BadInput("repack-control", "control fields and files are a .deb's.")
    old, new = read_rpm(original).main, read_rpm(target)
    _set_relations(old, new.main, changes)
    _set_triggers(old, new.main, changes.triggers)
    _set_capabilities(new.main, contents, changes)
    for digest in changes.without:
        for tag in _DIGEST_TAGS.get(digest, ()):
            new.main.values.pop(tag, None)
    write_rpm(new, target, without=[tag for digest in changes.without for tag in _SIGNATURE_TAGS.get(digest, ())])


def _set_relations(old: Tags, new: Tags, changes: Changes) -> None:
    for kind in changes.relations:
        _known(RELATIONS, kind)
    for kind, tags in RELATIONS.items():
        packed = read_relations(new, kind)
        rows = [row for row in read_relations(old, kind) if not row[0].startswith(RPMLIB)]
        if kind in changes.relations:
            rows = [_relation(text) for text in changes.relations[kind]]
        elif kind == "provides" and (changes.name or changes.version or changes.epoch):
            rows = [row for row in rows if row[0].partition("(")[0] != old.texts(NAME)[0]]
        if kind == "provides":
            rows += [row for row in packed if row not in rows]
        rows += [row for row in packed if row[0].startswith(RPMLIB)]
        for tag in tags:
            new.values.pop(tag, None)
        if rows:
            name, version, flags = tags
            new.set_texts(name, [row[0] for row in rows])
            new.set_texts(version, [row[1] for row in rows])
            new.set_numbers(flags, [row[2] for row in rows])


def _relation(text: str) -> tuple[str, str, int]:
    found = _RELATION.match(text)
    if found is None or (found["sense"] and found["sense"] not in SENSES):
        raise BadInput("repack-relation", f"'{text}' is no relation.", hint="Write 'NAME' or 'NAME >= VERSION'.")
    return found["name"], found["version"] or "", SENSES.get(found["sense"] or "", 0)


def _set_triggers(old: Tags, new: Tags, triggers: Iterable[Trigger]) -> None:
    """Keep the original's triggers, and put new ones behind them."""
    for family in TRIGGERS.values():
        for tag in vars(family).values():
            if tag in old.values:
                new.values[tag] = old.values[tag]
    for trigger in triggers:
        found = _TRIGGER.match(trigger.kind)
        if found is None or (found["family"] != "%trigger" and found["moment"] == "prein"):
            raise BadInput("repack-trigger", f"an rpm has no trigger '{trigger.kind}'.")
        family = TRIGGERS[found["family"]]
        rows = [_relation(text) for text in trigger.on]
        number = len(new.texts(family.scripts))
        new.set_texts(family.scripts, [*new.texts(family.scripts), trigger.script])
        new.set_texts(family.program, [*new.texts(family.program), "/bin/sh"])
        new.set_numbers(family.script_flags, [*new.numbers(family.script_flags), 0])
        new.set_texts(family.name, [*new.texts(family.name), *(row[0] for row in rows)])
        new.set_texts(family.version, [*new.texts(family.version), *(row[1] for row in rows)])
        new.set_numbers(family.index, [*new.numbers(family.index), *[number] * len(rows)])
        flags = [row[2] | MOMENTS[found["moment"]] for row in rows]
        new.set_numbers(family.flags, [*new.numbers(family.flags), *flags])
        if family.priorities:
            new.set_numbers(family.priorities, [*new.numbers(family.priorities), _USUAL_PRIORITY])


def _set_capabilities(new: Tags, contents: PackageContents, changes: Changes) -> None:
    wanted = {file.path: file.capabilities for file in contents.files if file.capabilities}
    folders = new.texts(_FOLDERS)
    paths = [folders[n] + base for n, base in zip(new.numbers(_FOLDER_PLACES), new.texts(_BASES), strict=True)]
    for pattern, change in changes.files.items():
        if change.capabilities:
            wanted |= {path: change.capabilities for path in paths if re.fullmatch(pattern, path)}
    if any(path in wanted for path in paths):
        new.set_texts(_CAPABILITIES, [wanted.get(path, "") for path in paths])
