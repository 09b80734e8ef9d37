"""Entra's keys roll over: the newest signs, the others are believed until they are withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.clock import Clock
from simulator.identity.tokens import TokenError, TokenKey, split_token
from simulator.signing_keys import SigningKeys
from simulator.store import Store


def test_the_newest_key_signs(store: Store, signing_key: TokenKey) -> None:
    """After a rotation both keys are published, the new one first, and tokens of both are good."""
    keys = SigningKeys(store, signing_key)
    old = keys.sign({"a": 1})
    store.clock.advance(1)
    kid = keys.rotate(withdraw=False)
    new = keys.sign({"a": 2})

    assert [key["kid"] for key in keys.public()] == [kid, signing_key.kid]
    assert (keys.verify(old), keys.verify(new)) == ({"a": 1}, {"a": 2})
    assert split_token(new)[0]["kid"] == kid


def test_a_withdrawn_key(store: Store, signing_key: TokenKey) -> None:
    """Tokens of a withdrawn key are good no more, be it the first one or a later one."""
    keys = SigningKeys(store, signing_key)
    tokens = [keys.sign({})]
    for _ in range(2):
        store.clock.advance(1)
        keys.rotate(withdraw=True)
        tokens.append(keys.sign({}))

    assert keys.verify(tokens[2]) == {}
    assert len(keys.public()) == 1
    for token in tokens[:2]:
        with pytest.raises(TokenError):
            keys.verify(token)


def test_a_restarted_cloud_goes_on_with_its_keys(tmp_path: Path, clock: Clock, signing_key: TokenKey) -> None:
    """Keys are state: tokens of before are good after."""
    first = Store(tmp_path / "state", clock)
    SigningKeys(first, signing_key).rotate(withdraw=True)
    token = SigningKeys(first, signing_key).sign({"a": 1})
    first.close()
    second = Store(tmp_path / "state", clock)

    assert SigningKeys(second, signing_key).verify(token) == {"a": 1}
    second.close()
