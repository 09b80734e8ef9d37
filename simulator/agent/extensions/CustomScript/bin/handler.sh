#!/bin/sh
# Writes one line for each operation it is asked to do; `enable` runs the command of its settings.
log=/var/log/azure/Microsoft.Azure.Extensions.CustomScript
mkdir -p "$log"
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $1" >> "$log/operations.log"
[ "$1" = enable ] || exit 0
command=$(python3 -c 'import glob, json; f = sorted(glob.glob("config/*.settings"))[-1]; s = json.load(open(f)); print({**s["publicSettings"], **s["protectedSettings"]}.get("commandToExecute", ""))')
[ -z "$command" ] || sh -c "$command"
