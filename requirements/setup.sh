#!/bin/sh
# Make a locked environment in the folder $1, of the lock file $2: with uv where it is present, else with venv and pip.
set -eu
venv=$1 lock=$2
if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --allow-existing --python '>=3.11' "$venv"
    uv pip sync --quiet --python "$venv/bin/python" --require-hashes "$lock"
    uv pip install --quiet --python "$venv/bin/python" --no-deps --editable .
else
    for python in python3 python3.14 python3.13 python3.12 python3.11 none; do
        [ "$python" != none ] || { echo "arclab needs Python 3.11 or later (python3 is older or missing)." >&2; exit 1; }
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
    done
    "$python" -m venv "$venv" || { echo "hint: install the venv module, for example: apt-get install python3-venv" >&2; exit 1; }
    echo "Installing $lock into $venv ..."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable .
fi
touch "$venv/.ready"
