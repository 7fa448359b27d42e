#!/bin/sh
# SPDX-License-Identifier: MIT
# The C texts of the shipped suite: read as they are typed, read after the
# preprocessor has been at them, and compiled by the C compiler, they are the
# same instructions, byte for byte.
. vm/testing.sh
cc=${CC:-cc}
dir=cases/suite/c
# What the compiler makes of an array inside the text.
compiled() {
	{
		cat "$1"
		printf '#include <stdio.h>\nint main(void) { fwrite(%s, 1, sizeof(%s), stdout); return 0; }\n' "$2" "$2"
	} >"$tmp/dump.c"
	$cc -w -o "$tmp/dump" "$tmp/dump.c" 2>"$tmp/cc.err" && "$tmp/dump" >"$3"
}

have_headers=
[ "$(uname -m)" = x86_64 ] && $cc -E -P "$dir/deny.c" >"$tmp/deny.c" 2>"$tmp/cc.err" && have_headers=yes
for array in writing networking; do
	"$verdict" asm "c,array=$array:$dir/deny.c" -o "$tmp/$array.typed"
	if [ -z "$have_headers" ]; then
		skip "$array after the preprocessor" "$cc and x86-64's kernel headers are needed"
		skip "$array as compiled" "$cc and x86-64's kernel headers are needed"
		continue
	fi
	"$verdict" asm "c,array=$array:$tmp/deny.c" -o "$tmp/$array.expanded"
	same "$array after the preprocessor" "$tmp/$array.typed" "$tmp/$array.expanded"
	compiled "$dir/deny.c" "$array" "$tmp/$array.compiled"
	same "$array as compiled" "$tmp/$array.typed" "$tmp/$array.compiled"
done

# The array of notify.c is local to its function: it is made global first.
"$verdict" asm "$dir/notify.c" -o "$tmp/notify.typed"
if [ -n "$have_headers" ]; then
	$cc -E -P "$dir/notify.c" | "$verdict" asm c:- -o "$tmp/notify.expanded"
	same "notify after the preprocessor" "$tmp/notify.typed" "$tmp/notify.expanded"
	sed -e '/^int install/,/^{/d' -e '/struct sock_fprog/,$d' "$dir/notify.c" >"$tmp/global.c"
	compiled "$tmp/global.c" filter "$tmp/notify.compiled"
	same "notify as compiled" "$tmp/notify.typed" "$tmp/notify.compiled"
else
	skip "notify after the preprocessor" "$cc and x86-64's kernel headers are needed"
	skip "notify as compiled" "$cc and x86-64's kernel headers are needed"
fi

# What asm prints as C is read back.
"$verdict" asm --format c "$dir/notify.c" -o "$tmp/notify.text"
"$verdict" asm c:"$tmp/notify.text" -o "$tmp/notify.again"
same "what asm --format c writes" "$tmp/notify.typed" "$tmp/notify.again"

# stdin: C is known by its words.
"$verdict" asm - <"$dir/notify.c" -o "$tmp/notify.stdin"
same "C from stdin" "$tmp/notify.typed" "$tmp/notify.stdin"

# A preprocessed text of any size: all system headers that are there.
if [ -n "$have_headers" ]; then
	{
		for header in stdio.h stdlib.h string.h unistd.h signal.h pthread.h sys/ptrace.h netinet/in.h sys/mman.h; do
			echo "#include <$header>"
		done
		cat "$dir/notify.c"
	} | $cc -E -P - >"$tmp/large.c"
	"$verdict" asm "c:$tmp/large.c" -o "$tmp/large.bpf"
	same "among $(wc -l <"$tmp/large.c") lines of headers" "$tmp/notify.typed" "$tmp/large.bpf"
else
	skip "among lines of headers" "$cc and x86-64's kernel headers are needed"
fi

# -E without -P leaves line markers.
if [ -n "$have_headers" ]; then
	$cc -E "$dir/notify.c" | "$verdict" asm c:- -o "$tmp/notify.markers"
	same "with line markers" "$tmp/notify.typed" "$tmp/notify.markers"
else
	skip "with line markers" "$cc and x86-64's kernel headers are needed"
fi
done_testing
