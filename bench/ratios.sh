#!/bin/sh
# SPDX-License-Identifier: MIT
# The engine against other evaluators, on filters of real software: one that the
# Linux Programming Interface shows, Docker's, Docker's as libseccomp's tree
# form, and that of systemd-logind. On the record mix, and on the system calls
# of everyday commands where these can be recorded.
#
#   BUILD=build sh bench/ratios.sh [TABLE]     TABLE gets the figures, tab-separated
set -eu
build=${BUILD:-build}
verdict=$build/verdict
mkdir -p "$build/bench"
recorded=$build/bench/everyday.rec
[ -s "$recorded" ] || BUILD=$build sh bench/everyday.sh "$recorded" || [ $? -eq 3 ]
set -- "${1:-/dev/null}" "small=cases/suite/user-notification/notify.bpfasm" "Docker=cases/suite/corpus/docker-1"
# 2: built without libseccomp, which is what compiles profiles
if sh bench/profile.sh "$verdict" >"$build/bench/docker.json" &&
	"$verdict" check "oci,tree:$build/bench/docker.json" >/dev/null 2>&1; then
	set -- "$@" "Docker, tree=oci,tree:$build/bench/docker.json"
else
	echo "Docker's profile as a tree: left out, built without libseccomp"
fi
table=$1
shift
[ -s "$recorded" ] && set -- -r "$recorded" "$@"
"$build/bench/evaluators" -t "$table" "$@" "systemd-logind=cases/suite/corpus/systemd-unit-logind"
