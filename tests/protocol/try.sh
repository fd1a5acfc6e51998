#!/usr/bin/env bash
# Holds the endpoint against the audits of the GraphQL-over-HTTP specification that npm `graphql-http` carries, in a temporary
# folder, on this machine alone. `.ci/run others` calls it; needs node, npm and a built program (`cargo build`).
#   tests/protocol/try.sh [PROGRAM]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-"$root/target/debug/answerable"}
for needed in node npm; do
  command -v "$needed" >/dev/null || { echo "This needs $needed." >&2; exit 1; }
done
[ -x "$program" ] || { echo "$program is not there: run \`cargo build\` first." >&2; exit 1; }

folder=$(mktemp -d)
service=
finish() {
  if [ -n "$service" ]; then
    kill "$service" 2>/dev/null || true
    wait "$service" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT

(cd "$folder" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund graphql@16 graphql-http@1)
"$program" serve --listen 127.0.0.1:0 --data-dir "$folder/data" --no-demo --no-worker --writes-per-hour 100000 \
  >"$folder/out" 2>"$folder/err" &
service=$!
for _ in $(seq 300); do
  if grep -qm1 'Ctrl-C' "$folder/out" || ! kill -0 "$service" 2>/dev/null; then break; fi
  sleep 0.2
done
endpoint=$(sed -n 's/^ *GraphQL *//p' "$folder/out")
[ -n "$endpoint" ] || { cat "$folder/out" "$folder/err" >&2; exit 1; }
cp "$root/tests/protocol/audits.mjs" "$folder"
node "$folder/audits.mjs" "$endpoint"
