#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual pages: they are well-formed, fit 80 columns, name every subcommand,
# option, source kind, key and function that there is, and no others; their
# examples are run and print what the pages say.
#   sh cases/man/man_test.sh            (from the project's root)
# In a page, `.\" file: NAME` before a display makes its text a file, and
# `.\" run` makes it commands ("$ ...") with what they print. `.\" needs: WHAT`
# before that names what they need.
. vm/testing.sh
man=$root/cases/man
mkdir "$tmp/bin"
ln -s "$verdict" "$tmp/bin/verdict"
PATH=$tmp/bin:$PATH
NO_COLOR=1
export PATH NO_COLOR

# NAME FILE: passes when the file is empty; it holds what is wrong.
empty() {
	if [ -s "$2" ]; then
		fail "$1"
		sed 's/^/# /' "$2" >&2
	else
		pass "$1"
	fi
}
# Words of one file that the other lacks, both ways.
differ() {
	sort -u "$1" >"$1.sorted"
	sort -u "$2" >"$2.sorted"
	comm -23 "$1.sorted" "$2.sorted" | sed "s/$/: only in $3/"
	comm -13 "$1.sorted" "$2.sorted" | sed "s/$/: only in $4/"
}

# ------------------------------------------------------------------ form --
for page in "$man"/*.[1-9]; do
	name=${page##*/}
	if ! have mandoc; then
		skip "$name is well-formed" "mandoc is not installed"
		skip "$name has 80 columns" "mandoc is not installed"
		continue
	fi
	# Where pages are installed, mandoc looks for others that they refer to.
	mandoc -T lint -W style "$page" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' >"$tmp/lint"
	empty "$name is well-formed" "$tmp/lint"
	mandoc -T ascii -O width=80 "$page" | sed 's/.\x08//g' | grep '.\{81\}' >"$tmp/wide"
	empty "$name has 80 columns" "$tmp/wide"
done

# ---------------------------------------------------- what the pages name --
"$verdict" --help | sed -n '/^usage:/,/--help tells/s/^  \([a-z]*\)  .*/\1/p' >"$tmp/subcommands"
sed -n 's/^\.It Xr verdict-\([a-z]*\) 1$/\1/p' "$man/verdict.1" >"$tmp/named"
differ "$tmp/subcommands" "$tmp/named" 'verdict --help' verdict.1 >"$tmp/out"
[ -s "$tmp/subcommands" ] || echo 'no subcommands at all' >>"$tmp/out"
empty "verdict.1 has every subcommand" "$tmp/out"

# "-f, --format" of lines of a help that begin with options, --help besides.
options_of_help() {
	{ sed -n 's/^  *\(-[-a-z]\)/\1/p' | sed 's/   *.*//' | tr ' ' '\n' | grep '^-'; printf -- '-h\n--help\n'; } |
		sed 's,[[]*=.*,,; s/,$//'
}
# The same of a page: ".It Fl f , Fl -format Ar format".
options_of_page() {
	sed -n '/^\.Sh OPTIONS/,/^\.Sh EXIT/s/^\.It \(Fl .*\)/\1/p' "$1" | tr ' ' '\n' | grep -A1 '^Fl$' |
		sed -n 's/^\(-\{0,1\}[a-z][-a-z]*\)$/-\1/p'
}
while read -r command; do
	page=$man/verdict-$command.1
	if [ ! -e "$page" ]; then
		echo "cases/man/verdict-$command.1 is missing" >"$tmp/out"
		empty "$command has a page" "$tmp/out"
		continue
	fi
	pass "$command has a page"
	"$verdict" "$command" --help | options_of_help >"$tmp/help"
	options_of_page "$page" >"$tmp/page"
	differ "$tmp/help" "$tmp/page" --help "verdict-$command.1" >"$tmp/out"
	empty "verdict-$command.1 has the options of --help" "$tmp/out"
done <"$tmp/subcommands"

"$verdict" help sources | sed -n 's/^\([a-z]*\):[A-Z].*/\1/p' >"$tmp/kinds"
sed -n '/^\.Sh SOURCES/,/^\.Sh CALLS/s/^\.It Cm \([a-z]*\) : .*/\1/p' "$man/verdict.1" >"$tmp/named"
differ "$tmp/kinds" "$tmp/named" 'help sources' verdict.1 >"$tmp/out"
[ -s "$tmp/kinds" ] || echo 'no kinds at all' >>"$tmp/out"
empty "verdict.1 has every kind of source" "$tmp/out"
"$verdict" help sources | sed -n 's/^  \([a-z]\{1,\}\)\(=[A-Z].*\)\{0,1\}  .*/\1/p' >"$tmp/options"
sed -n '/^Options of/,/^\.Sh CALLS/s/^\.It Cm \([a-z]*\).*/\1/p' "$man/verdict.1" >"$tmp/named"
differ "$tmp/options" "$tmp/named" 'help sources' verdict.1 >"$tmp/out"
empty "verdict.1 has every option of sources" "$tmp/out"

# The schema has the reader's keys, which its own test sees to.
awk '/"texts": \{/ { exit } 1' "$root/cases/verdict-cases.schema.json" |
	sed -n 's/^ *"\([a-z_]*\)": {.*/\1/p' | grep -vx -e case -e properties >"$tmp/keys"
printf '%s\n' verdict not by insns coverage filter >>"$tmp/keys"
sed -n 's/^\.It Ic \([a-z_]*\).*/\1/p; s/^\.Ic \([a-z_]*\).*/\1/p' "$man/verdict-cases.5" >"$tmp/named"
differ "$tmp/keys" "$tmp/named" 'the schema' verdict-cases.5 >"$tmp/out"
empty "verdict-cases.5 has every key" "$tmp/out"

