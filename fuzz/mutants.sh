#!/bin/sh
# SPDX-License-Identifier: MIT
# Mutants of the machine: each has one thing wrong, and `verdict fuzz --programs`
# must find it out. Prints TAP, with what found each, and how long each part took.
#   sh fuzz/mutants.sh [RUNS [NAME...]]      (from the project's root, after make)
#   KERNEL=auto sh fuzz/mutants.sh           ask the kernel as well
# A copy of vm/ gets all of them at once: the expression that a line of the table
# names becomes a choice by VD_MUTANT's number. Nothing in vm/ knows of it.
. vm/testing.sh
runs=${1:-3000}
[ $# = 0 ] || shift
kernel=${KERNEL:-never}
cc=${CC:-cc}
table=$root/fuzz/mutants.tsv
now() { cut -d ' ' -f 1 /proc/uptime; }
begun=$(now)
[ -e "$build/libfuzz.a" ] || skip_all "there is nothing in $build: make first"
have "$cc" || skip_all "there is no $cc"

cp -r vm "$tmp/vm"
cat >"$tmp/mutant.h" <<-'END'
	extern int vd_mutant;
END
cat >"$tmp/mutant.c" <<-'END'
	#include <stdlib.h>
	int vd_mutant;
	__attribute__((constructor)) static void choose(void)
	{
		const char *number = getenv("VD_MUTANT");
		vd_mutant = number ? atoi(number) : 0;
	}
END

# Line N of the table: in FILE, after the text ANCHOR, the next ORIGINAL.
number=0
names= # of the parts, each before its mutants
while IFS='	' read -r name file anchor original mutant; do
	case $name in
	'## '*) names="$names ${name#'## '}" ;;
	esac
	case $name in '' | '#'*) continue ;; esac
	number=$((number + 1))
	names="$names $name"
	NUMBER=$number ANCHOR=$anchor ORIGINAL=$original MUTANT=$mutant awk '
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
		}' "$tmp/$file" >"$tmp/edited" || { fail "$name: its place in $file"; continue; }
	mv "$tmp/edited" "$tmp/$file"
done <"$table"

# -I "$tmp" before the project's root: vm/ is the copy's. The names' tables are the same in all.
sources=$(cd "$tmp" && ls vm/*.c vm/engine/*.c vm/prove/*.c mutant.c | grep -v '_test\.c$')
objects=$(echo "$sources" | tr / _ | sed "s|^|$tmp/|; s|$|.o|")
echo "$sources" | xargs -P "$(nproc)" -I '{}' sh -c '"$1" -std=c11 -D_GNU_SOURCE -O1 -DNDEBUG -include "$2/mutant.h" \
	-I "$2" -c -o "$2/$(echo "$3" | tr / _).o" "$2/$3"' sh "$cc" "$tmp" '{}' 2>>"$tmp/err"
libs=${LIBS:-$(pkg-config --libs yaml-0.1 libseccomp 2>/dev/null || echo -lyaml) -lm}
"$cc" -pthread -o "$tmp/verdict" "$build/obj/verdict.o" $objects "$build/libbench.a" "$build/libfuzz.a" \
	"$build/libcases.a" "$build/libloader.a" "$build/libverdict.a" $libs 2>>"$tmp/err"
[ -x "$tmp/verdict" ]
ok $? "the mutants are built"
[ -x "$tmp/verdict" ] || { done_testing; exit 1; }

try() { VD_MUTANT=$1 timeout 60 "$tmp/verdict" fuzz --programs --runs "$runs" --seed 1 --kernel="$kernel" >"$tmp/out" 2>"$tmp/err"; }
# Ends a part: a line for the table at the end.
say_part() {
	[ "$tried" = 0 ] || echo "$part $killed $tried $(now) $since" |
		awk '{ printf "# %s: %d of %d are found, %.1f s\n", $1, $2, $3, $4 - $5 }' >>"$tmp/parts"
	part=$1 killed=0 tried=0 since=$(now)
}
built=$(now)
try 0
ok $? "what is not mutated passes"
number=0
tried=0
say_part none
for name in $names; do
	case $name in
	machine | checker | engine | prover) say_part "$name" && continue ;;
	esac
	number=$((number + 1))
	[ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	try $number
	status=$?
	tried=$((tried + 1))
	by=$(sed -n 's/^found: .* differ (\([a-z-]*\)), program \([0-9]*\)$/\1 \2/p' "$tmp/out" | head -n 1)
	if [ $status = 1 ] || [ $status = 4 ]; then
		pass "$name: by ${by% *}, program ${by#* }"
		killed=$((killed + 1))
	elif [ $status -gt 128 ]; then
		pass "$name: it crashed"
		killed=$((killed + 1))
	else
		fail "$name lives (status $status)"
	fi
done
say_part none
cat "$tmp/parts"
echo "$begun $built $(now)" | awk '{ printf "# built in %.1f s, all in %.1f s\n", $2 - $1, $3 - $1 }'
done_testing
