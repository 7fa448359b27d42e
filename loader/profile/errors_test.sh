#!/bin/sh
# SPDX-License-Identifier: MIT
# Malformed profiles: what `verdict check` prints on stderr for each file of
# loader/profile/errors stands beside it in NAME.err, byte for byte; the exit
# status is 2, and nothing is printed on stdout.
#   sh loader/profile/errors_test.sh            (from the project's root)
#   sh loader/profile/errors_test.sh --update   writes the .err files: read them after
. vm/testing.sh
cd loader/profile/errors || exit 1

if "$verdict" check oci:options.json 2>&1 | grep -q 'built without libseccomp'; then
	skip_all "built without libseccomp"
fi

# NAME SPEC
case_() {
	"$verdict" check "$2" >"$tmp/out" 2>"$tmp/err"
	refused "$1" $? "$1.err"
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

[ $n -gt 25 ]
ok $? "at least 25 of them"
done_testing
