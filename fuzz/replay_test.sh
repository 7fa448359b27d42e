#!/bin/sh
# SPDX-License-Identifier: MIT
# Every input of the corpus through its target, without a fuzzing engine: one
# line for each target. `sh fuzz/replay_test.sh` from the project's root.
set -u
replay=${BUILD:-build}/fuzz/replay

"$replay" --all fuzz/corpus
status=$?
# Corpora, dictionaries and options belong to targets that there are.
for file in fuzz/corpus/* fuzz/dict/*.dict fuzz/options/*.options; do
	name=${file##*/}
	"$replay" --list | grep -qx "${name%.*}" || { echo "# $file: there is no such target" >&2; status=1; }
done
exit $status
