#!/usr/bin/env bash
# Makes targets one after the other, and says how long each took, even when one fails.
#
#     tests/steps.sh TARGET...
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rows=()
begin=$SECONDS
table() {
	printf '\n%-16s %8s\n' step minutes
	printf '%s\n' "${rows[@]}"
	row total $((SECONDS - begin))
}
row() {
	printf '%-16s %5d:%02d\n' "$1" $(($2 / 60)) $(($2 % 60))
}

for step in "$@"; do
	start=$SECONDS
	"${MAKE:-make}" "$step"
	status=$?
	rows+=("$(row "$step" $((SECONDS - start)))")
	if [ $status -ne 0 ]; then
		table
		echo "failed: $step" >&2
		exit $status
	fi
done
table
