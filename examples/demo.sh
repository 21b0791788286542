#!/usr/bin/env bash
# Compiles the sample feed beside this file to Sigma, converts it to Splunk, and shows some of both.
# `make demo` calls it with the environment's programs on the path.
set -euo pipefail

feed="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/sample-feed.json"
folder="$(mktemp -d "${TMPDIR:-/tmp}/socdef-demo.XXXXXX")"

heading() { printf '\n== %s\n\n' "$*"; }

# The first COUNT documents or queries of FILE, which are set apart by SEPARATOR.
first() { awk -v count="$2" -v separator="$3" '$0 == separator && ++seen == count { exit } { print }' "$1"; }

heading "socdef-sigma compile sample-feed.json -o rules.yml"
socdef-sigma compile "$feed" -o "$folder/rules.yml"

heading "The first of the rules"
first "$folder/rules.yml" 1 ---

heading "socdef-sigma convert sample-feed.json -t splunk --quiet -o queries.spl"
socdef-sigma convert "$feed" -t splunk --quiet -o "$folder/queries.spl"

heading "The first three of the queries"
first "$folder/queries.spl" 3 ""

heading "One value, explained"
socdef-sigma explain '198[.]51[.]100[.]7:8443' | head -n 5

heading "Both files are in $folder"
