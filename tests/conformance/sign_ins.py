"""What azure-identity says to agents that break one rule each.

It runs on the machine. Its words are such agents' token endpoints, or `ENDPOINT CLIENT_ID` for one that is asked for
a user-assigned identity; it prints JSON: for each, the kind of the error, or `signed in`.
"""

from __future__ import annotations

import json
import os
import sys

from azure.identity import ManagedIdentityCredential


def sign_in(word: str) -> str:
    """Give what came of it. The SDK finds the endpoint in the environment."""
    endpoint, _, client_id = word.partition(" ")
    os.environ["IDENTITY_ENDPOINT"] = endpoint
    credential = ManagedIdentityCredential(client_id=client_id or None)
    try:
        credential.get_token("https://management.azure.com/.default")
    except Exception as error:  # noqa: BLE001 - its kind is what is asked
        return type(error).__name__
    return "signed in"


if __name__ == "__main__":
    sys.stdout.write(json.dumps([sign_in(word) for word in sys.argv[1:]]))
