#!/bin/sh
# Regenerates the Go code of the plugin contracts. Needs Go and npm; the tools land in a temporary folder.
set -eu
cd "$(dirname "$0")"
tools=$(mktemp -d)
trap 'chmod -R u+w "$tools"; rm -rf "$tools"' EXIT
GOBIN=$tools/bin go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.11
GOBIN=$tools/bin go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.1
npm install --silent --no-audit --no-fund --no-save --prefix "$tools" @bufbuild/buf@1.75.0 >/dev/null
PATH=$tools/bin:$PATH
"$tools/node_modules/.bin/buf" lint
"$tools/node_modules/.bin/buf" generate
