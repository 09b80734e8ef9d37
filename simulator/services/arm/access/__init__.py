"""Microsoft.Authorization: role definitions, role assignments and locks."""
