# `make demo` builds clipft and shows the whole story; `make test` proves it. `make` alone lists the targets.

SWIFT_SOURCES := Sources Tests Package.swift
SWIFT_FORMAT := --recursive --parallel --configuration .swift-format $(SWIFT_SOURCES)
CLIPFT = $(shell swift build -c release --show-bin-path)/clipft
# The environment that writes fixtures: torch, transformers, open_clip, timm, Pillow, safetensors.
PYTHON ?= python3

# Where `make install` puts the program; DESTDIR goes before it for packagers.
PREFIX ?= /usr/local
DESTDIR ?=
# The program that carries Swift's libraries with it. It has a folder of its own to be built in: the same objects cannot
# serve both kinds of program, and alternating between them in one folder would build everything each time.
STATIC_BUILD := .build/install
STATIC_CLIPFT := $(STATIC_BUILD)/release/clipft

.DEFAULT_GOAL := help
.PHONY: help setup build static install uninstall check-install demo test test-slow kill-test bench parity fuzz docs lint format \
	check-warnings fixtures clean
MAKEFLAGS += --no-print-directory

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Check the Swift toolchain, install the C libraries that are missing, fetch CLIP's vocabulary
	@scripts/setup.sh
	@scripts/fetch-vocabulary.sh

build: setup ## Build the clipft program
	swift build -c release --product clipft

static: setup ## Build the program that runs where no Swift is
	swift build -c release --product clipft --static-swift-stdlib --scratch-path $(STATIC_BUILD)

install: ## Install that program, its manual pages and completions (PREFIX=/usr/local, DESTDIR=); builds it first unless it is there and newer
	@scripts/install.sh install $(STATIC_CLIPFT) "$(DESTDIR)$(PREFIX)"

uninstall: ## Remove what make install installed (PREFIX=/usr/local, DESTDIR=)
	@scripts/install.sh uninstall $(STATIC_CLIPFT) "$(DESTDIR)$(PREFIX)"

check-install: ## Install into a temporary folder and run the program with the Swift toolchain hidden
	scripts/check-install.sh

demo: build ## Pre-train, fine-tune, interpolate and score on the embedded world; report in clipft-demo/
	$(CLIPFT) demo --out clipft-demo

test: setup ## Build and run the tests
	swift build -c release --build-tests
	scripts/check-library.sh
	swift test -c release --skip-build --disable-xctest

test-slow: setup ## The same with the tests that take minutes
	swift build -c release --build-tests
	CLIPFT_SLOW_TESTS=1 swift test -c release --skip-build --disable-xctest

kill-test: build ## End the program at random moments, and check that nothing is lost (ROUNDS=50 SEED=1)
	scripts/kill-test.sh $(CLIPFT) $(or $(ROUNDS),50) $(or $(SEED),1)
	scripts/study-kill-test.sh $(CLIPFT) 10 $(or $(SEED),1)

docs: setup ## Write what docs/ has of methods and commands from the program's own tables
	swift build -c release --build-tests
	CLIPFT_WRITE_DOCS=1 swift test -c release --skip-build --disable-xctest --filter 'MethodReference|CommandReference'

bench: build ## Measure this machine, beside PyTorch where it is found (BENCH="--images DIR …")
	scripts/bench.sh $(CLIPFT) $(BENCH)

parity: build ## Compare all that a model sees, says and learns with the references (PYTHON=… IMAGES=… VOCABULARY=…)
	swift build -c release --product gradients
	$(PYTHON) Benchmarks/parity.py $(CLIPFT) $(IMAGES) $(VOCABULARY) --gradients $(dir $(CLIPFT))gradients
	$(PYTHON) Benchmarks/parity_tokens.py $(CLIPFT) $(VOCABULARY)
	$(PYTHON) Benchmarks/parity_pixels.py $(CLIPFT) $(IMAGES)
	$(PYTHON) Benchmarks/parity_formats.py $(CLIPFT)
	$(PYTHON) Benchmarks/parity_family.py $(CLIPFT) $(IMAGES)
	$(PYTHON) Benchmarks/parity_training.py $(CLIPFT) $(IMAGES) $(VOCABULARY)
	$(PYTHON) Benchmarks/bench_wise.py $(CLIPFT) $(IMAGES) --rounds 0

fuzz: setup ## Feed damaged files to the readers (SECONDS=60 a reader, READER=all, SEED=1)
	swift build -c release --product fuzz
	$(dir $(CLIPFT))fuzz --reader $(or $(READER),all) --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1)

lint: ## Check the formatting
	swift format lint --strict $(SWIFT_FORMAT)

format: ## Format in place
	swift format --in-place $(SWIFT_FORMAT)

check-warnings: setup ## Build from nothing and fail on any warning
	scripts/check-warnings.sh

fixtures: ## Write the golden fixtures anew (PYTHON=… with torch and transformers)
	set -e; for script in Tests/Fixtures/make_*.py; do echo $$script; $(PYTHON) $$script; done

clean: ## Remove what was built
	rm -rf .build clipft-demo
