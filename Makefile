# Everything that is done with Vedette, by one word each: see `make help`. What is missing is installed from
# Debian by apt-get first (scripts/packages/); DuckDB, which Debian hasn't, comes from npm (scripts/fetch_duckdb.sh), and
# nothing from anywhere else.
JOBS ?= $(shell nproc)
BIN := build/release/bin
INSTALL := scripts/install_packages.sh
PREFIX ?= /usr

# ccache is used where it is there, and never asked for. It takes what was compiled with a precompiled header (the tests) only
# where it is told so.
ifneq ($(shell command -v ccache 2>/dev/null),)
export CCACHE_SLOPPINESS ?= pch_defines,time_macros
export CMAKE_C_COMPILER_LAUNCHER ?= ccache
export CMAKE_CXX_COMPILER_LAUNCHER ?= ccache
endif

.DEFAULT_GOAL := build
.PHONY: build run demo test install deb format lint bench clean help

## build     the programs, optimised, into build/release/bin
build:
	@$(INSTALL) build
	@scripts/fetch_duckdb.sh
	@test -f build/release/build.ninja || cmake --preset release
	@cmake --build --preset release -j $(JOBS)

# Without tests and benchmarks in the way: what `make run` and `make demo` need.
.PHONY: programs
programs:
	@$(INSTALL) build
	@scripts/fetch_duckdb.sh
	@test -f build/release/build.ninja || cmake --preset release
	@cmake --build --preset release -j $(JOBS) --target vedette vedetted

## run       the live view of what comes in on the default route's interface, or on IF=NAME
run: programs
	@$(INSTALL) run
	@scripts/run.sh $(BIN) $(IF)

## demo      the same inside network namespaces of its own, with traffic of many kinds; VIEW="watch tcp" for another view
demo: programs
	@$(INSTALL) run demo
	@scripts/demo/demo.sh $(BIN) $(VIEW)

## test      builds and runs every test: unit, kernel, live, accuracy, a short fuzz run, sanitizers
test:
	@$(INSTALL) build test $(if $(filter yes,$(VEDETTE_CLICKHOUSE)),clickhouse)
	@scripts/fetch_duckdb.sh
	@scripts/ci/test.sh $(JOBS)

## bench     the benchmarks; writes docs/benchmarks.md, and docs/verifier.md
bench:
	@$(INSTALL) build bench
	@scripts/fetch_duckdb.sh
	@test -f build/release/build.ninja || cmake --preset release
	@cmake --build --preset release -j $(JOBS)
	@cmake --build --preset release --target bench_report verifier_report

## web       the web pages, into build/release/pages; needs npm, which fetches what web/package-lock.json names
.PHONY: web
web:
	@$(INSTALL) build web
	@test -f build/release/build.ninja && grep -q web_strictly build/release/build.ninja || cmake --preset release
	@cmake --build --preset release --target web_strictly

## install   onto this machine, under PREFIX (/usr); DESTDIR is honoured
install: build
	@DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

## deb       the Debian package, into build/deb
deb:
	@$(INSTALL) build deb
	@scripts/fetch_duckdb.sh
	@cmake -S . -B build/deb -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX=/usr \
	  -DVEDETTE_TESTS=OFF -DVEDETTE_BENCH=OFF >/dev/null
	@cmake --build build/deb -j $(JOBS)
	@cd build/deb && cpack

## format    every source file, by clang-format
format:
	@$(INSTALL) lint
	@scripts/ci/format.sh -i

## lint      formatting, clang-tidy, shell scripts and man pages; changes nothing
lint:
	@$(INSTALL) build lint
	@scripts/fetch_duckdb.sh
	@scripts/ci/lint.sh $(JOBS)

## clean     removes build/
clean:
	@rm -rf build

## help      this
help:
	@sed -n 's/^## /make /p' $(MAKEFILE_LIST)
