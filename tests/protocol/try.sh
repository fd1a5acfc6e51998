#!/usr/bin/env bash
# Holds the endpoint against the audits of the GraphQL-over-HTTP specification that npm `graphql-http` carries, in a temporary
# folder, on this machine alone. `.ci/run others` calls it; needs node, npm and a built program (`cargo build`).
#   tests/protocol/try.sh [PROGRAM]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-"$root/target/debug/answerable"}
# shellcheck source=tests/service.sh
. "$root/tests/service.sh"
needs node npm

(cd "$folder" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund graphql@16 graphql-http@1)
serve --no-demo --no-worker --writes-per-hour 100000
cp "$root/tests/protocol/audits.mjs" "$folder"
node "$folder/audits.mjs" "$base/graphql"
