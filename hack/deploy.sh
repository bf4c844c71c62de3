#!/usr/bin/env bash
# Tests deploy/ with the tools that people use it with, none of which may be missing: helm, which the first time Go builds into the user's cache folder, and
# promtool, which is taken from Debian's package of Prometheus (without installing that) unless there is one.
#
#   ./hack/deploy.sh
set -euo pipefail
cd "$(dirname "$0")/.."

helm=v3.22.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ovate-deploy
mkdir -p "$cache"
if [ ! -x "$cache/helm-$helm/helm" ]; then
  echo "building helm $helm into $cache (once)" >&2
  GOBIN=$cache/helm-$helm GOFLAGS='' CGO_ENABLED=0 go install "helm.sh/helm/v3/cmd/helm@$helm"
fi
if ! command -v promtool >/dev/null && [ ! -x "$cache/promtool/usr/bin/promtool" ]; then
  package=$(mktemp -d)
  trap 'rm -rf "$package"' EXIT
  (cd "$package" && apt-get download -q prometheus && dpkg -x prometheus_*.deb "$cache/promtool")
fi
PATH=$cache/helm-$helm:$cache/promtool/usr/bin:$PATH OVATE_TEST_TOOLS=required go test -count=1 -v ./deploy
