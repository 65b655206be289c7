PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed

.PHONY: test lint types clean

$(STAMP): pyproject.toml constraints/cpu.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q -c constraints/cpu.txt torch
	$(VENV)/bin/pip install -q -c constraints/cpu.txt -e '.[dev]'
	touch $(STAMP)

test: $(STAMP)
	$(VENV)/bin/python -m pytest

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(STAMP)
	$(VENV)/bin/mypy

clean:
	rm -rf $(VENV)
