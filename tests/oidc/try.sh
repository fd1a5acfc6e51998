#!/usr/bin/env bash
# Tries the service against a real OpenID provider: npm `oidc-provider`, in a temporary folder, on this machine alone.
# Called by hand; needs node, npm, curl and a built program (`cargo build`). Says what is missing and fails without it.
#   tests/oidc/try.sh [PROGRAM]        OIDC_KEY=RS256 (default), ES256 or EdDSA
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-"$root/target/debug/answerable"}
for needed in node npm curl; do
  command -v "$needed" >/dev/null || { echo "This needs $needed." >&2; exit 1; }
done
[ -x "$program" ] || { echo "$program is not there: run \`cargo build\` first." >&2; exit 1; }

folder=$(mktemp -d)
started=()
finish() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT

(cd "$folder" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund oidc-provider@9)
export OIDC_PROVIDER="$folder/node_modules/oidc-provider/lib/index.js" OIDC_KEY=${OIDC_KEY:-RS256}

wait_for() { # FILE PATTERN
  for _ in $(seq 300); do
    if grep -qm1 "$2" "$1" 2>/dev/null; then return 0; fi
    sleep 0.2
  done
  echo "Nothing came:" >&2
  cat "$1" >&2
  exit 1
}

node "$root/tests/oidc/provider.mjs" >"$folder/provider.log" 2>"$folder/provider.err" &
provider=$!
started+=("$provider")
wait_for "$folder/provider.log" '^http'
issuer=$(head -n1 "$folder/provider.log")

"$program" serve --listen 127.0.0.1:0 --data-dir "$folder/data" --no-demo --no-worker \
  --oidc-issuer "$issuer" --oidc-audience urn:answerable --oidc-role-claim groups --oidc-roles desk=MODERATOR \
  >"$folder/service.log" 2>"$folder/service.err" &
started+=("$!")
wait_for "$folder/service.log" 'GraphQL'
base=$(sed -n 's/^ *GraphQL *\(.*\)\/graphql$/\1/p' "$folder/service.log")

token() { # RESOURCE
  curl -sS -u consultation-staff:of-a-test-alone "$issuer/token" \
    -d grant_type=client_credentials -d scope=participate --data-urlencode "resource=$1" |
    node -pe 'JSON.parse(require("fs").readFileSync(0)).access_token'
}
ask() { # TOKEN
  curl -sS "$base/graphql" -H 'content-type: application/json' -H "authorization: Bearer $1" \
    -d '{"query":"{ viewer { displayName email roles { role } } moderationQueue { totalCount } }"}'
}
expect() { # WHAT ANSWER PART
  case $2 in
    *"$3"*) echo "ok    $1" ;;
    *) echo "FAIL  $1: $2" >&2; exit 1 ;;
  esac
}

first=$(token urn:answerable)
expect "a token of the provider is believed ($OIDC_KEY)" "$(ask "$first")" '"displayName":"Staff of the desk"'
expect "its verified address is theirs" "$(ask "$first")" 'desk@example.org'
expect "its claims give a role" "$(ask "$first")" '"moderationQueue":{"totalCount":0}'
expect "a token for somebody else is not" "$(ask "$(token urn:another)")" UNAUTHENTICATED
curl -sS -X PUT "$issuer/rotate" >/dev/null
second=$(token urn:answerable)
expect "a key that was just asked for is not asked for again" "$(ask "$second")" UNAUTHENTICATED
sleep 31
expect "a new key is found half a minute later" "$(ask "$second")" '"displayName":"Staff of the desk"'
expect "and the one before is still believed" "$(ask "$first")" '"displayName":"Staff of the desk"'
kill "$provider"
expect "while the provider is out" "$(ask "$second")" '"displayName":"Staff of the desk"'
