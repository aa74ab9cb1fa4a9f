# Every target is one call of tools/dev.py, which also works without make. `make help` lists them.
# Options for a task: make test ARGS="-k linkage"
PYTHON ?= $(shell command -v python3.11 || command -v python3 || command -v python)
ARGS ?=

TASKS := help book test serve lint types pdf zip workshop validate bench data clean
.PHONY: $(TASKS)
.DEFAULT_GOAL := help

$(TASKS):
	@$(PYTHON) tools/dev.py $@ $(ARGS)
