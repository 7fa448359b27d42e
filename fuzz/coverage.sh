#!/bin/sh
# SPDX-License-Identifier: MIT
# What a coverage build (VARIANT=coverage) of BUILD has run so far: the lines of
# each folder and of the files that have the most left. `make coverage` runs
# the tests first.
#   sh fuzz/coverage.sh [FILE...]     the lines of these files that were not reached
set -eu
build=${BUILD:-build/coverage}
gcov=gcov
report() {
	gcovr --root . --object-directory "$build" --gcov-executable $gcov --filter 'vm/' --filter 'loader/' --filter 'cases/' \
		--exclude '.*_test\.c' --exclude '.*testing\.h' --exclude '.*/main_[a-z]*\.c' --exclude 'vm/reference\.h' \
		--exclude 'vm/prove/predicate\.h' "$@" "$build"
}
report --csv "$build/lines.csv" --html-details "$build/lines.html" >/dev/null

# filename,line_total,line_covered,...
awk -F, 'NR > 1 {
	split($1, path, "/")
	total[path[1]] += $2; reached[path[1]] += $3
	total["all"] += $2; reached["all"] += $3
	left[$1] = $2 - $3; of[$1] = $2
}
END {
	for (i = split("vm loader cases all", folder, " "); i; i--)
		order[5 - i] = folder[i]
	printf "%-8s %8s %8s %8s\n", "folder", "lines", "left", "reached"
	for (i = 4; i; i--)
		printf "%-8s %8d %8d %7.2f%%\n", order[i], total[order[i]], total[order[i]] - reached[order[i]],
			total[order[i]] ? 100 * reached[order[i]] / total[order[i]] : 0
	print ""
	for (file in left)
		if (left[file])
			printf "%6d of %5d  %s\n", left[file], of[file], file | "sort -rn | head -n 40"
}' "$build/lines.csv"
echo
echo "Lines one by one: $build/lines.html"
