#!/bin/sh
# SPDX-License-Identifier: MIT
# The library as others use it: what it exports, and that an installed copy
# builds and runs C and C++ programs through pkg-config.
. vm/testing.sh
[ "${VARIANT:-}" = coverage ] && skip_all "a coverage build's counters are in the library"
[ -e "$build/libverdict.so" ] && [ -e "$build/libverdict.a" ]
ok $? "both libraries are built"

# Names that libverdict defines for others, but for sanitizers' own.
foreign() {
	grep -v -e ' vd_' -e '__asan' -e '__ubsan' -e '__odr_asan' -e ' _init$' -e ' _fini$' || true
}
nm -D --defined-only "$build/libverdict.so" > "$tmp/nm"
foreign < "$tmp/nm" > "$tmp/so"
ok "$(grep -q ' vd_stack_run' "$tmp/nm" && [ ! -s "$tmp/so" ]; echo $?)" "the shared library exports vd_ names alone"
sed 's/^/# /' "$tmp/so" >&2
nm -g --defined-only "$build/libverdict.a" | grep ' [A-Z] ' | foreign > "$tmp/a"
ok "$([ ! -s "$tmp/a" ]; echo $?)" "the static library defines vd_ names alone"
sed 's/^/# /' "$tmp/a" >&2

# Every function of the header is there, and nothing else is visible.
sed -n 's/^[a-z].*[ *]\(vd_[a-z_0-9]*\)(.*/\1/p' vm/verdict.h | grep -v '_fn$' | sort -u > "$tmp/declared"
nm -D --defined-only "$build/libverdict.so" | sed -n 's/.* [TW] \(vd_.*\)/\1/p' | sort -u > "$tmp/exported"
diff "$tmp/declared" "$tmp/exported" > "$tmp/diff"
ok $? "the shared library exports what verdict.h declares, neither more nor less"
sed 's/^/# /' "$tmp/diff" >&2

ok "$(! nm -u "$build/libverdict.so" | grep -E ' (printf|puts|fprintf|exit|abort|fopen|open|write|fork)(@|$)' >&2; echo $?)" \
	"the library neither prints, exits nor opens files"
ok "$(nm "$build/libverdict.a" 2>/dev/null | grep -E ' [bBdDC] ' | grep -v -e asan -e ubsan -e '\.data\.rel\.ro' | \
	grep -E ' [bBC] ' >&2 && echo 1 || echo 0)" "the library has no global state"

make -s install DESTDIR="$tmp/root" PREFIX=/usr > "$tmp/log" 2>&1
ok $? "make install"
cat > "$tmp/use.c" <<'END'
#include <stdio.h>
#include <verdict.h>
int main(void)
{
	static const struct sock_filter insns[] = { { 0x20, 0, 0, 0 }, { 0x15, 0, 1, 83 }, { 0x06, 0, 0, 0x00050001 },
						    { 0x06, 0, 0, 0x7fff0000 } };
	struct seccomp_data data = { 83, 0xc000003e, 0, { 0 } };
	struct vd_error error;
	struct vd_prog *prog;
	char text[64];
	if (vd_prog_new(insns, 4, &prog, &error) < 0)
		return 1;
	vd_action_format(vd_prog_run(prog, &data), text, sizeof(text));
	vd_prog_free(prog);
	puts(text);
	return 0;
}
END
cp "$tmp/use.c" "$tmp/use.cc"
export PKG_CONFIG_PATH="$tmp/root/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$tmp/root"
case ${VARIANT:-release} in
asan) san="-fsanitize=address,undefined" ;;
*) san= ;;
esac
uses() { # compiler, source, flags...
	compiler=$1 source=$2
	shift 2
	# shellcheck disable=SC2086
	"$compiler" $san -Wall -Wextra -Werror "$@" -o "$tmp/use" "$source" $(pkg-config --cflags --libs verdict) &&
		[ "$(LD_LIBRARY_PATH="$tmp/root/usr/lib" "$tmp/use")" = "ERRNO(EPERM)" ]
}
case ${CC:-gcc} in
*clang*) cxx=clang++ ;;
*) cxx=g++ ;;
esac
uses "${CC:-gcc}" "$tmp/use.c" -std=c11
ok $? "a C program builds and runs with pkg-config --libs verdict"
if command -v $cxx >/dev/null 2>&1; then
	uses $cxx "$tmp/use.cc"
	ok $? "so does a C++ program"
else
	skip "so does a C++ program" "no $cxx here"
fi
make -s uninstall DESTDIR="$tmp/root" PREFIX=/usr > "$tmp/log" 2>&1
ok "$([ -z "$(find "$tmp/root" ! -type d)" ]; echo $?)" "make uninstall leaves nothing"
find "$tmp/root" ! -type d | sed 's/^/# /' >&2
done_testing
