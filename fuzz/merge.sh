#!/bin/sh
# SPDX-License-Identifier: MIT
# Merges inputs into the corpus of the tree (fuzz/corpus): of all that is there,
# the smallest inputs that together reach what all of them reach.
#
#   sh fuzz/merge.sh [DIR...]       each DIR holds a folder for each target;
#                                   none: what `make fuzz` kept in BUILD/fuzz/corpus
#
# Corpora of other machines are merged by naming them. The targets must have
# been built (`make fuzz FUZZ_TIME=1` does).
set -eu
build=${BUILD:-build}
bins=$build/engine/fuzz/targets
[ $# -gt 0 ] || set -- "$build/fuzz/corpus"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for bin in "$bins"/*; do
	target=${bin##*/}
	into=fuzz/corpus/$target
	mkdir -p "$into" "$tmp/$target"
	dirs=
	for dir; do
		[ -d "$dir/$target" ] && dirs="$dirs $dir/$target"
	done
	max_len=$(sed -n 's/^max_len *= *\([0-9]*\)$/-max_len=\1/p' "fuzz/options/$target.options" 2>/dev/null || true)
	# Edges alone: how often each is taken would keep many times as many inputs.
	# shellcheck disable=SC2086
	"$bin" -merge=1 -use_counters=0 -timeout=20 $max_len "$tmp/$target" "$into" $dirs >"$tmp/.messages" 2>&1 || {
		cat "$tmp/.messages" >&2
		exit 1
	}
	before=$(find "$into" -type f | wc -l)
	# What once broke something stays, whatever else reaches the same.
	for file in "$into"/found-*; do
		[ ! -e "$file" ] || mv "$file" "$tmp/$target"
	done
	rm -rf "$into"
	mv "$tmp/$target" "$into"
	printf '%-12s %5d inputs, %5d before, %7d bytes\n' "$target" "$(find "$into" -type f | wc -l)" "$before" \
		"$(cat "$into"/* | wc -c)"
done
