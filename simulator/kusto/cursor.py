"""The tokens of a query, and how far they have been read."""

from __future__ import annotations

from simulator.kusto.errors import unreadable
from simulator.kusto.lexer import Token, tokens_of
from simulator.kusto.syntax import Place


class Cursor:
    """Reads tokens from the first to the last."""

    def __init__(self, text: str) -> None:
        """Begin at the first token. Raises: QueryError for text that has none there."""
        self._tokens = tokens_of(text)
        self._at = 0

    @property
    def place(self) -> Place:
        """Give the place of the next token."""
        return self.peek().place

    def peek(self, ahead: int = 0) -> Token:
        """Give the next token, or one after it, without reading it; after the end always the end."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Read the next token."""
        token = self.peek()
        self._at += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Say whether the next token is a name or a symbol with one of these texts."""
        token = self.peek()
        return token.kind in ("name", "symbol") and token.text in texts

    def accept(self, *texts: str) -> bool:
        """Read the next token if it is one of these."""
        found = self.sees(*texts)
        self._at += found
        return found

    def expect(self, text: str) -> Token:
        """Read this token. Raises: QueryError when there is another."""
        if not self.sees(text):
            raise unreadable(self.place, text)
        return self.take()

    def expect_kind(self, kind: str) -> Token:
        """Read a token of this kind. Raises: QueryError when there is another."""
        if self.peek().kind != kind:
            raise unreadable(self.place, kind)
        return self.take()
