#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes consts.inc: constants that policies are written with, with x86-64's values.

usage: gen-consts.py CONSTS TREE > consts.inc

CONSTS is consts.txt, whose head says what a line holds. TREE is an unpacked
linux-libc-dev package (6.12 or newer). Needs clang, for the values that depend on the
size of a type: it knows the layout of most architectures.
"""

import fnmatch
import re
import subprocess
import sys

from headers import OTHER_ARCHITECTURES, defines, includes

# clang's name of an architecture by (uapi folder, long is 64 bits). What it does not
# know is laid out as a relation, with the macros of OTHER_ARCHITECTURES.
TARGETS = {
    ("arm", False): "arm-linux-gnueabihf", ("arm64", True): "aarch64-linux-gnu",
    ("m68k", False): "m68k-linux-gnu", ("mips", False): "mips-linux-gnu",
    ("mips", True): "mips64-linux-gnuabi64", ("powerpc", False): "powerpc-linux-gnu",
    ("powerpc", True): "powerpc64-linux-gnu", ("riscv", False): "riscv32-linux-gnu",
    ("riscv", True): "riscv64-linux-gnu", ("s390", True): "s390x-linux-gnu",
    ("sparc", False): "sparc-linux-gnu", ("sparc", True): "sparc64-linux-gnu",
    ("parisc", False): "powerpc-linux-gnu", ("parisc", True): "powerpc64-linux-gnu",
    ("alpha", True): "riscv64-linux-gnu", ("loongarch", True): "riscv64-linux-gnu",
    ("arc", False): "arm-linux-gnueabihf", ("sh", False): "arm-linux-gnueabi",
}
X86_64 = ("x86", ["__x86_64__", "__LP64__"])


# What some headers expect the C library to have defined.
PRELUDE = "typedef unsigned long size_t;"


class Arch:
    """One architecture's headers, for clang."""

    def __init__(self, tree, folder, macros):
        wide = "__LP64__" in macros
        self.is_x86 = folder == "x86"
        if self.is_x86:
            self.target = ("i386-linux-gnu" if "__i386__" in macros else
                           "x86_64-linux-gnu" if wide else "x86_64-linux-gnux32")
        else:
            self.target = TARGETS[folder, wide]
        self.flags = ["-undef", *defines(macros), "-nostdinc", *includes(tree, folder)]

    def clang(self, mode, source):
        command = ["clang", f"--target={self.target}", *mode, "-w", "-ferror-limit=0", "-x", "c",
                   *self.flags, "-"]
        return subprocess.run(command, input=source, text=True, capture_output=True)

    def values(self, head, names):
        """name -> value modulo 2^64 and whether it is negative, of those that have one."""
        names = list(names)
        while names:
            lines = [f"unsigned long long v_{n} = (unsigned long long)({n}); int s_{n} = ({n}) < 0;"
                     for n in names]
            start = head.count("\n") + 1
            done = self.clang(["-S", "-emit-llvm", "-o", "-"], head + "\n".join(lines) + "\n")
            if done.returncode == 0:
                return self.read(done.stdout)
            errors = re.findall(r"^<stdin>:(\d+):\d+: error", done.stderr, re.M)
            wrong = {int(line) - start for line in errors}
            if not wrong or min(wrong) < 0:
                sys.exit(done.stderr)
            names = [n for i, n in enumerate(names) if i not in wrong]
        return {}

    @staticmethod
    def read(text):
        found = dict(re.findall(r"^@([vs]_\w+) = .*global i\d+ (-?\d+)", text, re.M))
        return {n[2:]: (int(v) % 2**64, found["s_" + n[2:]] != "0")
                for n, v in found.items() if n.startswith("v_")}


def read_list(path):
    """Groups of headers with the patterns of names to take, and the C library's constants."""
    groups, libc = [], {}
    with open(path, encoding="ascii") as file:
        for line in file:
            line = line.split("#")[0].rstrip()
            if not line:
                continue
            if line[0] != "\t":
                groups.append((line.split(), []))
            elif groups[-1][0] == ["libc"]:
                name, value, *varies = line.split()
                libc[name] = (int(value, 0), bool(varies))
            else:
                groups[-1][1].extend(line.split())
    return [g for g in groups if g[0] != ["libc"]], libc


def names_of(arch, head, patterns):
    """Macros and enumerators of some headers that a pattern takes and no !pattern leaves out."""
    macros = arch.clang(["-E", "-dM"], head)
    text = arch.clang(["-E", "-P"], head)
    if macros.returncode or text.returncode:
        sys.exit(macros.stderr + text.stderr)
    names = set(re.findall(r"^#define (\w+) +\S", macros.stdout, re.M))
    for body in re.findall(r"\benum\s*\w*\s*\{([^}]*)\}", text.stdout):
        names.update(re.findall(r"(?:^|,)\s*(\w+)", body))
    idle = [p for p in patterns if not fnmatch.filter(names, p.lstrip("!"))]
    if idle:
        sys.exit("nothing is called " + " ".join(idle))
    out = [p[1:] for p in patterns if p[0] == "!"]
    return {n for n in names if any(fnmatch.fnmatchcase(n, p) for p in patterns)
            and not any(fnmatch.fnmatchcase(n, p) for p in out)}


def head_of(arch, headers):
    """Includes of those headers that the architecture has and that compile for it."""
    lines = [PRELUDE]
    for header in headers:
        source = "\n".join(lines + [f"#include <{header}>", ""])
        if arch.clang(["-fsyntax-only"], source).returncode == 0:
            lines.append(f"#include <{header}>")
    return "\n".join(lines) + "\n"


def main(argv):
    if len(argv) != 3:
        sys.exit(__doc__)
    groups, libc = read_list(argv[1])
    native = Arch(argv[2], *X86_64)
    others = [Arch(argv[2], folder, macros) for folder, macros in OTHER_ARCHITECTURES]
    values, varying, x86 = {}, set(), set()
    for headers, patterns in groups:
        head = head_of(native, headers)
        names = names_of(native, head, patterns)
        found = native.values(head, sorted(names))
        if len(found) < len(names):
            sys.exit("no integer constants: " + " ".join(sorted(names - set(found))))
        for arch in others:
            there = arch.values(head_of(arch, headers), found)
            different = {n for n in found if there.get(n) != found[n]}
            varying |= different
            if arch.is_x86:
                x86 |= different
        for name, value in found.items():
            if values.setdefault(name, value) != value:
                sys.exit(f"{name}: {values[name]} and {value}")
    for name, (value, varies) in libc.items():
        if name in values:
            sys.exit(f"{name}: the kernel's headers have it")
        values[name] = (value % 2**64, value < 0)
        if varies:
            varying.add(name)
    write(values, varying, x86)


def write(values, varying, x86):
    print("/* SPDX-License-Identifier: MIT */")
    print("/*\n * Made by gen-consts.py; README.md says from what. Not to be edited.\n *")
    print(" * VD_CONST: name, value on x86-64, whether another's differs (1: an architecture's, 2:")
    print(" * i386's or x32's too), whether it is negative; in strcmp() order.\n */")
    for name in sorted(values):
        value, negative = values[name]
        varies = 2 if name in x86 else int(name in varying)
        print(f"VD_CONST({name}, {value:#x}, {varies}, {int(negative)})")


if __name__ == "__main__":
    main(sys.argv)
