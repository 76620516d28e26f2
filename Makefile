# Everything a user or a developer does here has a target; `make help` lists them.
SWIFT_FLAGS ?= -c release -Xcc -march=native
EDDY := .build/release/eddy

.PHONY: all build test validate lint format setup help

all: build

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## Build the program (optimised for this machine)
	swift build $(SWIFT_FLAGS)

test: ## Run the fast tests
	swift test $(SWIFT_FLAGS)

PYTHON_TOOLS := .build/python
$(PYTHON_TOOLS)/ready: Tests/Python/requirements.txt
	python3 -m venv $(PYTHON_TOOLS)
	$(PYTHON_TOOLS)/bin/pip install --quiet --requirement Tests/Python/requirements.txt
	touch $@

validate: $(PYTHON_TOOLS)/ready ## Run all tests: also the long ones and those that open our files with Python tools
	EDDY_VALIDATE=1 EDDY_PYTHON=$(PYTHON_TOOLS)/bin/python swift test $(SWIFT_FLAGS)

lint: ## Check the style
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

format: ## Apply the style
	swift format format --in-place --recursive --parallel Package.swift Sources Tests
