# Everything a user or a developer does here has a target; `make help` lists them.
SWIFT_FLAGS ?= -c release -Xcc -march=native
EDDY := .build/release/eddy

.PHONY: all build test lint format setup help

all: build

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## Build the program (optimised for this machine)
	swift build $(SWIFT_FLAGS)

test: ## Run the fast tests
	swift test $(SWIFT_FLAGS)

lint: ## Check the style
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

format: ## Apply the style
	swift format format --in-place --recursive --parallel Package.swift Sources Tests
