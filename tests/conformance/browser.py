"""A browser of a person who signs in at once: `python browser.py CA USER PASSWORD URL`.

It opens the page, fills in its form, and goes where it is sent; a form that a script would send it sends itself.
"""

from __future__ import annotations

import html
import re
import shlex
import sys
from pathlib import Path

import requests

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_ACTION = re.compile(r'<form method="post" action="([^"]*)">')


def browser_of(ca: Path, user: str, password: str) -> str:
    """Give the command by which programs open this browser, as the variable `BROWSER` holds it."""
    return f"{shlex.join([sys.executable, __file__, str(ca), user, password])} %s &"


def sign_in(url: str, ca: str, user: str, password: str) -> None:
    """Go through the pages until none has a form that sends itself. Raises: requests.RequestException."""
    with requests.Session() as session:
        session.verify, session.trust_env = ca, False
        page = session.get(url, timeout=30)
        fields = {**_fields(page.text), "upn": user, "password": password, "answer": "accept"}
        page = session.post(url, fields, timeout=30)
        page.raise_for_status()
        if "submit()" in page.text:
            action = _ACTION.search(page.text)
            if action is None:
                sys.exit("The page that sends itself has no form.")
            session.post(html.unescape(action[1]), _fields(page.text), timeout=30).raise_for_status()


def _fields(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}


if __name__ == "__main__":
    ca, user, password, url = sys.argv[1:]
    sign_in(url, ca, user, password)
