#!/bin/sh
# SPDX-License-Identifier: MIT
# A small build, recorded: as many calls of each kind as `strace -f -c` counts,
# of those whose number does not change from run to run; and replayed against a
# container runtime's profile.
. vm/testing.sh
dir=$tmp
V=$verdict
profile=cases/suite/corpus/docker-1
have strace || skip_all "strace is not there"
have make || skip_all "make is not there"
strace -f -c -o "$dir/out" true 2> "$dir/err" || skip_all "strace cannot trace here"
"$V" record -c -- true 2> "$dir/err" || skip_all "$(head -1 "$dir/err")"

export CCACHE_DISABLE=1 # what it does depends on what it did
mkdir "$dir/src"
for name in a b c; do printf 'int %s(void) { return sizeof(long); }\n' $name > "$dir/src/$name.c"; done
cat > "$dir/src/Makefile" <<'END'
all: a.o b.o c.o
	cat a.o b.o c.o | wc -c > size
%.o: %.c
	$(MAKER) $@ $<
clean:
	rm -f *.o size
END
maker='cp $< $@ \#'
compiler=$(command -v "${CC:-cc}") && maker="$compiler -c -o"

build() { make -s -C "$dir/src" clean; "$@" make -s -C "$dir/src" MAKER="$maker" > "$dir/out" 2> "$dir/err"; }
# "NAME COUNT" of each call. strace counts calls that return; the others depend on
# time, on names drawn by lot, or on where memory lies.
varied='^\(exit\|exit_group\|wait4\|rt_sigreturn\|restart_syscall\|futex\|pselect6\|read\|getrandom\|brk\) '
counted() { sed -n 's/^ *\([0-9]*\)  x86_64 \([a-z].*\)/\2 \1/p' "$1" | grep -v "$varied" | sort; }
traced() { awk '$1 ~ /^[0-9.]+$/ && NF >= 5 && $NF != "total" { print $NF, $4 }' "$1" | grep -v "$varied" | sort; }

for run in 1 2; do
	build "$V" record -c -o "$dir/counts$run" --
	ok $? "recorded, run $run"
	counted "$dir/counts$run" > "$dir/ours$run"
	build strace -f -c -o "$dir/summary$run"
	traced "$dir/summary$run" > "$dir/theirs$run"
done
build "$V" record -o "$dir/rec" --
ok $? "recorded with arguments"
"$V" replay -f json -o "$dir/report" "$dir/rec" "$profile" 2> "$dir/err"
# it may answer ENOSYS to a call that libc tries first
ok "$([ $? -le 1 ]; echo $?)" "replayed against a container runtime's profile"
sed -n 's/^ *"\(count\|syscall\)": "\{0,1\}\([a-z_0-9]*\)"\{0,1\},$/\1 \2/p' "$dir/report" |
	awk '$1 == "count" { n = $2 } $1 == "syscall" { count[$2] += n } END { for (name in count) print name, count[name] }' |
	grep -v "$varied" | sort > "$dir/replayed"

# calls that are the same in all runs of each
comm -12 "$dir/ours1" "$dir/ours2" | comm -12 - "$dir/replayed" > "$dir/ours"
comm -12 "$dir/theirs1" "$dir/theirs2" > "$dir/theirs"
join "$dir/ours" "$dir/theirs" > "$dir/both"
awk '$2 != $3' "$dir/both" > "$dir/out"
: > "$dir/err"
ok "$([ ! -s "$dir/out" ]; echo $?)" "$(wc -l < "$dir/both") kinds of calls do not vary, and are as many as strace counts"
ok "$([ "$(wc -l < "$dir/both")" -ge 12 ]; echo $?)" "most kinds are among them"

done_testing
