#!/bin/bash -eu
# SPDX-License-Identifier: MIT
# What OSS-Fuzz and ClusterFuzzLite run: every target into $OUT, with its seed
# corpus, dictionary and options. Their environment says with which compiler,
# flags and engine; libraries are linked statically, since $OUT goes elsewhere.
# Runs in the project's root.

make -j"$(nproc)" BUILD="${WORK:-/tmp}/verdict" VARIANT=fuzz CC="$CC" CFLAGS="$CFLAGS" FUZZ_FLAGS= \
	FUZZ_LD="${CXX:-$CC}" LIB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" \
	yaml_libs='-l:libyaml.a' seccomp_libs='-l:libseccomp.a' fuzz-targets

for source in fuzz/targets/*.c; do
	target=$(basename "$source" .c)
	cp "${WORK:-/tmp}/verdict/fuzz/targets/$target" "$OUT/"
	zip -q -j "$OUT/${target}_seed_corpus.zip" "fuzz/corpus/$target"/*
	if [ -e "fuzz/dict/$target.dict" ]; then cp "fuzz/dict/$target.dict" "$OUT/"; fi
	if [ -e "fuzz/options/$target.options" ]; then cp "fuzz/options/$target.options" "$OUT/"; fi
done
