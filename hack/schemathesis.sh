#!/usr/bin/env bash
# Sends generated requests to every path that /api/v1/openapi.json describes, of a server with users that this starts, and holds the answers against the
# description. Whatever the requests do, they do it to a data folder of their own. Arguments are handed to schemathesis.
#
#   hack/schemathesis.sh --max-examples 100 --seed 1
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; rm -rf "$dir"' EXIT
./hack/venv.sh "$dir/venv" hack/schemathesis/requirements.txt

go build -o "$dir/ovate" ./cmd/ovate
export OVATE_USER=admin OVATE_PASSWORD=schemathesis
mkdir "$dir/in" # what tasks may read: nothing
"$dir/ovate" serve --listen 127.0.0.1:0 --data "$dir/data" --log-level warn \
  -D ovate.ingest.localRoots="[\"$dir/in\"]" \
  -D druid.auth.authenticatorChain='["users"]' -D druid.auth.authenticator.users.type=basic -D druid.auth.authenticator.users.authorizerName=roles \
  -D druid.auth.authenticator.users.initialAdminPassword="$OVATE_PASSWORD" -D druid.auth.authenticator.users.credentialIterations=10 \
  -D ovate.auth.maxWrongPasswords=0 \
  -D druid.auth.authorizers='["roles"]' -D druid.auth.authorizer.roles.type=basic >"$dir/address" 2>"$dir/log" &
server=$!
url=
for _ in $(seq 300); do
  url=$(sed -n 's/^listening on //p' "$dir/address")
  [ -z "$url" ] || break
  kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
  sleep 0.1
done

# What schemathesis.toml knows by name.
submit() { "$dir/ovate" submit - --url "$url" "$@" >/dev/null; }
inline='"inputSource":{"type":"inline","data":"{\"t\":\"2026-01-01\",\"x\":\"a\"}\nnone\n"},"inputFormat":{"type":"json"}'
submit --wait <<<'{"type":"index_parallel","id":"done","spec":{"dataSchema":{"dataSource":"kept","timestampSpec":{"column":"t"},"dimensionsSpec":{},"granularitySpec":{"segmentGranularity":"day"}},"ioConfig":{"type":"index_parallel",'"$inline"'}}}'
submit --wait <<<'{"type":"index_parallel","id":"failed","spec":{"dataSchema":{"dataSource":"kept","timestampSpec":{"column":"none","format":"iso"},"dimensionsSpec":{}},"ioConfig":{"type":"index_parallel",'"$inline"'},"tuningConfig":{"type":"index_parallel","maxParseExceptions":0}}}' 2>/dev/null || [ $? = 1 ]
submit <<<'{"type":"noop","id":"runs","dataSource":"kept","runTime":3600000}'
submit <<<'{"type":"ovate_scheduled_task","id":"daily","schedulerConfig":{"type":"unix","schedule":"0 0 * * *"},"task":{"type":"noop","dataSource":"kept"}}'

config=$PWD/hack/schemathesis/schemathesis.toml
cd "$dir" # where schemathesis keeps what it finds
failed=0
PYTHONPATH="$(dirname "$config")" "$dir/venv/bin/schemathesis" --config-file "$config" run "$url/api/v1/openapi.json" --warnings off \
  --auth "$OVATE_USER:$OVATE_PASSWORD" "$@" || failed=$?
kill -0 "$server" 2>/dev/null || { echo "the server has ended" >&2; failed=1; }
if grep -E 'level=ERROR' "$dir/log" >&2; then
  echo "the server has logged errors" >&2
  failed=1
fi
exit "$failed"
