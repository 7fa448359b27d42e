#!/bin/sh
# SPDX-License-Identifier: MIT
# Every input of the corpus through its target, without a fuzzing engine: one
# line for each target. `sh fuzz/replay_test.sh` from the project's root.
set -u
replay=${BUILD:-build}/fuzz/replay

# The corpus, the dictionaries and the options belong to targets that there are.
for file in fuzz/corpus/* fuzz/dict/*.dict fuzz/options/*.options; do
	name=${file##*/}
	"$replay" --list | grep -qx "${name%.*}" || { echo "Bail out! $file: there is no such target"; exit 1; }
done
exec "$replay" --all fuzz/corpus
