#!/bin/sh
# Put the locked packages for Node.js into the folder $1; without npm say what is left out.
set -eu
if command -v npm >/dev/null 2>&1; then
    mkdir -p "$1"
    cp "$(dirname "$0")"/node/package*.json "$1"
    npm ci --prefix "$1" --silent --no-audit --no-fund --ignore-scripts
    touch "$1/.ready"
else
    echo "npm is missing (apt-get install npm): the test with Microsoft's packages for JavaScript is skipped." >&2
fi
