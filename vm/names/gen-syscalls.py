#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes syscalls.inc: every system call's number on every ABI.

usage: gen-syscalls.py EXTRA TREE [TREE...] > syscalls.inc

EXTRA is syscalls-extra.txt. A TREE is an unpacked linux-libc-dev package (6.12 or
newer); where trees disagree the first stands, and a call that only a later one has
is kept.
"""

import re
import sys

from headers import NOT_A_CALL, TABLES, evaluate, macros_of

# Dense index up to here; beyond it are ARM's private calls alone.
DENSE_MAX = 1024


def calls_of(tree, table):
    """name -> number, and the names that the header defines as another call's."""
    folder, predefined, header, bit = TABLES[table]
    macros = macros_of(tree, folder, predefined, header)
    numbers, aliases = {}, {}
    for macro, text in (macros or {}).items():
        match = re.fullmatch(r"__(?:ARM_)?NR_(\w+)", macro)
        if not match or NOT_A_CALL.match(match[1]) or macro == "__ARM_NR_BASE":
            continue
        numbers[match[1]] = evaluate(macros, text) - bit
        target = re.fullmatch(r"__NR_(\w+)", text)
        if target:
            aliases[match[1]] = target[1]
    return numbers, aliases


def read_extra(path):
    rows = []
    with open(path, encoding="ascii") as file:
        for line in file:
            fields = line.split("#")[0].split()
            if fields:
                rows.append((fields[0], fields[1], int(fields[2], 0)))
    return rows


def collect(extra, trees):
    tables, aliases = {}, []
    for table in TABLES:
        numbers = {}
        for tree in trees:
            found, other_names = calls_of(tree, table)
            for name, number in found.items():
                if numbers.setdefault(name, number) != number:
                    sys.exit(f"{table}.{name}: {numbers[name]} in one tree, {number} in {tree}")
            aliases += [(table, *pair) for pair in other_names.items()]
        tables[table] = numbers
    for table, name, number in extra:
        if tables[table].setdefault(name, number) != number:
            sys.exit(f"{table}.{name}: {number} in EXTRA, {tables[table][name]} in the headers")
    return tables, sorted(set(aliases))


def in_order(numbers, names, hidden):
    """Rows of one table by number, each number once."""
    rows = [(number, names.index(name)) for name, number in numbers.items() if name not in hidden]
    rows.sort()
    for (a, i), (b, j) in zip(rows, rows[1:]):
        if a == b:
            sys.exit(f"{names[i]} and {names[j]} share number {a}")
    return rows


def print_array(name, values):
    print(f"static const uint16_t {name}[] = {{")
    for i in range(0, len(values), 16):
        print("\t" + " ".join(f"{v}," for v in values[i:i + 16]))
    print("};\n")


def print_matrix(tables, aliases, names):
    wide = max(map(len, names)) + 1
    columns = {t: max(7, len(t) + 1) for t in tables}
    head = "".join(f"{t:>{w + 1}}" for t, w in columns.items())
    print("#ifdef VD_SYSCALL")
    print("/* " + "name".ljust(wide + 8) + head + " */")
    for name in names:
        cells = [f"{tables[t].get(name, 'X'):>{w}}" for t, w in columns.items()]
        print(f"VD_SYSCALL({name + ',':<{wide}}" + ",".join(cells) + ")")
    print("#endif\n")
    for table, alias, name in aliases:
        print(f"/* {table}: {alias} is another name of {name}. */")


def print_index(table, numbers, names, aliases):
    rows = in_order(numbers, names, {a for t, a, _ in aliases if t == table})
    base = rows[0][0] // 1000 * 1000
    dense = {number - base: row for number, row in rows if number - base < DENSE_MAX}
    print_array(f"order_{table}", [row for _, row in rows])
    print_array(f"dense_{table}", [dense.get(i, -1) + 1 for i in range(max(dense) + 1)])
    return f"VD_TABLE({table}, {base})"


def main(argv):
    if len(argv) < 3:
        sys.exit(__doc__)
    tables, aliases = collect(read_extra(argv[1]), argv[2:])
    names = sorted(set().union(*tables.values()))
    print("/* SPDX-License-Identifier: MIT */")
    print("/*\n * Made by gen-syscalls.py; README.md says from what. Not to be edited.\n *")
    print(" * VD_SYSCALL: a row a name, in strcmp() order, a column a table, X where the ABI has")
    print(" * no such call. Numbers are raw but for x32's bit.\n */")
    print_matrix(tables, aliases, names)
    print("\n#ifdef VD_ARRAYS")
    print("/* order: rows by number. dense: row + 1 of number base + index, 0: none. */\n")
    entries = [print_index(t, tables[t], names, aliases) for t in tables]
    print("#endif\n\n#ifdef VD_TABLE")
    print("\n".join(entries))
    print("#endif")


main(sys.argv)
