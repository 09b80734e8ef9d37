#!/bin/sh
# Rewrite the lock files from pyproject.toml and the .in files: hashes, no addresses. Needs uv. Options go to uv, for
# example --upgrade.
set -eu
cd "$(dirname "$0")/.."
options="--universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet"
uv pip compile $options "$@" pyproject.toml --output-file requirements/runtime.lock
uv pip compile $options "$@" --group dev pyproject.toml --output-file requirements/dev.lock
uv pip compile $options "$@" --constraint requirements/runtime.lock requirements/cloud.in --output-file requirements/cloud.lock
uv pip compile $options "$@" --constraint requirements/dev.lock --group conformance pyproject.toml --output-file requirements/conformance.lock
uv pip compile $options "$@" requirements/azure-cli.in --output-file requirements/azure-cli.lock
uv pip compile $options "$@" requirements/preview.in --output-file requirements/preview.lock
uv pip compile $options "$@" requirements/preview-run-commands.in --output-file requirements/preview-run-commands.lock
uv pip compile $options "$@" requirements/moto.in --output-file requirements/moto.lock
