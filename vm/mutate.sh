# SPDX-License-Identifier: MIT
# Machines that are wrong on purpose, for tests that must find it out: `. vm/mutate.sh`
# behind vm/testing.sh. A copy of vm/ in $tmp gets all mutants of vm/mutants.tsv
# at once: the expression that a line of the table names becomes a choice by
# VD_MUTANT's number, 0 for none. Nothing in vm/ knows of it.
#
#   $names   the mutants in their order, the parts' names before theirs
#
# The environment may give CC, FLAGS (sanitizers that the build has), LIBS, CHECK_LIBS.
cc=${CC:-cc}
names=
parts='machine checker engine prover'

# Line NUMBER of the table: in FILE, after the text ANCHOR, the next ORIGINAL.
edit_one() {
	NUMBER=$1 ANCHOR=$3 ORIGINAL=$4 MUTANT=$5 awk '
		BEGIN { RS = "\001"; anchor = ENVIRON["ANCHOR"]; original = ENVIRON["ORIGINAL"] }
		{
			at = index($0, anchor)
			if (!at) exit 1
			at += length(anchor)
			rest = substr($0, at)
			found = index(rest, original)
			if (!found || index(substr(rest, 1, found), "\n\n\n")) exit 1
			printf "%s%s(vd_mutant != %d ? (%s) : (%s))%s", substr($0, 1, at - 1), substr(rest, 1, found - 1),
				ENVIRON["NUMBER"], original, ENVIRON["MUTANT"], substr(rest, found + length(original))
		}' "$tmp/$2" >"$tmp/edited" && mv "$tmp/edited" "$tmp/$2"
}

edit_all() {
	number=0
	while IFS='	' read -r name file anchor original mutant; do
		case $name in
		'## '*) names="$names ${name#'## '}" ;;
		esac
		case $name in '' | '#'*) continue ;; esac
		number=$((number + 1))
		names="$names $name"
		edit_one $number "$file" "$anchor" "$original" "$mutant" || fail "$name: its place in $file"
	done <"$root/vm/mutants.tsv"
}

# NAME: its number, for VD_MUTANT.
number_of() {
	number=0
	for name in $names; do
		case " $parts " in *" $name "*) continue ;; esac
		number=$((number + 1))
		[ "$name" != "$1" ] || echo $number
	done
}

# Edits and compiles the copy; skips the whole test where that cannot be. Its objects: $objects.
mutate() {
	[ -e "$build/libfuzz.a" ] || skip_all "there is nothing in $build: make first"
	have "${cc%% *}" || skip_all "there is no $cc"
	cp -r vm "$tmp/vm"
	echo 'extern int vd_mutant;' >"$tmp/mutant.h"
	cat >"$tmp/mutant.c" <<-'END'
		#include <stdlib.h>
		int vd_mutant;
		__attribute__((constructor)) static void choose(void)
		{
			const char *number = getenv("VD_MUTANT");
			vd_mutant = number ? atoi(number) : 0;
		}
	END
	edit_all
	# -I "$tmp" before the project's root: vm/ is the copy's. The names' tables are the same in all.
	sources=$(cd "$tmp" && ls vm/*.c vm/engine/*.c vm/prove/*.c mutant.c | grep -v '_test\.c$')
	objects=$(echo "$sources" | tr / _ | sed "s|^|$tmp/|; s|$|.o|")
	echo "$sources" | xargs -P "$(nproc)" -I '{}' sh -c '$1 -std=c11 -D_GNU_SOURCE -O1 -DNDEBUG $4 -include "$2/mutant.h" \
		-I "$2" -c -o "$2/$(echo "$3" | tr / _).o" "$2/$3"' sh "$cc" "$tmp" '{}' "${FLAGS:-}" 2>>"$tmp/err"
}

# OUT OBJECT-OR-ARCHIVE...: a program of mutants.
mutant_link() {
	out=$1
	shift
	# shellcheck disable=SC2086
	$cc -pthread ${FLAGS:-} -o "$out" $objects "$@" "$build/libverdict.a" \
		${LIBS:-$(pkg-config --libs yaml-0.1 libseccomp 2>/dev/null || echo -lyaml) -lm} 2>>"$tmp/err"
}

mutant_verdict() {
	mutant_link "$tmp/verdict" "$build/obj/verdict.o" "$build/libbench.a" "$build/libfuzz.a" "$build/libcases.a" \
		"$build/libloader.a"
}
