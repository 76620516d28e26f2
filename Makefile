# Everything a user or a developer does here has a target; `make help` lists them.
SWIFT_FLAGS ?= -c release -Xcc -march=native
PREFIX ?= /usr/local
# The ranks of mpirun are part of the program where an MPI library is installed; MPI= leaves them out.
MPI = $(shell pkg-config --exists ompi-c 2>/dev/null && echo --traits MPI)
EDDY := .build/release/eddy
LIBRARIES := Tensors Transforms Grids Metrics Solvers Autodiff NeuralOperators Communication Training Datasets Plots Cases

DEMO := cases/darcy/demo.toml
DEMO_RUN := runs/darcy/demo

.PHONY: all demo build test validate bench lint format reference docs install setup setup-mpi help

all: build

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Install the libraries that are missing, or name them
	@.ci/setup

setup-mpi:
	@.ci/setup --mpi

build: setup ## Build the program (optimised for this machine)
	swift build $(SWIFT_FLAGS) $(MPI)

demo: build ## Generate, train, evaluate, compare and draw a small Darcy case (under 5 minutes)
	$(EDDY) generate $(DEMO)
	if [ ! -e $(DEMO_RUN)/last.safetensors ]; then $(EDDY) train $(DEMO) --resume; fi
	$(EDDY) evaluate $(DEMO_RUN)
	$(EDDY) compare $(DEMO_RUN)
	$(EDDY) plot $(DEMO_RUN)
	@echo
	@echo "Data     $(DEMO_RUN)/data/{train,valid,test}.nc    (try: ncdump -h, xarray.open_dataset)"
	@echo "Model    $(DEMO_RUN)/model.safetensors             (try: $(EDDY) inspect, $(EDDY) predict)"
	@echo "Figures  $(DEMO_RUN)/training.png samples.png comparison.png"
	@echo
	@echo "Next:    $(EDDY) generate cases/darcy/fno.toml && $(EDDY) train cases/darcy/fno.toml    (the published size)"
	@echo "         $(EDDY) list operators                                                        (what there is)"
	@echo "         $(EDDY) help compare"

# What failed comes last, where it is seen, and stays in .build/test.log.
test: SHELL := bash
test: setup-mpi ## Run the fast tests
	@mkdir -p .build
	@set -o pipefail; swift test $(SWIFT_FLAGS) $(MPI) 2>&1 | tee .build/test.log || { status=$$?; \
	    printf '\nFailures (all of the output is in .build/test.log):\n'; \
	    awk '/^↳/ { if (failure) print; next } { failure = /^✘|error:/ } failure' .build/test.log; exit $$status; }

PYTHON_TOOLS := .build/python
$(PYTHON_TOOLS)/ready: Tests/Python/requirements.txt
	python3 -m venv $(PYTHON_TOOLS)
	$(PYTHON_TOOLS)/bin/pip install --quiet --requirement Tests/Python/requirements.txt
	touch $@

validate: setup-mpi $(PYTHON_TOOLS)/ready ## Run all tests, also the long ones and those that open our files with Python tools, and make the small cases again
	EDDY_VALIDATE=1 EDDY_PYTHON=$(PYTHON_TOOLS)/bin/python swift test $(SWIFT_FLAGS) $(MPI)
	swift build $(SWIFT_FLAGS) $(MPI)
	$(EDDY) reproduce

bench: build ## Time training steps and inference of operators, and solvers
	$(EDDY) bench

lint: ## Check the style
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

format: ## Apply the style
	swift format format --in-place --recursive --parallel Package.swift Sources Tests

reference: build ## Write the key reference of cases/README.md
	sed '/<!-- reference -->/q' cases/README.md > cases/README.md.tmp
	$(EDDY) list --markdown >> cases/README.md.tmp
	mv cases/README.md.tmp cases/README.md

docs: setup ## Write the documentation of the libraries to docs/
	EDDY_DOCS=1 swift package --allow-writing-to-directory docs generate-documentation \
	    $(LIBRARIES:%=--target %) --enable-experimental-combined-documentation --output-path docs --disable-indexing

install: build ## Install the program under PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(EDDY) $(DESTDIR)$(PREFIX)/bin/eddy
