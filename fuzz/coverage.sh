#!/bin/sh
# SPDX-License-Identifier: MIT
# What a coverage build (VARIANT=coverage) has run so far: the lines of each
# folder, and the files that have the most left. `make coverage` runs the tests
# first.
#   sh fuzz/coverage.sh             counts anew, and says why lines are left
#   sh fuzz/coverage.sh FILE...     the lines of these that were not reached, as counted last
set -eu
build=${BUILD:-build/coverage}

if [ $# -gt 0 ]; then
	for file; do
		gcovr --add-tracefile "$build/lines.json" --root . --filter "$file" | sed -n '/%/p' | grep -v ^TOTAL
	done
	exit
fi
gcovr --root . --object-directory "$build" --filter 'vm/' --filter 'loader/' --filter 'cases/' \
	--exclude '.*_test\.c' --exclude '.*testing\.h' --exclude '.*/main_[a-z]*\.c' --exclude 'vm/reference\.h' \
	--exclude 'vm/prove/predicate\.h' --csv "$build/lines.csv" --json "$build/lines.json" \
	--html-details "$build/lines.html" "$build" >/dev/null

# filename,line_total,line_covered,...
awk -F, 'NR > 1 {
	split($1, path, "/")
	total[path[1]] += $2; reached[path[1]] += $3
	total["all"] += $2; reached["all"] += $3
	left[$1] = $2 - $3; of[$1] = $2
}
END {
	printf "%-8s %8s %8s %8s\n", "folder", "lines", "left", "reached"
	n = split("vm loader cases all", folder, " ")
	for (i = 1; i <= n; i++)
		printf "%-8s %8d %8d %7.2f%%\n", folder[i], total[folder[i]], total[folder[i]] - reached[folder[i]],
			total[folder[i]] ? 100 * reached[folder[i]] / total[folder[i]] : 0
	print ""
	for (file in left)
		if (left[file])
			printf "%6d of %5d  %s\n", left[file], of[file], file | "sort -rn | head -n 40"
}' "$build/lines.csv"
# FILE FIRST-LAST,LINE,... of what was not reached, to a table of reasons: by the
# text of a line and the one before it, then by the file (fuzz/coverage.md).
echo
gcovr --add-tracefile "$build/lines.json" --root . | awk '
function reason(file, before, text) {
	if (before text ~ /out_of_memory|out of memory|no_memory|NO_MEMORY|ENOMEM|MAP_FAILED|alloc\(/)
		return "no memory"
	if (file ~ /^loader\/(kernel|ptrace|scenario|supervise|capture|exec|record)\// || file == "cases/live.c")
		return "the kernel says no"
	if (file ~ /^loader\/profile\//)
		return "another libseccomp"
	if (file ~ /^(vm\/prove|vm\/engine|loader\/(show|lint|diff)|cases\/coverage)\// || file ~ /^cases\/(decide|search|prove)\.c/)
		return "no answer"
	if (before text ~ /isatty|progress|PROGRESS|colour|\\033/)
		return "a terminal"
	return "the rest"
}
NF == 1 && /\.[ch]$/ { file = $1; next }
$1 ~ /\.[ch]$/ { file = $1 }
file == "" || !/%/ || /^TOTAL/ { next }
{
	n = split($0 ~ /% / ? $NF : "", parts, ",")
	at = 0
	delete text
	while ((getline line < file) > 0)
		text[++at] = line
	close(file)
	for (i = 1; i <= n; i++) {
		ends = split(parts[i], range, "-")
		for (l = range[1]; l <= range[ends]; l++)
			left[reason(file, text[l - 1], text[l])]++
	}
	file = ""
}
END {
	for (why in left)
		printf "%6d  %s\n", left[why], why | "sort -rn"
}'
echo
echo "Lines one by one: $build/lines.html"