awk '/^    "(scenario|step|notice|act|trace)": \{/ { on = 1 } /^    \}/ { on = 0 } on' "$root/cases/verdict-cases.schema.json" |
	sed -n 's/^        "\([a-z_]*\)": {.*/\1/p' | sort -u >"$tmp/keys"
sed -n 's/^\.It Ic \([a-z_]*\) .*/\1/p; s/^\.It Ic \([a-z_]*\)$/\1/p; s/^\.Ic \(fails\)$/\1/p' \
	"$man/verdict-scenarios.5" | sort -u >"$tmp/named"
printf '%s\n' skip todo refs >>"$tmp/named"
differ "$tmp/keys" "$tmp/named" 'the schema' verdict-scenarios.5 >"$tmp/out"
empty "verdict-scenarios.5 has every key" "$tmp/out"

sed 's|/\*.*\*/||; /^ \*/d' "$root/vm/verdict.h" | grep -o 'vd_[a-z_0-9]*(' | tr -d '(' | grep -vx vd_trace_fn >"$tmp/functions"
for part in SYNOPSIS DESCRIPTION; do
	sed -n "/^\.Sh $part/,/^\.Sh [^$(echo $part | cut -c1)]/s/^\.Fn \(vd_[a-z_0-9]*\).*/\1/p" "$man/libverdict.3" >"$tmp/named"
	differ "$tmp/functions" "$tmp/named" verdict.h "libverdict.3, $part" >"$tmp/out"
	empty "libverdict.3 has every function in its $part" "$tmp/out"
done

# -------------------------------------------------------------- examples --
# What the examples of libverdict.3 are compiled with before anything is installed.
compiler=$(command -v "${CC:-cc}")
if have pkg-config && [ -n "$compiler" ]; then
	mkdir "$tmp/include"
	ln -s "$root/vm/verdict.h" "$tmp/include/verdict.h"
	sanitize=
	case ${VARIANT:-release} in asan) sanitize='-fsanitize=address,undefined' ;; coverage) sanitize=--coverage ;; esac
	cat >"$tmp/verdict.pc" <<-END
		Name: verdict
		Description: the library as it was built
		Version: 0
		Cflags: -I$tmp/include $sanitize
		Libs: $(realpath "$build")/libverdict.a $sanitize
	END
	PKG_CONFIG_PATH=$tmp
	export PKG_CONFIG_PATH
	ln -s "$compiler" "$tmp/bin/cc" # pages say cc
fi

# Why an example cannot be run here; nothing when it can.
lacking() {
	case $1 in
	'') ;;
	library) have pkg-config && have cc || echo 'no pkg-config or no compiler' ;;
	capture | exec)
		# A tracer cannot trace itself, and containers may forbid it.
		"$verdict" capture -o "$tmp/probe" -- true >/dev/null 2>&1 || echo 'commands cannot be traced here'
		rm -rf "$tmp/probe"
		;;
	*) echo "nobody knows what '$1' is" ;;
	esac
}

# Takes a page apart: files into work/, each command and what it prints into runs/.
take_apart() {
	awk -v work="$2/work" -v runs="$2/runs" '
		function plain(s) {
			if (s ~ /^\\&/) s = substr(s, 3)
			gsub(/\\\(aq/, "\047", s); gsub(/\\\(ga/, "`", s); gsub(/\\\(ha/, "^", s)
			gsub(/\\\(ti/, "~", s); gsub(/\\-/, "-", s); gsub(/\\e/, "\\", s)
			return s
		}
		function flush_run() { if (want != "") close(want) }
		/^\.\\" file: / { file = work "/" substr($0, 11); next }
		/^\.\\" run$/ { run = 1; next }
		/^\.\\" needs: / { needs = substr($0, 12); next }
		/^\.Bd / { inside = file != "" || run; next }
		/^\.Ed$/ { if (file != "") close(file); file = ""; if (run) needs = ""; run = inside = 0; next }
		!inside { next }
		file != "" { print plain($0) > file; next }
		{ line = plain($0) }
		line ~ /^\$ / {
			n++; want = sprintf("%s/%02d.want", runs, n); cmd = sprintf("%s/%02d.cmd", runs, n)
			print substr(line, 3) > cmd; close(cmd); printf "" > want
			if (needs != "") { print needs > (cmd ".needs"); close(cmd ".needs") }
			next
		}
		n { print line > want }
	' "$1"
}

examples=0
for page in "$man"/*.[1-9]; do
	name=${page##*/}
	dir=$tmp/pages/$name
	mkdir -p "$dir/work" "$dir/runs"
	take_apart "$page" "$dir"
	cd "$dir/work" || exit 1
	for cmd in "$dir"/runs/*.cmd; do
		[ -e "$cmd" ] || continue
		examples=$((examples + 1))
		what="$name: $(head -n 1 "$cmd" | tr '#' ' ')"
		why=$(lacking "$(cat "$cmd.needs" 2>/dev/null)")
		if [ -n "$why" ]; then
			skip "$what" "$why"
			continue
		fi
		timeout 60 sh "$cmd" >"$tmp/got" 2>&1 </dev/null
		diff "${cmd%.cmd}.want" "$tmp/got" >"$tmp/out"
		empty "$what" "$tmp/out"
	done
	cd "$root" || exit 1
done
echo "$examples" | awk '$1 < 30 { print $1 " examples" }' >"$tmp/out"
empty "the pages have examples" "$tmp/out"
done_testing
