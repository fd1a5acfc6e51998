#!/usr/bin/env bash
# Holds the endpoint against the audits of the GraphQL-over-HTTP specification that npm `graphql-http` carries, and against the
# clients for live updates that people use, npm `graphql-ws` and `graphql-sse`; in a temporary folder, on this machine alone.
# `.ci/run others` calls it; needs node, npm and a built program (`cargo build`).
#   tests/protocol/try.sh [PROGRAM]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-"$root/target/debug/answerable"}
# shellcheck source=tests/service.sh
. "$root/tests/service.sh"
needs node npm

packages=(graphql@16 graphql-http@1 graphql-ws@6 graphql-sse@2 ws@8)
(cd "$folder" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund "${packages[@]}")
serve --no-worker --writes-per-hour 100000 --contributions-per-hour 100000
cp "$root"/tests/protocol/*.mjs "$folder"
node "$folder/audits.mjs" "$base/graphql"
node "$folder/clients.mjs" "$base/graphql" "$(grep -m1 -o 'http.*/sign-in?token=.*' "$folder/service.log")"
