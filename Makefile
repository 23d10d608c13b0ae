# Each target brings what it needs; a second call only checks that it is there.

PYTHON ?= python3
export PYTHON
# Hundreds of processes begin during the tests: without compiled modules each of them takes half as long again.
unexport PYTHONDONTWRITEBYTECODE
RUN := .venv/bin/python
MANAGE := $(RUN) manage.py
# Options for the three: make serve SERVE="--port 8080"
SERVE ?=
DEMO ?=
PICTURES ?=
# Which benches, all of them unless named: make bench BENCH=imports BENCH_CUSTOMERS=20000,200000
BENCH ?=
# Processes of the test suite, each with a database of its own. On two cores three, as many tests wait for real servers.
TEST_PROCESSES ?= 3

# A folder with the files of any shop: make second-shop SHOP=~/files
SHOP ?=

.PHONY: help demo serve stop test checks tests second-shop mutated-files fault-tests ledger-tests large-ledger-test compliance-test replay-test fuzz-public lint bench pictures venv venv-demo venv-test browser translations

help:
	@echo "make demo    everything from nothing: packages, database, real shop data, a live simulation"
	@echo "make serve   web and workers for the database that is there"
	@echo "make stop    end all of it, the private database too"
	@echo "make bench   imports, events, statistics and RFM beside their limits, as ratios (bench/README.md)"
	@echo "make test    everything from nothing, then every check and test"
	@echo "make ledger-tests  the points ledger against its model, tills and killed clients, coupons at fifty, in the numbers of docs/loyalty.md"
	@echo "make large-ledger-test  the check of the ledger over a million accounts, untouched and with fifty corrupted rows"
	@echo "make replay-test  a hundred days of the demo's data with every recipe in force, beside pandas"
	@echo "make second-shop SHOP=folder  imports the files of any shop and holds every KPI, cohort cell and RFM count against pandas"
	@echo "make fuzz-public  100,000 hostile requests to the public addresses"
	@echo "make fault-tests  kills, stops, lies and withdrawals in the numbers of docs/reliability.md (half an hour)"

demo: venv-demo translations
	@$(MANAGE) embedded_postgres start
	@$(MANAGE) demo $(DEMO)

serve: venv translations
	@$(MANAGE) embedded_postgres start
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) serve $(SERVE)

stop:
	@if [ -x $(RUN) ]; then $(MANAGE) serve --stop --skip-checks; $(MANAGE) embedded_postgres stop; fi

# The checks run beside the tests, whose processes at first wait for one of them to make the database.
test: venv-test browser translations
	@$(MAKE) --no-print-directory --jobs 2 checks tests

checks: lint
	@$(MANAGE) makemigrations --check --dry-run

tests: venv-test browser translations
	@$(RUN) -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

second-shop: venv-test
	@$(RUN) scripts/second_shop.py $(SHOP)

mutated-files: venv-test
	@MUTATED_FILES=10000 $(RUN) -m pytest -q tests/customers/imports/test_mutated_files.py

compliance-test: venv-test
	@COMPLIANCE_EXAMPLES=2000 $(RUN) -m pytest -q tests/campaigns/compliance/test_nothing_unlawful_leaves.py

ledger-tests: venv-test
	@LEDGER=full $(RUN) -m pytest -q tests/loyalty/ledger tests/loyalty/coupons/test_races.py \
		tests/loyalty/till/test_storms.py tests/loyalty/till/test_kills.py tests/loyalty/earning/test_partial_returns.py

large-ledger-test: venv-test
	@LEDGER_ACCOUNTS=$${LEDGER_ACCOUNTS:-1000000} $(RUN) -m pytest -q -rA tests/loyalty/ledger/test_check_of_a_large_ledger.py

# The small numbers run with `make test`. What came of it stands in the file, a line of JSON an experiment.
FAULT_RESULTS ?= var/faults.jsonl

fault-tests: venv-test
	@mkdir -p $(dir $(FAULT_RESULTS))
	@FAULTS=full FAULT_RESULTS=$(FAULT_RESULTS) $(RUN) -m pytest -q tests/faults
	@cat $(FAULT_RESULTS)

replay-test: venv-test
	@REPLAY=full $(RUN) -m pytest -q tests/campaigns/replay

fuzz-public: venv-test
	@FUZZED_REQUESTS=$${FUZZED_REQUESTS:-100000} $(RUN) -m pytest -q -s tests/campaigns/tracking/test_fuzz.py

lint: venv-test
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

bench: venv
	@$(RUN) -m bench $(BENCH)

pictures: venv-test browser
	@$(RUN) scripts/pictures.py $(PICTURES)

venv:
	@scripts/virtual_environment.sh requirements.txt

venv-demo:
	@scripts/virtual_environment.sh requirements.txt requirements-demo.txt

venv-test:
	@scripts/virtual_environment.sh requirements.txt requirements-demo.txt requirements-dev.txt

browser: venv-test
	@scripts/browser.sh

translations: $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))

%.mo: %.po | venv
	@$(MANAGE) translations --compile
