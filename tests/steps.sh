#!/usr/bin/env bash
# Makes targets one after the other, and says how long each took, even when one fails.
#
#     tests/steps.sh [--beside TARGET] TARGET...
#
# The target behind `--beside` is made beside the first ones, without a word; where it stands in the list it is waited for.
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

beside=
if [ "${1:-}" = --beside ]; then
	beside=$2
	shift 2
	mkdir -p target
	"${MAKE:-make}" "$beside" >target/beside.log 2>&1 &
	job=$!
fi

make_one() {
	if [ "$1" = "$beside" ]; then
		wait $job || { cat target/beside.log; return 1; }
	else
		"${MAKE:-make}" "$1"
	fi
}

rows=()
begin=$SECONDS
row() {
	printf '%-16s %5d:%02d\n' "$1" $(($2 / 60)) $(($2 % 60))
}
table() {
	printf '\n%-16s %8s\n' step minutes
	printf '%s\n' "${rows[@]}"
	row total $((SECONDS - begin))
}

for step in "$@"; do
	start=$SECONDS
	make_one "$step"
	status=$?
	rows+=("$(row "$step" $((SECONDS - start)))")
	if [ $status -ne 0 ]; then
		table
		echo "failed: $step" >&2
		exit $status
	fi
done
table
