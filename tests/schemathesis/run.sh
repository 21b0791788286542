#!/usr/bin/env bash
# Serves the sample feed on loopback and lets schemathesis ask it everything that its description allows, and much that it does not.
# Both programs come from the path; the server ends with this script.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
folder="$(mktemp -d)"
server=
stop() {
	[ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server"; } || true
	rm -rf "$folder"
}
trap stop EXIT

socdef-sigma ingest --quiet --db "$folder/iocs.db" "$here/../../examples/sample-feed.json"
key="$(socdef-sigma keys create --db "$folder/iocs.db" --plan load --config "$here/serve.yml" 2>/dev/null)"
socdef-sigma serve --db "$folder/iocs.db" --listen 127.0.0.1:0 --config "$here/serve.yml" --log none >"$folder/url" &
server=$!
for _ in $(seq 100); do
	[ -s "$folder/url" ] && break
	sleep 0.1
done

cd "$folder" # schemathesis leaves its cache where it runs
SCHEMATHESIS_HOOKS=hooks PYTHONPATH="$here" schemathesis run "$(cat url)/api/openapi.json" \
	-H "Authorization: Bearer $key" --checks all --max-examples "${SOCDEF_EXAMPLES:-20}" --seed 1
