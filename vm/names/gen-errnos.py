#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes errnos.inc: x86's errnos, and which of them other architectures number otherwise.

usage: gen-errnos.py TREE > errnos.inc

TREE is an unpacked linux-libc-dev package (6.12 or newer).
"""

import re
import sys

from headers import OTHER_ARCHITECTURES, evaluate, macros_of

# include/linux/errno.h: the kernel's own. A filter may return them, and on a pending
# signal the kernel acts on them (arch/x86/kernel/signal.c: handle_signal).
INTERNAL = {"ERESTARTSYS": 512, "ERESTARTNOINTR": 513, "ERESTARTNOHAND": 514,
            "ENOIOCTLCMD": 515, "ERESTART_RESTARTBLOCK": 516}
# The C library's.
LIBC = {"ENOTSUP": "EOPNOTSUPP"}


def errnos(tree, folder, predefined):
    """name -> value, and the names defined as another's."""
    macros = macros_of(tree, folder, predefined, "asm/errno.h")
    macros = {m: t for m, t in macros.items() if re.fullmatch(r"E[A-Z0-9]+", m)}
    values = {m: evaluate(macros, t) for m, t in macros.items()}
    aliases = {m for m, t in macros.items() if t in macros}
    for name, other in LIBC.items():
        values.setdefault(name, values[other])
        aliases.add(name)
    return values, aliases


def main(argv):
    if len(argv) != 2:
        sys.exit(__doc__)
    values, aliases = errnos(argv[1], "x86", ["__x86_64__", "__LP64__"])
    others = [errnos(argv[1], folder, macros)[0] for folder, macros in OTHER_ARCHITECTURES]
    varying = {n for n, v in values.items() if any(o.get(n) != v for o in others)}
    values.update(INTERNAL)
    names = sorted(values)
    print("/* SPDX-License-Identifier: MIT */")
    print("/*\n * Made by gen-errnos.py; README.md says from what. Not to be edited.\n *")
    print(" * VD_ERRNO: name, value on x86, whether another architecture's differs; in strcmp()")
    print(" * order.\n */")
    print("#ifdef VD_ERRNO")
    for name in names:
        print(f"VD_ERRNO({name}, {values[name]}, {int(name in varying)})")
    print("#endif\n\n#ifdef VD_ARRAYS")
    print("/* Row + 1 of errno i by its first name, 0: none. */")
    rows = {values[n]: i + 1 for i, n in enumerate(names) if n not in aliases}
    print("static const uint8_t by_value[] = {")
    for i in range(0, max(rows) + 1, 16):
        print("\t" + " ".join(f"{rows.get(v, 0)}," for v in range(i, min(i + 16, max(rows) + 1))))
    print("};\n#endif")


main(sys.argv)
