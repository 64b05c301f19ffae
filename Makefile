# Everything here runs from a fresh clone. The first `make lab` makes .venv from requirements.lock, which has what
# the lessons need; the first other target adds the rest of requirements-test.lock to it.
#
#   make lab ARGS=--no-browser     ARGS is passed on to the command behind a target
#   make grade COURSE=~/gmm LESSON=02_e_step       a course folder of nbgrader, and one of its assignments
#   make test PYTHON=python3.13    PYTHON is the interpreter that .venv is made from
#   make instructor-edition OWN=folder  OWN is a folder with notebooks and exercises of your own
#   make site PYODIDE=folder    PYODIDE is a folder with a Pyodide distribution of your own
#   make site REPOSITORY=owner/name    REPOSITORY is where the course lies on GitHub: for links and launch buttons
#   make bench BENCH_PYTHON=...    BENCH_PYTHON is one that has gmmlesson and more peers, such as gmmx, installed

PYTHON ?= python3
ARGS ?=
OWN ?=
PYODIDE ?=
REPOSITORY ?=

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
BENCH_PYTHON ?= $(PY)
PIP_INSTALL := PIP_USER=0 $(PY) -m pip install --quiet --disable-pip-version-check --no-deps

# A lock holds everything, so pip need not look for more. Byte code is made on all processors, where pip has one, and
# not of the tests that packages bring along, which are 50 MB.
INSTALL_LOCK := $(PIP_INSTALL) --no-compile --require-hashes -r
COMPILE := $(PY) -m compileall -qq -j 0 -x 'site-packages/.*/tests?/' $(VENV)/lib || true

# Marks of what .venv has: requirements.lock, this package, requirements-test.lock. Each is written last, so that an
# environment whose making was cut short is never taken for a good one.
LOCKED := $(VENV)/.locked
READY := $(VENV)/.ready
TESTED := $(VENV)/.tested

# Sphinx and its theme have an environment of their own; it goes with build/.
SITE_VENV := build/site-venv
SITE_READY := $(SITE_VENV)/.ready

# An interpreter named on the command line is the only one tried; otherwise others on PATH may stand in.
ifeq ($(origin PYTHON),command line)
CANDIDATES := $(PYTHON)
else
CANDIDATES := $(PYTHON) python3.14 python3.13 python3.12 python3.11
endif

# Shell code that sets $$python to the first candidate that fits, or stops with a sentence that helps.
FIND_PYTHON = python=; bare=; \
	for candidate in $(CANDIDATES); do \
	  "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null || continue; \
	  if "$$candidate" -c 'import ensurepip, venv' 2>/dev/null; then python="$$candidate"; break; fi; \
	  bare="$${bare:-$$candidate}"; \
	done; \
	if [ -z "$$python" ] && [ -n "$$bare" ]; then \
	  version=$$("$$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "$$bare cannot make virtual environments: its venv or ensurepip module is missing." >&2; \
	  echo "On Debian and Ubuntu: apt install python$$version-venv" >&2; exit 1; \
	fi; \
	if [ -z "$$python" ]; then \
	  echo "gmmlesson needs Python 3.11, 3.12, 3.13 or 3.14; none of these is one: $(CANDIDATES)." >&2; \
	  echo "Install one of them, or name it: make lab PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi

# Shell code that stops with a sentence where .venv cannot be made or changed.
WRITABLE = [ -w $(or $(wildcard $(VENV)),.) ] || { \
	  echo "This folder is read-only: copy it to a place where you may write, and run make there." >&2; exit 1; }

# Under LC_ALL=C, Python 3.11 cannot start in a .venv that has the package from a folder with letters outside ASCII;
# without LC_ALL, Python finds a UTF-8 locale by itself.
ifneq ($(filter C POSIX,$(LC_ALL)),)
unexport LC_ALL
endif

# A .venv whose interpreter is gone, or that was made in another folder and then moved, is made anew. (`-S`: the
# interpreter alone. Make 4.3 and older do not unexport for $(shell).)
ifneq ($(wildcard $(LOCKED)),)
ifneq ($(shell $(PY) -S -c "" 2>/dev/null && [ "$$(cat $(LOCKED))" = "$$(pwd -P)" ] && echo good),good)
.PHONY: $(LOCKED)
endif
endif

# JupyterLab refuses to run as root unless told that it may. (`gmmlesson lab` tells it by itself.)
ifeq ($(shell id -u),0)
ROOT_FLAG := --allow-root
endif

