#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures, and writes the table in bench/README.md, its short form in README.md,
# and the plot bench/ratios.svg:
#
#   BUILD=build sh bench/readme.sh [FIGURES]
#
# FIGURES: what bench/ratios.sh wrote before, instead of measuring.
set -eu
build=${BUILD:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
if [ $# -gt 0 ]; then
	cp "$1" "$dir/figures"
else
	BUILD=$build sh bench/ratios.sh "$dir/figures"
fi

awk -F '\t' '
	$2 == "build" { build[$1] = $3; next }
	{
		if (!($1 in seen)) { seen[$1] = 1; order[++n] = $1 }
		ns[$1, $2, $3, $4] = $5; ratio[$1, $2, $3, $4] = $6
	}
	function cell(name, which, size, way) {
		if (!((name, which, size, way) in ns)) return "–"
		return sprintf("%.1f ns, %s", ns[name, which, size, way], times(ratio[name, which, size, way]))
	}
	function times(x) { return sprintf(x < 10 ? "%.1f×" : "%.0f×", x) }
	END {
		print "| filters | records | plain `switch` | libpcap | interpreter | engine | engine, batch | built in |"
		print "|---|---|---|---|---|---|---|---|"
		for (i = 1; i <= n; i++)
			for (w = 1; w <= 2; w++)
				for (s = 1; s <= 2; s++) {
					which = w == 1 ? "mix" : "recorded"; size = s == 1 ? 1000 : 65536; name = order[i]
					if (!((name, which, size, "plain switch") in ns)) continue
					printf "| %s | %s of the %s | %.1f ns | %s | %s | %s | %s | %.2f ms |\n", name,
						size == 1000 ? "1,000" : "65,536", which == "mix" ? "mix" : "everyday ones",
						ns[name, which, size, "plain switch"], cell(name, which, size, "libpcap bpf_filter"),
						cell(name, which, size, "verdict interpreter"), cell(name, which, size, "verdict engine"),
						cell(name, which, size, "verdict engine, batch"), build[name]
				}
	}' "$dir/figures" >"$dir/table"

# The ratios on the mix alone.
awk -F ' [|] ' '
	NR == 1 { print "| filters | records | libpcap | engine | engine, batch |" }
	NR == 2 { print "|---|---|---|---|---|" }
	NR > 2 && $2 ~ /mix$/ { print $1 " | " $2 " | " ratio($4) " | " ratio($6) " | " ratio($7) " |" }
	function ratio(cell) { sub(/.*, /, "", cell); return cell }' "$dir/table" >"$dir/short"

# FILE TABLE: what stands between the two marks of the file is the table.
put() {
	awk -v table="$2" '
		/<!-- figures end -->/ { inside = 0 }
		!inside { print }
		/<!-- figures begin/ { inside = 1; while ((getline line < table) > 0) print line }' "$1" >"$dir/text"
	cat "$dir/text" >"$1"
}
put bench/README.md "$dir/table"
put README.md "$dir/short"

awk -F '\t' '$2 == "mix" && $3 == 1000 {
	if (!($1 in seen)) { seen[$1] = 1; order[++n] = $1 }
	ratio[$1, $4] = $6
} END {
	for (i = 1; i <= n; i++)
		printf "\"%s\" %s %s %s %s\n", order[i],
			(order[i], "libpcap bpf_filter") in ratio ? ratio[order[i], "libpcap bpf_filter"] : "NaN",
			ratio[order[i], "verdict interpreter"], ratio[order[i], "verdict engine"], ratio[order[i], "verdict engine, batch"]
}' "$dir/figures" >"$dir/plot"
gnuplot <<END
set terminal svg size 800,420 background '#ffffff' font 'sans-serif,13'
set output '$dir/ratios.svg'
set title 'Records per second, as a multiple of a plain switch interpreter'
set ylabel 'times as many (log scale)'
set logscale y
set yrange [0.5:3000]
set xrange [-0.5:$(wc -l <"$dir/plot")-0.5]
set ytics (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
set grid ytics lc rgb '#dddddd'
set border 3
set tics nomirror
set style data histograms
set style histogram clustered gap 1
set style fill solid 1 noborder
set key top left horizontal samplen 2
set xlabel 'filters; 1,000 records of the mix'
plot '$dir/plot' using 2:xtic(1) title 'libpcap' lc rgb '#bbbbbb', '' using 3 title 'interpreter' lc rgb '#4477aa', \
	'' using 4 title 'engine' lc rgb '#228833', '' using 5 title 'engine, batch' lc rgb '#ccbb44'
END
cat "$dir/ratios.svg" >bench/ratios.svg
echo "written: bench/README.md, README.md, bench/ratios.svg"
