#!/bin/sh
# SPDX-License-Identifier: MIT
# Malformed profiles: what `verdict check` prints on stderr for each file of
# loader/profile/errors stands beside it in NAME.err, byte for byte; the exit
# status is 2, and nothing is printed on stdout.
#   sh loader/profile/errors_test.sh            (from the project's root)
#   sh loader/profile/errors_test.sh --update   writes the .err files: read them after
set -u
verdict=$(realpath "${VERDICT:-build/verdict}")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset NO_COLOR
cd loader/profile/errors || exit 1
update=${1-}
n=0

if "$verdict" check oci:options.json 2>&1 | grep -q 'built without libseccomp'; then
	echo "1..0 # SKIP built without libseccomp"
	exit 0
fi

# NAME SPEC
case_() {
	n=$((n + 1))
	"$verdict" check "$2" >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ "$update" = --update ] && cp "$tmp/err" "$1.err"
	if [ $status -eq 2 ] && [ ! -s "$tmp/out" ] && [ -s "$tmp/err" ] && cmp -s "$tmp/err" "$1.err"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "# exit status $status"
		diff "$1.err" "$tmp/err" 2>&1 | sed 's/^/# /'
		sed 's/^/# stdout: /' "$tmp/out"
	fi
}

for file in *.json *.yaml; do
	case $file in
	options.json | crun-errno.json | runc-notify.json) ;;
	*) case_ "${file%.*}" "oci:$file" ;;
	esac
done
case_ crun-errno oci,runtime=crun:crun-errno.json
case_ runc-notify oci,runtime=runc:runc-notify.json
case_ option-unknown oci,cap=CAP_KILL,runtme=runc:options.json
case_ option-runtime oci,runtime=docker:options.json
case_ option-runtime-near oci,runtime=run:options.json
case_ option-caps oci,caps=CAP_SYS_ADMN+kubernetes+CAP_:options.json
case_ option-kernel oci,kernel=five:options.json
case_ option-kernel-short oci,kernel=5:options.json
case_ option-arch oci,arch=x86_65:options.json
case_ option-arch-number oci,arch=0xc000003e:options.json
case_ option-tree oci,tree=2:options.json
case_ options-and-file oci,runtime=runk,kernel=x:unknown-default-action.json

n=$((n + 1))
if [ $n -gt 25 ]; then
	echo "ok $n - at least 25 of them"
else
	echo "not ok $n - at least 25 of them"
fi
echo "1..$n"
