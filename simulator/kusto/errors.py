"""What is said of a query that cannot be run."""

from __future__ import annotations

from simulator.kusto.syntax import Place


class QueryError(Exception):
    """A query that cannot be run. `line` counts from 1, `column` from 0, as Resource Graph counts."""

    def __init__(self, code: str, message: str, place: Place, *, expected: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.expected = expected


def unreadable(place: Place, expected: str = "") -> QueryError:
    """Give the refusal of text that is not the language."""
    return QueryError("ParserFailure", "ParserFailure", place, expected=expected)


def unknown(what: str, place: Place) -> QueryError:
    """Give the refusal of a word that Resource Graph, or this subset of it, does not have."""
    return QueryError("InvalidQueryLanguage", f"{what} '{place.text}' is not supported.", place)


def unresolved(message: str, place: Place) -> QueryError:
    """Give the refusal of what can be read and makes no sense: an unknown column, types that do not fit."""
    return QueryError("InvalidQuery", message, place)
