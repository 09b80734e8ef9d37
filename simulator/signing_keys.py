"""The keys with which Entra signs: that of the file, and those that came after it. A withdrawn one is believed no more.

Source: keys roll over, several are published at a time, and clients find theirs by `kid`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.identity.tokens import TokenError, TokenKey, new_token_key, split_token
from simulator.resources.entities import SigningKey
from simulator.resources.transition import Transition
from simulator.store import Store


class SigningKeys:
    """The keys of one cloud. `first` is the one that signs until it is rotated."""

    def __init__(self, store: Store, first: TokenKey) -> None:
        self._store = store
        self._keys = {first.kid: first}
        self._first = first

    def sign(self, claims: dict[str, Any]) -> str:
        """Give a token that is signed by the newest key."""
        return self._current().sign(claims)

    def verify(self, token: str) -> Mapping[str, Any]:
        """Give a token's claims when a key signed it that is not withdrawn. Raises: TokenError."""
        if not self._store.all(SigningKey):
            return self._first.verify(token)
        kid = split_token(token)[0].get("kid")
        known = next((key for key in self._published() if key.kid == kid), None)
        if known is None:
            raise TokenError("it is not signed by a known key")
        return known.verify(token)

    def public(self) -> list[dict[str, Any]]:
        """Give the entries of the key document, the newest first."""
        return [key.public_jwk() for key in self._published()]

    def rotate(self, *, withdraw: bool) -> str:
        """Sign with a new key from now on, and give its kid. With `withdraw` the older ones are withdrawn."""
        now, (pem, key) = self._store.clock.now(), new_token_key()
        old = [SigningKey(key=each.kid, since=now, withdrawn=True) for each in self._published()] if withdraw else []
        put = (SigningKey(key=key.kid, since=now, pem=pem), *old)
        self._store.apply(Transition("entra.rotate-key", put, data={"kid": key.kid, "withdrawn": [k.key for k in old]}))
        return key.kid

    def _current(self) -> TokenKey:
        return self._published()[0]

    def _published(self) -> list[TokenKey]:
        """Give the keys that are not withdrawn, the newest first."""
        kept = self._store.all(SigningKey)
        if not kept:
            return [self._first]
        newest_first = sorted((key for key in kept if not key.withdrawn), key=lambda key: key.since, reverse=True)
        has_first = all(key.key != self._first.kid for key in kept)
        return [*map(self._loaded, newest_first), *([self._first] if has_first else [])]

    def _loaded(self, kept: SigningKey) -> TokenKey:
        if kept.key not in self._keys:
            self._keys[kept.key] = TokenKey(kept.pem.encode())
        return self._keys[kept.key]
