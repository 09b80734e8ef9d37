"""Names that several resources of Resource Manager share."""

from __future__ import annotations

from collections.abc import Mapping

NAMESPACE = "Microsoft.HybridCompute"

#: The parts of a path, by their names in the table of routes, unquoted: `{"subscription": .., "group": .., ..}`.
Parts = Mapping[str, str]
