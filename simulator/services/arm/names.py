"""Names that several resources of Resource Manager share."""

from __future__ import annotations

NAMESPACE = "Microsoft.HybridCompute"
#: Versions that errors and the provider's description name; any well-formed one is taken.
KNOWN_VERSIONS = ("2026-07-15", "2026-06-16-preview")

#: The parts of a path, by their names in the table of routes, unquoted: `{"subscription": .., "group": .., ..}`.
Parts = dict[str, str]
