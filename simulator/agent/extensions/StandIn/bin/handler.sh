#!/bin/sh
# Stands in for a handler that is not ours to have: it installs nothing and writes one line for each operation.
log=/var/log/azure/$(basename "$PWD")
mkdir -p "$log"
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $1" >> "$log/operations.log"
