# arclab: two commands do everything on a fresh machine: `make run` and `make test`.
SHELL := /bin/sh
VENV := .venv
ARCLAB := $(VENV)/bin/arclab
PYTHON := $(VENV)/bin/python
ARGS ?=
export PYTHONDONTWRITEBYTECODE := # compiled modules are kept: without them each start compiles everything again

.DEFAULT_GOAL := help
.PHONY: help setup doctor engine images packages plan run validate serve shell report test test-unit windows hostile against-piuparts conformance lint types bench bench-sim lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Options go in ARGS, for example: make run ARGS='--distro debian-12 -k upgrade'"

setup: $(VENV)/.ready ## make the locked environment in .venv

$(VENV)/.ready: requirements/dev.lock pyproject.toml requirements/setup.sh
	@sh requirements/setup.sh $(VENV) requirements/dev.lock

doctor: setup ## say what is there, what is missing and how to get it; changes nothing
	@$(ARCLAB) doctor $(ARGS)

engine: setup ## find or start a container engine
	@$(ARCLAB) engine up $(ARGS)

images: setup ## build the machine and cloud images that are missing
	@$(ARCLAB) images build $(ARGS)

packages: setup ## build the stand-in agent's .deb and .rpm into build/packages
	@$(ARCLAB) packages build --out build/packages $(ARGS)

plan: setup ## list the cases that `make run` would run
	@$(ARCLAB) plan $(ARGS)

run: setup ## run the scenario library on every distro and write reports
	@$(ARCLAB) run $(ARGS)

validate: setup ## judge your own packages by laws: make validate ARGS="new.deb new.rpm --quick"
	@$(ARCLAB) validate $(ARGS)

serve: setup ## serve the simulated Azure alone on https://127.0.0.1:8443
	@$(VENV)/bin/arclab-sim serve --listen 127.0.0.1:8443 --tls-dir build/tls --seed demo $(ARGS)

shell: setup ## a shell in the machine of a kept case: make shell ARGS=CASE
	@$(ARCLAB) shell $(ARGS)

report: setup ## write the reports of a run again: make report ARGS=RUN_DIRECTORY
	@$(ARCLAB) report $(ARGS)

test: setup ## run every test (starts an engine and builds images where needed)
	@$(PYTHON) -m pytest tests --ignore tests/e2e --ignore tests/conformance -n auto $(ARGS)
	@$(PYTHON) -m pytest tests/e2e --ignore tests/e2e/windows $(ARGS)

test-unit: setup ## run the tests that need neither an engine nor another process, in seconds
	@$(PYTHON) -m pytest tests --ignore tests/e2e --ignore tests/conformance -n auto -m "not process" --hypothesis-profile quick --capture sys $(ARGS)

windows: setup ## run the scenarios for Windows and see each of them fail once (builds an image of Wine)
	@$(PYTHON) -m pytest tests/e2e/windows $(ARGS)

hostile: setup ## let every package manager meet every repository fault; write docs/hostile-repositories.md
	@rm -rf build/hostile
	@$(ARCLAB) run scenarios-hostile --report build/hostile $(ARGS)
	@$(ARCLAB) hostile build/hostile > build/hostile/page.md && mv build/hostile/page.md docs/hostile-repositories.md

against-piuparts: setup ## the gate beside piuparts on Debian's agents; what is done already is kept; write docs/against-piuparts.md
	@$(ARCLAB) against-piuparts --report build/against-piuparts --page docs/against-piuparts.md $(ARGS)

conformance: $(VENV)-conformance/.ready $(VENV)-azure-cli/.ready $(VENV)-preview/.ready $(VENV)-preview-run-commands/.ready $(VENV)-node/.ready ## drive the simulator with Microsoft's clients; write docs/conformance.md
	@$(VENV)-conformance/bin/python -m pytest tests/conformance --evidence docs/conformance.md $(ARGS)

$(VENV)-node/.ready: requirements/node/package-lock.json requirements/setup_node.sh
	@sh requirements/setup_node.sh $(VENV)-node

$(VENV)-%/.ready: requirements/%.lock requirements/setup.sh
	@sh requirements/setup.sh $(VENV)-$* requirements/$*.lock

lint: setup ## ruff and the import rules
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(VENV)/bin/lint-imports

types: setup ## mypy --strict
	@$(PYTHON) -m mypy

bench: setup ## throughput of a lifecycle: arclab beside plain shell scripts
	@$(ARCLAB) bench $(ARGS)

bench-sim: setup ## the simulated Azure's speed beside moto and an empty handler, and its fleets
	@$(ARCLAB) bench-sim $(ARGS)

lock: ## rewrite the lock files (needs uv)
	@requirements/lock.sh

clean: setup ## remove containers and networks that no living run owns, and build products
	@$(ARCLAB) clean $(ARGS)
