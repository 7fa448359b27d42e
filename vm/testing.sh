# SPDX-License-Identifier: MIT
# What the shell tests share: `. vm/testing.sh` from the project's root. Results
# are printed as TAP; one that fails shows what the programs under test printed
# into $tmp/out and $tmp/err, on standard error: prove lets it through.
#
#   $verdict, $build  the program, and what is built beside it: absolute paths
#   $root             the project's root
#   $tmp              a folder of the test's own, removed at its end
#   $n                results so far
set -u
root=$PWD
build=$(realpath -m "${BUILD:-build}")
verdict=$(realpath -m "${VERDICT:-$build/verdict}")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
LC_ALL=C.UTF-8
export LC_ALL
unset NO_COLOR TAP_VERSION # of the harness that runs the test
# what a test makes is not one of the jobs of the make that runs it
MAKEFLAGS=$(printf '%s' "${MAKEFLAGS-}" | sed -E 's/(^| )-j[0-9]*//; s/(^| )--jobserver-(auth|fds)=[^ ]*//g')
export MAKEFLAGS
n=0

# STATUS NAME: passes when STATUS is 0.
ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
		return
	fi
	echo "not ok $n - $2"
	echo "# failed: $0: $n - $2" >&2
	for printed in "$tmp/out" "$tmp/err"; do
		[ ! -f "$printed" ] || head -n 40 "$printed" | sed 's/^/# /' >&2
	done
}

# NAME
pass() { ok 0 "$1"; }
fail() { ok 1 "$1"; }

# prove does not show what is skipped: it goes into the file that is named in SKIPPED, for `make check`.
note_skipped() { [ -z "${SKIPPED:-}" ] || echo "$0: $1" >>"$SKIPPED"; }

# NAME REASON
skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
	note_skipped "$1: $2"
}

# REASON: there is nothing here to test.
skip_all() {
	echo "1..0 # SKIP $1"
	note_skipped "all: $1"
	exit 0
}

# NAME GOT EXPECTED
check() {
	is_same=0
	[ "$2" = "$3" ] || is_same=1
	ok $is_same "$1"
	[ $is_same = 0 ] || echo "# got '$2', expected '$3'" >&2
}

# NAME FILE EXPECTED-FILE: equal, byte for byte.
same() {
	is_same=0
	cmp -s "$2" "$3" || is_same=1
	ok $is_same "$1"
	[ $is_same = 0 ] || diff -a "$3" "$2" 2>&1 | head -n 40 | sed 's/^/# /' >&2
}

# NAME STATUS FILE: bad input was refused, with exit status 2, nothing in
# $tmp/out, and in $tmp/err what FILE holds. --update as the test's argument
# writes FILE instead: read it after.
update=${1-}
refused() {
	[ "$update" != --update ] || cp "$tmp/err" "$3"
	if [ "$2" = 2 ] && [ ! -s "$tmp/out" ] && [ -s "$tmp/err" ]; then
		same "$1" "$tmp/err" "$3"
	else
		fail "$1"
		echo "# exit status $2" >&2
	fi
}

# STATUS COMMAND...: whether the exit status is that; output in $tmp/out and $tmp/err.
exits() {
	want=$1
	shift
	"$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ "$status" != "$want" ] || return 0
	echo "exit status $status, not $want: $*" >>"$tmp/err"
	return 1
}

# STATUS NAME COMMAND...: the same, as a result.
gives() {
	want=$1 name=$2
	shift 2
	exits "$want" "$@"
	ok $? "$name: exit status $want"
}

# FILE TEXT NAME: whether $tmp/FILE holds the text.
holds() { grep -qF -e "$2" "$tmp/$1"; ok $? "$3"; }
lacks() { ! grep -qF -e "$2" "$tmp/$1"; ok $? "$3"; }

# CONDITION [FILE]: whether the JSON in $tmp/out, or in the file, $j, meets a condition in Perl's words;
# number() and text() tell whole numbers and texts from each other, plain() is a value as JSON, keys in order.
json() {
	perl -MJSON::PP -e 'sub plain { JSON::PP->new->canonical->encode(@_) }
		sub number { plain(\@_) =~ /^\[-?\d+\]$/ } sub text { plain(\@_) =~ /^\["/ }
		local $/; my $j = decode_json(<STDIN>); exit !('"$1"')' <"${2:-$tmp/out}" 2>>"$tmp/err"
}

# COMMAND...: as an ordinary user, for a while. Files must be its to read.
nobody() { timeout -k 5 100 setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
# NAME: whether that can be; skips the test otherwise.
can_be_nobody() {
	[ "$(id -u)" != 0 ] || ! nobody true 2>/dev/null || return 0
	skip "$1" "needs root and setpriv"
	return 1
}

# For conditions in one line, `ok "$(all $(is "$a" 1) $(is "$b" 2))" NAME`: they print a status.
is() { [ "$1" = "$2" ]; echo $?; }
all() { for status_of_one in "$@"; do [ "$status_of_one" = 0 ] || { echo 1; return; }; done; echo 0; }

# COMMAND...: waits until it succeeds. Busy machines take their time, so the
# limit of half a minute is for what hangs.
await() {
	await_turns=600
	until "$@"; do
		await_turns=$((await_turns - 1))
		[ $await_turns -gt 0 ] || return 1
		sleep 0.05
	done
}

# PID: its children, by their ids. PID NAME: whether one of them runs NAME.
children() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
no_children() { [ -z "$(children "$1")" ]; }
has_child() {
	for child in $(children "$1"); do
		[ "$(cat "/proc/$child/comm" 2>/dev/null)" != "$2" ] || return 0
	done
	return 1
}
# PID...: whether none lives.
all_dead() {
	for one_dead in "$@"; do
		! grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$one_dead/status" 2>/dev/null || return 1
	done
}

# COMMAND: whether it is installed.
have() { command -v "$1" >/dev/null 2>&1; }

# The last line of every test.
done_testing() { echo "1..$n"; }
