"""aka.ms leads to what the documentation's short links mean."""

from __future__ import annotations

from collections.abc import Callable

import httpx

Send = Callable[..., httpx.Response]


def test_the_installers_short_link_leads_to_the_installer(send: Send) -> None:
    """What stands there is the script."""
    answer = send("GET", "https://aka.ms/azcmagent")

    assert answer.status_code == 301
    assert send("GET", answer.headers["location"]).text.startswith("#!/bin/bash\n")


def test_a_link_that_is_not_known_is_noticed(send: Send) -> None:
    """It is no page of somebody else's."""
    answer = send("GET", "https://aka.ms/other")

    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "NotKnown")
