#!/usr/bin/env bash
# Holds a service of its own against suites that others wrote: GraphQL over HTTP, graphql-transport-ws and event streams, and
# what linters and code generators make of the schema. The suites are a folder of scripts that is no part of this repository.
#   tests/outside.sh FOLDER [PROGRAM]      CHECKS_HOME names where the folder's `setup.sh` has installed what it needs
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
suites=${1:?usage: tests/outside.sh FOLDER [PROGRAM]}
program=${2:-"$root/target/debug/answerable"}
# shellcheck source=tests/service.sh
. "$root/tests/service.sh"
needs curl

# All that the probes send comes from one address.
serve --writes-per-hour 100000 --contributions-per-hour 100000
endpoint=$base/graphql

# Something to listen for: a comment on a document that shows comments at once.
ask() { # REQUEST [TOKEN]
  curl -sS "$endpoint" -H 'Content-Type: application/json' ${2:+-H "Authorization: Bearer $2"} --data "$1"
}
sign_in() { # LINK
  ask "{\"query\":\"mutation { signIn(input: { token: \\\"${1##*token=}\\\" }) { session { accessToken } } }\"}" |
    sed -n 's/.*"accessToken":"\([^"]*\)".*/\1/p'
}
administrator=$(sign_in "$(grep -m1 'sign-in?token=' "$folder/service.log")")
account() { "$program" account "$@" --data-dir "$folder/data"; }
account add desk@example.org --name 'The desk' --role moderator >/dev/null
TOKEN=$(sign_in "$(account sign-in-link desk@example.org)")
document=$(ask '{"query":"{ documents(first: 1) { nodes { id } } }"}' | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
ask "{\"query\":\"mutation { setDocumentPolicies(input: { documentId: \\\"$document\\\", moderation: POST }) { errors { message } } }\"}" \
  "$administrator" >/dev/null

export SUB="subscription { commentPublished(documentId: \"$document\") { id } }" ITEMS=1
export TRIGGER="mutation { submitComment(input: { targetId: \"$document\", body: \"A word.\", author: { name: \"A reader\", email: \"reader@example.org\" } }) { comment { id } errors { message } } }"
export AUTHSUB="subscription { moderationCountsChanged(documentId: \"$document\") { waiting } }" BADTOKEN=nonsense PARAMKEY=authorization

failed=0
run() {
  echo "--- $*"
  "$@" || failed=1
}
run "$suites/http-audit.sh" "$endpoint"
TOKEN=$TOKEN run "$suites/ws.sh" "${endpoint/http:/ws:}" "$endpoint"
# What linters say of style is to be read; what is wrong with the schema a test of ours finds.
"$suites/schema-lint.sh" "$root/schema.graphql" || true
exit "$failed"
