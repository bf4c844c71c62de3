#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other, for the given time each.
#   hack/fuzz.sh 20s
# What it finds interesting is hardly made smaller, which by default takes a minute for every find, more than there is.
set -euo pipefail
for pkg in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
    echo "$pkg $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-20s}" -fuzzminimizetime 10x "$pkg"
  done
done
