# Thin: everything here is a call or two of tito. Without make (Windows): see README.md.
PYTHON ?= python3
BIN = .venv/bin
ifeq ($(OS),Windows_NT)
BIN = .venv/Scripts
endif

.DEFAULT_GOAL := help
.PHONY: help setup environment dev-environment conformance-environment course test conformance conformance-mutants lint bench milestones mutants grading-kill clean

help: ## these targets
	@echo "make setup    the environment (.venv), a no-op the second time"
	@echo "make course   the whole course once: build, export, a demonstration class"
	@echo "make test     all tests, offline"
	@echo "make conformance  PyTorch judges every operation; writes docs/conformance.md (fetches PyTorch)"
	@echo "make conformance-mutants  each gradient rule made wrong in turn: is it noticed?"
	@echo "make mutants  every wrong solution that the checks must catch (some minutes)"
	@echo "make grading-kill  a grading run is killed 500 times, and every submission is graded once"
	@echo "make lint     the style rules that a machine can hold"
	@echo "make bench    the benchmarks; with PyTorch installed, writes docs/benchmarks.md"
	@echo "make milestones  every milestone, with its claim (some minutes)"
	@echo "make clean    remove what was built (not .venv)"

setup:
	@$(PYTHON) -m tito setup $(SETUP)

environment:
	@$(PYTHON) -m tito setup --quiet $(SETUP)

dev-environment:
	@$(PYTHON) -m tito setup --quiet --dev $(SETUP)

course: environment
	@$(BIN)/tito dev build
	@$(BIN)/tito class demo

test: dev-environment
	@$(BIN)/tito dev lint
	@$(BIN)/python -m pytest -n 2

conformance-environment:
	@$(PYTHON) -m tito setup --quiet --dev --conformance $(SETUP)

conformance: conformance-environment
	@$(BIN)/python -m pytest -n 2 tests/conformance

conformance-mutants: conformance-environment
	@$(BIN)/python -m tests.conformance.mutants

grading-kill: dev-environment
	@TITO_KILLS=500 $(BIN)/python -m pytest tests/tito/grading/engines/test_killed.py

lint: dev-environment
	@$(BIN)/tito dev lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

bench: environment
	@$(BIN)/python -m benchmarks.engine
	@for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

mutants: dev-environment
	@$(BIN)/python -m tests.mutants

milestones: environment
	@$(BIN)/tito milestone --all

clean:
	@rm -rf build demo .pytest_cache .ruff_cache .hypothesis
