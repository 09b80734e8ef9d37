"""Which release this is and what it can do: written into the package when it is built."""

from azcmagent.state import read_json


class Release:
    """`version` is the four-part number, `features` the names of what this release has."""

    def __init__(self, paths):
        facts = read_json(paths.release)
        self.version = facts.get("version", "0.0.00000.0")
        self.name = facts.get("release", "0.0")
        self.format = facts.get("format", "")
        self.features = frozenset(facts.get("features", ()))

    def has(self, feature):
        """Say whether this release has a feature."""
        return feature in self.features
