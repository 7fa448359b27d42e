#!/bin/sh
# SPDX-License-Identifier: MIT
# Malformed case files: for each file of cases/suite/errors, what stands beside
# it in FILE.err is printed, byte for byte, and the exit status is 2.
#   sh cases/errors_test.sh            (from the project's root)
#   sh cases/errors_test.sh --update   writes the .err files: read them after
. vm/testing.sh
dir=cases/suite/errors

for file in "$dir"/*.yaml; do
	"$verdict" test "$file" >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ "$(tail -n 1 "$tmp/out")" = "0 passed, 0 failed" ] && : >"$tmp/out"
	refused "${file##*/}" $status "${file%.yaml}.err"
done
[ $n -ge 60 ]
ok $? "at least 60 files"
done_testing
