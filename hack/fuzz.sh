#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other, for the given time each.
#   hack/fuzz.sh 20s
set -euo pipefail
for pkg in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
    echo "$pkg $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-20s}" "$pkg"
  done
done
