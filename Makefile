# `make` lists the targets. CI runs `make ci`, and nothing that is not here.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-print-directory

LINT_VERSION := v2.15.0
LINT         := bin/tools/golangci-lint
VERSION      ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
TESTFLAGS    ?=
BENCHTIME    ?= 1s
FUZZTIME     ?= 60s
PACKAGES     ?= ./...

.PHONY: help build test race unraced check lint tools bench fuzz images sdks quickstart ci \
	size man release reproducible image
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

build: ## bin/bench: static, without C
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/bench ./cmd/bench

# Without Docker or corpus the tests that need them are skipped, and listed at
# the end; BENCH_REQUIRE=docker,corpus,browser makes them fail instead.
test: bin/tools/skips ## every test; ends with what was skipped, and why
	@go test -json -timeout 60m $(TESTFLAGS) $(PACKAGES) | bin/tools/skips

bin/tools/skips: $(wildcard internal/skips/*.go)
	@CGO_ENABLED=0 go build -o $@ ./internal/skips

race: ## the tests of what runs side by side, under the race detector
	@packages=$$(ci/packages.sh raced); \
	CGO_ENABLED=1 $(MAKE) test TESTFLAGS="-race $(TESTFLAGS)" PACKAGES="$$packages"

# Many of them wait for containers: more than one for each core are under way.
unraced: ## the tests of everything else
	@packages=$$(ci/packages.sh unraced); \
	$(MAKE) test TESTFLAGS="-parallel 4 $(TESTFLAGS)" PACKAGES="$$packages"

# The linters have all that `go vet` has (govet).
check: ## format, tidy and lint
	@unformatted=$$(git ls-files -z '*.go' | xargs -0 gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted:"; echo "$$unformatted"; exit 1; fi
	go mod tidy -diff
	cd internal/sdktest && go mod tidy -diff
	@$(MAKE) lint

lint:
	@lint=$(LINT); [ -x $$lint ] || lint=$$(command -v golangci-lint || true); \
	if [ -z "$$lint" ] || ! $$lint version | grep -qF "$(LINT_VERSION:v%=%)"; then \
		echo "golangci-lint $(LINT_VERSION) is not installed: run make tools"; exit 1; fi; \
	echo $$lint run; $$lint run

tools: $(LINT) ## golangci-lint, at the pinned version, into bin/tools

$(LINT): Makefile
	GOBIN=$(CURDIR)/bin/tools go install \
		github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@touch $@

bench: ## every benchmark; BENCHTIME=1s
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) $(PACKAGES)

fuzz: ## every fuzz target, one after another; FUZZTIME=60s for each
	@go list -f '{{.Dir}}' $(PACKAGES) | while read -r dir; do \
		grep -qs '^func Fuzz' "$$dir"/*_test.go || continue; \
		for target in $$(go test -list '^Fuzz' "$$dir" | grep '^Fuzz'); do \
			echo "$${dir#$(CURDIR)/} $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) \
				-fuzzminimizetime 5s $(TESTFLAGS) "$$dir" </dev/null; \
		done; \
	done

# What the binary may have at the most, in bytes. It goes down, not up.
SIZE_LIMIT := 30000000

size: build ## that bin/bench has not grown beyond its limit
	@size=$$(wc -c <bin/bench); echo "bin/bench has $$size bytes"; \
	if [ "$$size" -gt $(SIZE_LIMIT) ]; then echo "more than $(SIZE_LIMIT): see docs/releases.md"; exit 1; fi

man: build ## a manual page for each command, into bin/man
	bin/bench man -o bin/man

release: ## archives, parts and checksums of all platforms, into bin/release
	rm -rf bin/release
	ci/release.sh $(VERSION) bin/release

reproducible: ## that the same source gives the same release, wherever it lies
	ci/reproducible.sh

image: build ## the image bench:VERSION, of the binary alone
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	cp bin/bench packaging/Dockerfile "$$dir/"; \
	cp /etc/ssl/certs/ca-certificates.crt "$$dir/"; \
	docker build -t bench:$(VERSION) "$$dir"

images: ## the images that container tests run in
	ci/images.sh

sdks: ## the scripted server against official clients, which are a module of their own
	cd internal/sdktest && go vet ./... && go test $(TESTFLAGS) ./...

quickstart: build ## the example of the README, with a database of its own
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	bin/bench run --config examples/quickstart/bench.yaml --db "$$dir/bench.db"

ci: ## all of it, as continuous integration does; .ci/run prepares the machine
	.ci/steps
