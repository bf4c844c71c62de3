#!/usr/bin/env bash
# Waits until a server listens, and prints its address. Its output goes to the file, its log to the other.
#
#   ovate serve --listen 127.0.0.1:0 >output 2>log &
#   hack/address.sh $! output log
set -euo pipefail
for _ in $(seq 600); do
  url=$(sed -n 's/^listening on //p' "$2")
  [ -z "$url" ] || break
  kill -0 "$1" 2>/dev/null || break
  sleep 0.1
done
[ -n "$url" ] || { echo "the server does not listen" >&2; cat "$3" >&2; exit 1; }
echo "$url"