FIRST_LESSON := $(firstword $(sort $(wildcard notebooks/*.ipynb)))

.DEFAULT_GOAL := help
.PHONY: help lab author wheel test quick lint bench bench-explorer bench-book refresh student-edition instructor-edition formgrader collect-mail stamp-submissions mend-submissions grade mistakes teach-demo teach-cycle classroom lesson-memory slides polls html site serve test-site site-picture site-lock lock clean

help: ## Show this list
	@echo "gmmlesson: Gaussian mixtures and the EM algorithm, step by step"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  make lab ARGS=--no-browser     serve without opening a browser"
	@echo "  make test ARGS=\"-x -k em\"      pass options on to pytest"
	@echo "  make lab PYTHON=python3.13     choose the Python that .venv is made from (make clean first)"

lab: $(READY) ## Open your course folder, work/, in JupyterLab, at the first lesson not yet done
	@exec $(PY) -m gmmlesson lab work $(ARGS)

author: $(READY) ## Open the stored lessons, notebooks/, in JupyterLab, to edit them
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(PY) -m jupyterlab --ip=127.0.0.1 $(ROOT_FLAG) \
	  $(if $(FIRST_LESSON),--LabApp.default_url=/lab/tree/$(FIRST_LESSON)) $(ARGS)

wheel: $(READY) ## Write the course as one file for learners, a wheel, into dist/
	@$(PY) -m hatchling build -t wheel -d dist

test: $(TESTED) ## Run every check: package, lessons, style, environment
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(PY) -m pytest \
	  --numprocesses=auto --no-loadscope-reorder $(ARGS)

quick: $(TESTED) ## Run what belongs before each commit: style, the core, the lessons that changed
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(PY) tools/quick.py $(ARGS)

lint: $(TESTED) ## Check the style of the code and the notebooks
	@$(PY) -m ruff check gmmlesson tests notebooks tools benchmarks site $(ARGS)

bench: $(TESTED) ## Measure speed and memory next to others (minutes; ARGS=--help for options)
	@$(BENCH_PYTHON) -m benchmarks.run $(ARGS)

bench-explorer: $(TESTED) ## Measure how fast the explorer answers the hand, next to ipywidgets and matplotlib
	@PYTHONPATH=tests:tools $(PY) -m benchmarks.explorer $(ARGS)

bench-book: site $(TESTED) ## Measure how long a page of the web book takes from the click to a cell's output
	@PYTHONPATH=site/tests:tests:tools $(PY) -m benchmarks.book $(ARGS)

refresh: $(TESTED) ## Run the notebooks and store their outputs; draw the picture of the README
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) tools/refresh.py $(ARGS)
	@$(PY) tools/picture.py

student-edition: $(TESTED) ## Write the lessons to hand out, without outputs, into build/
	@$(PY) tools/editions.py student $(ARGS)

instructor-edition: $(TESTED) ## Write the lessons with solutions, a course folder of nbgrader, into build/ or COURSE
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) tools/editions.py instructor $(if $(COURSE),--folder "$(COURSE)") $(if $(OWN),--own "$(OWN)") $(ARGS)

formgrader: $(TESTED) ## Grade essays by hand, in nbgrader's own pages (COURSE=~/gmm, your course folder)
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(PY) tools/formgrader.py "$(COURSE)" $(ARGS)

stamp-submissions: $(TESTED) ## Give a date to submissions that you have put into submitted/ (COURSE=~/gmm LESSON=02_e_step)
	@$(PY) tools/stamp_submissions.py "$(COURSE)" "$(LESSON)"

# What the targets for a course folder are told.
COURSE ?=
LESSON ?=
NAMED = [ -n "$(COURSE)" ] $(if $(1),&& [ -n "$(LESSON)" ]) || { \
	  echo "Name the course folder$(if $(1), and the lesson): make $@ COURSE=~/gmm$(if $(1), LESSON=02_e_step)" >&2; exit 2; }

collect-mail: $(TESTED) ## Collect submissions that came by mail, notebooks and zips (COURSE=~/gmm LESSON=02_e_step)
	@$(call NAMED,lesson)
	@$(PY) tools/collect_mail.py "$(COURSE)" "$(LESSON)" $(ARGS)

mend-submissions: $(TESTED) ## Mend doubled and lost cells in what was handed in (COURSE=~/gmm LESSON=02_e_step)
	@$(call NAMED,lesson)
	@$(PY) tools/mend_submissions.py "$(COURSE)" "$(LESSON)" $(ARGS)

grade: $(TESTED) ## Grade what was handed in, in parallel (COURSE=~/gmm LESSON=02_e_step)
	@$(call NAMED,lesson)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) tools/grade.py "$(COURSE)" "$(LESSON)" $(ARGS)

mistakes: $(TESTED) ## Count a class's mistakes: a table, and a page with a bar chart (COURSE=~/gmm)
	@$(call NAMED)
	@$(PY) tools/mistakes.py "$(COURSE)" $(LESSON) $(ARGS)

teach-demo: $(TESTED) ## Let nbgrader grade nine made-up students, and print their points
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) tools/teach_demo.py

teach-cycle: $(TESTED) ## Run the commands of teaching/exchange.md, for a teacher and three students, and check each
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) tools/teach_cycle.py $(ARGS)

classroom: $(TESTED) ## Run a class on a JupyterHub and measure it (minutes; ARGS="--students 10")
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) tools/classroom.py $(ARGS)

lesson-memory: $(TESTED) ## Measure the memory that the kernel of each lesson takes (minutes; ARGS="02 14")
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) tools/lesson_memory.py $(ARGS)

slides: $(TESTED) ## Turn the lessons into slides, into build/slides/ (PLAN=six: a file for each session)
	@$(PY) tools/slides.py $(if $(PLAN),--plan $(PLAN)) $(ARGS)

polls: $(TESTED) ## Write the questions to vote on, for any voting tool, into build/polls.tsv
	@$(PY) tools/polls.py

html: $(TESTED) ## Turn the lessons into web pages for reading, a file each, into build/html/
	@$(PY) tools/web_pages.py $(ARGS)

site: $(SITE_READY) $(READY) ## Make the web book, whose pages run, in build/site
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH=tools $(PY) site/tools/build.py $(if $(PYODIDE),--pyodide "$(PYODIDE)") $(if $(REPOSITORY),--repository "$(REPOSITORY)")

serve: $(READY) ## Serve the web book on 127.0.0.1 (ARGS="--port 8001")
	@exec $(PY) site/tools/serve.py $(ARGS)

test-site: site $(TESTED) ## Make the web book and read, play and run it in a browser
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(PY) -m pytest site/tests --numprocesses=auto --dist=worksteal $(ARGS)

site-picture: site $(TESTED) ## Take the picture of the web book for README.md
	@PYTHONPATH=tests:tools $(PY) site/tools/picture.py

# uv, which resolves for all Pythons and systems at once, lives in a throw-away environment of its own. The larger
# lock comes first: whatever it holds fits together, and so does the part of it that the smaller one takes.
RESOLVE_OPTIONS = --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	  --no-annotate --no-emit-index-url --no-emit-find-links
RESOLVE = "$$tools/bin/uv" pip compile pyproject.toml $(RESOLVE_OPTIONS) --custom-compile-command "make lock"

site-lock: ## Resolve the lock of what makes the web book (ARGS=--upgrade for newer releases)
	@$(FIND_PYTHON); \
	tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	"$$python" -m venv "$$tools" && \
	PIP_USER=0 "$$tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv>=0.5,<1" && \
	"$$tools/bin/uv" pip compile site/requirements.in $(RESOLVE_OPTIONS) --custom-compile-command "make site-lock" \
	  --output-file site/requirements.lock $(ARGS)

lock: ## Resolve both locks from pyproject.toml (ARGS=--upgrade for newer releases)
	@$(FIND_PYTHON); \
	tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	"$$python" -m venv "$$tools" && \
	PIP_USER=0 "$$tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv>=0.5,<1" && \
	$(RESOLVE) --all-extras --output-file requirements-test.lock $(ARGS) && \
	$(RESOLVE) --extra build --constraint requirements-test.lock --output-file requirements.lock $(ARGS)

clean: ## Remove .venv, caches and build products
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist
	find . \( -name .git -o -path ./work \) -prune -o \
	  \( -name __pycache__ -o -name .ipynb_checkpoints -o -name '*.egg-info' \) -prune -exec rm -rf {} +

$(LOCKED): requirements.lock
	@$(WRITABLE); $(FIND_PYTHON); \
	echo "Making $(VENV) with $$("$$python" --version): some 600 MB; the first time takes a minute or two."; \
	rm -f $(LOCKED) $(READY) $(TESTED); \
	"$$python" -m venv --clear $(VENV)
	@$(INSTALL_LOCK) requirements.lock
	@$(COMPILE)
	@pwd -P > $@

$(READY): $(LOCKED) pyproject.toml
	@$(WRITABLE)
	@$(PIP_INSTALL) --no-build-isolation -e .
	@touch $@

# nbgrader is there for the tests and for teachers; its buttons would only puzzle who learns alone.
NBGRADER := formgrader validate_assignment assignment_list course_list

# The package is no part of the lock: it is to be there too, but a new one is no reason to install the lock again.
$(TESTED): $(LOCKED) requirements-test.lock | $(READY)
	@$(WRITABLE); echo "Adding to $(VENV) what tests and tools need: some 500 MB."
	@$(INSTALL_LOCK) requirements-test.lock
	@$(COMPILE)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) -m jupyter labextension disable --level=sys_prefix @jupyter/nbgrader >/dev/null 2>&1
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) -m jupyter server extension disable --sys-prefix $(addprefix nbgrader.server_extensions.,$(NBGRADER)) >/dev/null 2>&1
	@touch $@

$(SITE_READY): site/requirements.lock | $(LOCKED)
	@$(WRITABLE); echo "Making $(SITE_VENV): some 250 MB."
	@mkdir -p build && $(PY) -m venv --clear $(SITE_VENV)
	@PIP_USER=0 $(SITE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile \
	  --require-hashes -r site/requirements.lock
	@touch $@
