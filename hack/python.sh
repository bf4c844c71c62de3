#!/usr/bin/env bash
# Everything about clients/python, in a folder of its own: the checks, the tests against the built binary, wheel and sdist, and the examples, as somebody
# has them who installs the wheel. With KEEP=DIR wheel and sdist are put there.
set -euo pipefail
cd "$(dirname "$0")/.."
hack=$PWD/hack

dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; rm -rf "$dir"' EXIT
"$hack/venv.sh" "$dir/tools" clients/python/requirements-dev.txt
go build -o "$dir/ovate" ./cmd/ovate
mkdir -p "$dir/clone/clients" "$dir/clone/deploy"
cp -r clients/python "$dir/clone/clients/" # so that nothing is left behind in the clone
cp -r deploy/helm "$dir/clone/deploy/"     # whose version is the package's
cd "$dir/clone/clients/python"
tools=$dir/tools/bin

"$tools/ruff" format --check .
"$tools/ruff" check .
"$tools/mypy"
OVATE=$dir/ovate PYTHONPATH=src "$tools/pytest"

"$tools/python" -m build --no-isolation --outdir "$dir/dist" . >/dev/null
ls "$dir/dist"
echo "$dir"/dist/*.whl >"$dir/wheel.txt"
"$hack/venv.sh" "$dir/user" "$dir/wheel.txt"

"$dir/ovate" serve --listen 127.0.0.1:0 --data "$dir/data" --log-level warn >"$dir/address" 2>"$dir/log" &
server=$!
url=$("$hack/address.sh" $server "$dir/address" "$dir/log")
for example in examples/*.py; do
  echo "$example"
  "$dir/user/bin/python" "$example" "$url" >"$dir/output" || { cat "$dir/output" "$dir/log"; exit 1; }
done
[ -z "${KEEP:-}" ] || cp "$dir"/dist/* "$KEEP"
