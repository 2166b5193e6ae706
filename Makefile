# Halum Hut. `make help` lists the targets. Go 1.26 and Node are all that a machine needs to have.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO        ?= go
BIN       := bin
PLUGINS   := $(notdir $(wildcard plugins/payment-* plugins/shipping-*))
TESTFLAGS ?= -race
PKG       ?= ./...

# Pictures are encoded by the library that is in the binary, never by one that the machine happens to have: without this,
# the binary is linked dynamically.
export GOFLAGS := -tags=nodynamic $(GOFLAGS)

TEMPL     := github.com/a-h/templ/cmd/templ@v0.3.977
GOLANGCI  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT   := mvdan.cc/gofumpt@v0.12.0
GOVULN    := golang.org/x/vuln/cmd/govulncheck@latest

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the binary and the plugins into bin/
	@mkdir -p $(BIN)/plugins
	$(GO) build -trimpath -ldflags="-s -w" -o $(BIN)/halum ./cmd/halum
	$(GO) build -trimpath -ldflags="-s -w" -o $(BIN)/plugins/ $(addprefix ./plugins/,$(PLUGINS))
	@cd $(BIN)/plugins && { command -v sha256sum >/dev/null && sha256sum $(PLUGINS) || shasum -a 256 $(PLUGINS); } > plugins.sha256

.PHONY: run
run: build ## start everything on :8080 with two demo shops
	@exec $(BIN)/halum dev

.PHONY: test
test: ## run all tests against a real Postgres, Redis and plugins
	@mkdir -p $(BIN)
	@$(GO) build -o $(BIN)/testenv ./cmd/testenv
	$(BIN)/testenv -- $(GO) test $(TESTFLAGS) -timeout 15m $(PKG)

.PHONY: browser
browser: build ## drive the real binary with a real browser; screenshots in artifacts/
	$(GO) test -tags browser -count=1 -timeout 10m -v ./cmd/halum/e2e/...

.PHONY: faults
faults: build ## break everything while shops trade and compare the books (HALUM_FAULTS_CHECKOUTS, _KILLS, _WEBHOOKS)
	@$(GO) build -o $(BIN)/testenv ./cmd/testenv
	$(BIN)/testenv -- $(GO) test -tags faults -count=1 -timeout 150m -v -run 'TestFault' ./cmd/halum/e2e/... ./adapters/pluginhost/...

.PHONY: bench
bench: build ## measure the plugins and the four workloads over HTTP against the real binary
	$(GO) run ./cmd/bench

.PHONY: generate
generate: ## make the generated code anew (pages, plugin contracts)
	$(GO) run $(TEMPL) generate -path adapters/web
	./plugins/sdk/proto/generate.sh

.PHONY: fmt
fmt: ## format the code
	$(GO) run $(GOFUMPT) -w $$(git ls-files '*.go' | grep -vE '_templ\.go$$|\.pb\.go$$')

.PHONY: lint
lint: ## check format, vet and linters
	@unformatted=$$($(GO) run $(GOFUMPT) -l $$(git ls-files '*.go' | grep -vE '_templ\.go$$|\.pb\.go$$')); \
	  if [ -n "$$unformatted" ]; then echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags browser,faults ./cmd/halum/e2e/...
	$(GO) run $(GOLANGCI) run ./...

.PHONY: openapi-lint
openapi-lint: build ## lint the three OpenAPI documents
	@mkdir -p artifacts/openapi
	$(BIN)/halum openapi artifacts/openapi
	npx --yes @redocly/cli@2.77.0 lint --config deploy/redocly.yaml artifacts/openapi/*.json

.PHONY: vuln
vuln: ## check for known vulnerabilities, when their database can be reached
	@if $(GO) run $(GOVULN) ./... > $(BIN)/vuln.txt 2>&1; then echo "govulncheck: nothing found"; \
	 elif grep -qE 'dial tcp|no such host|403|404|fetching vulnerabilities|connection refused' $(BIN)/vuln.txt; then echo "govulncheck: the vulnerability database cannot be reached, not checked"; \
	 else cat $(BIN)/vuln.txt; exit 1; fi

.PHONY: clean
clean: ## remove what was built; data/ stays
	rm -rf $(BIN) artifacts
