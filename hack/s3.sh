#!/usr/bin/env bash
# Runs a command beside a real server of S3, which OVATE_TEST_S3 names: Versity's gateway, with a temporary folder behind it. The first time it is
# built into the user's cache folder.
#
#   ./hack/s3.sh go test -count=1 ./internal/deepstorage/s3
set -euo pipefail

version=v1.8.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ovate-s3
gateway=$cache/versitygw-$version
if [ ! -x "$gateway" ]; then
  echo "building versitygw $version into $cache (once)" >&2
  mkdir -p "$cache"
  built=$(mktemp -d "$cache/building-XXXXXX")
  trap 'rm -rf "$built"' EXIT
  GOBIN=$built GOFLAGS='' CGO_ENABLED=0 go install "github.com/versity/versitygw/cmd/versitygw@$version"
  mv "$built/versitygw" "$gateway"
fi

dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "${built:-}" "$dir"' EXIT
mkdir "$dir/data" "$dir/attributes"
export ROOT_ACCESS_KEY=ovatetest ROOT_SECRET_KEY=ovatetestsecret

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

# begin starts the server on some port. If another process has it, the server ends at once.
begin() {
  port=$((20000 + RANDOM % 12000))
  ! answers || return 1
  "$gateway" --port "127.0.0.1:$port" --quiet posix --sidecar "$dir/attributes" "$dir/data" >"$dir/log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || return 1
    ! answers || return 0
    sleep 0.1
  done
  return 1
}

for _ in 1 2 3 4 5; do
  ! begin || break
done
kill -0 "$server" || { cat "$dir/log" >&2; exit 1; }

OVATE_TEST_S3="http://$ROOT_ACCESS_KEY:$ROOT_SECRET_KEY@127.0.0.1:$port" "$@"
