"""What an update's metadata say: whether it fits this machine, and what is downloaded and run."""

import re
from xml.etree import ElementTree as ET

ROOTS = {"HKEY_LOCAL_MACHINE": "HKLM"}
LOOP_TARGET = "HKEY_LOOP_TARGET"
VALUE = re.compile(r"^    (.*?)    REG_\w+(?:    (.*?))? *$")
COMPARISONS = {
    "EqualTo": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "LessThanOrEqualTo": lambda one, other: one <= other,
    "GreaterThan": lambda one, other: one > other,
    "GreaterThanOrEqualTo": lambda one, other: one >= other,
}
TEXTS = {
    "EqualTo": lambda one, other: one == other,
    "BeginsWith": str.startswith,
    "EndsWith": str.endswith,
    "Contains": lambda one, other: other in one,
}


def read_registry(run, keys):
    """Read keys and all below them: values by name, by key, all in small letters. What is not there is left out."""
    if not keys:
        return {}
    _, out, _ = run(*(["reg", "query", key, "/s"] for key in keys))
    return parse_query(out)


def parse_query(out):
    """Read what `reg query /s` prints."""
    found, key = {}, None
    for line in out.splitlines():
        value = VALUE.match(line)
        if value and key is not None:
            found[key][value[1].casefold()] = value[2] or ""
        elif line.startswith("HKEY_"):
            root, _, rest = line.rstrip().partition("\\")
            key = f"{ROOTS.get(root, root)}\\{rest}".casefold()
            found.setdefault(key, {})
    return found


def values(registry, key):
    """Give the values of a key."""
    return registry.get(key.casefold(), {})


class Unsupported(Exception):
    """Metadata that nobody here can read, or a rule that nobody here can judge."""


class Core:
    """What decides about an update: identity, action, rules, and which ones it takes the place of.

    Raises: Unsupported.
    """

    def __init__(self, info):
        self.revision = int(info.findtext("ID"))
        self.action = info.findtext("Deployment/Action")
        self.piece = as_tree(info.findtext("Xml") or "")
        self.identity = attribute(self.piece, "UpdateIdentity", "UpdateID")
        self.replaces = [each.get("UpdateID") for each in self.piece.findall("Relationships/SupersededUpdates/*")]

    def looked_at(self):
        """Give the keys of the registry that its rules look at, as far as they can be judged."""
        rules = [rule for rule in self.piece.iter() if rule.get("Key") in ROOTS]
        return {key_of(rule, "") for rule in rules}

    def fits(self, registry):
        """Say whether it may be installed and is not; what cannot be judged does not fit."""
        try:
            installed, installable = (
                [judge(rule, registry) for rule in self.piece.findall(f"ApplicabilityRules/{name}/*")]
                for name in ("IsInstalled", "IsInstallable")
            )
        except (Unsupported, RecursionError):
            return False
        return bool(installable) and all(installable) and not (installed and all(installed))


def is_installed_category(info):
    """Say whether what is no leaf is installed: its rules look at nothing. Raises: Unsupported."""
    rules = as_tree(info.findtext("Xml") or "").findall("ApplicabilityRules/IsInstalled/*")
    return bool(rules) and all(rule.tag == "True" for rule in rules)


def as_tree(piece):
    """Read a piece of metadata, which has no root and undeclared prefixes of `type` alone. Raises: Unsupported."""
    try:
        return ET.fromstring(f"<piece>{piece}</piece>")
    except ET.ParseError as error:
        raise Unsupported(f"metadata that are no XML: {error}") from error


def attribute(tree, path, name):
    """Give an attribute that metadata have to have. Raises: Unsupported."""
    found = tree.find(path)
    text = found.get(name) if found is not None else None
    if text is None:
        raise Unsupported(f"metadata without {path} {name}")
    return text


def judge(rule, registry, loop=""):
    """Say whether a rule holds. Source: names and attributes of the update schema. Raises: Unsupported."""
    name = rule.tag
    if name in ("True", "False"):
        return name == "True"
    if name in ("And", "Or", "Not"):
        held = [judge(part, registry, loop) for part in rule]
        if not held:
            raise Unsupported(f"{name} of nothing")
        return all(held) if name == "And" else any(held) if name == "Or" else not held[0]
    if rule.get("RegType32", "false") != "false":
        raise Unsupported(f"{name} of 32 bits")
    if name == "b.RegKeyLoop":
        above = key_of(rule, loop).casefold() + "\\"
        keys = {key[: (key + "\\").index("\\", len(above))] for key in registry if key.startswith(above)}
        held = [all(judge(part, registry, key) for part in rule) for key in sorted(keys)]
        ways = {"Any": any(held), "All": all(held), "None": not any(held)}
        if rule.get("TrueIf") not in ways:
            raise Unsupported(f"{name} {rule.get('TrueIf')}")
        return ways[rule.get("TrueIf")]
    if name not in ("b.RegSz", "b.RegSzToVersion"):
        raise Unsupported(name)
    found = values(registry, key_of(rule, loop)).get(rule.get("Value", "").casefold())
    compare = (TEXTS if name == "b.RegSz" else COMPARISONS).get(rule.get("Comparison"))
    wanted = rule.get("Data")
    if compare is None or wanted is None:
        raise Unsupported(f"{name} {rule.get('Comparison')} {wanted}")
    if name == "b.RegSz":
        return found is not None and compare(found, wanted)
    wanted = version(wanted)
    return found is not None and re.fullmatch(r"\d+(\.\d+)*", found) is not None and compare(version(found), wanted)


def version(text):
    """Give a version as four numbers. Raises: Unsupported for what is none."""
    try:
        numbers = [int(part) for part in text.split(".")]
    except ValueError as error:
        raise Unsupported(f"'{text}' as a version") from error
    return numbers + [0] * (4 - len(numbers))


def key_of(rule, loop):
    """Give the key that a rule looks at."""
    root = rule.get("Key")
    top = loop if root == LOOP_TARGET else ROOTS.get(root)
    if top is None:
        raise Unsupported(f"{rule.tag} below {root}")
    return "\\".join(part for part in (top, rule.get("Subkey", "")) if part)


def offered(core, pieces, places):
    """Give what is needed to install an update: title, file, its address and digests, who installs it and how.

    Raises: Unsupported.
    """
    tree = as_tree("".join(pieces))
    digest = attribute(tree, "Files/File", "Digest")
    digests = {attribute(tree, "Files/File", "DigestAlgorithm").lower(): digest}
    digests.update((attribute(each, ".", "Algorithm").lower(), each.text)
                   for each in tree.findall("Files/File[1]/AdditionalDigest"))  # fmt: skip
    if not digests.keys() <= {"sha1", "sha256"} or digest not in places:
        raise Unsupported(f"a file of {', '.join(digests)} at {places.get(digest)}")
    return {
        "identity": core.identity, "title": tree.findtext("LocalizedProperties/Title", ""),
        "file": os_name(attribute(tree, "Files/File", "FileName")), "url": places[digest] or "", "digests": digests,
        "handler": attribute(tree, "ExtendedProperties", "Handler"),
        "command_line": next((each.get("CommandLine", "") for each in tree.iter("MsiData")), ""),
    }  # fmt: skip


def os_name(name):
    """Give a file's name without folders, which a server has no business to name."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".") or "update"
