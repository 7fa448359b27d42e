#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes args.inc: names and types of the arguments of x86's system calls.

usage: gen-args.py SOURCE > args.inc

SOURCE is an unpacked kernel source. Which function serves a call is in
arch/x86/entry/syscalls/, what it takes in its SYSCALL_DEFINEn.

x86_64: the 64-bit function. i386: the function of a 32-bit kernel, so that the 64-bit
kernel's compat layer (same widths, other spellings) does not change the names. x32: as
x86_64, except for its own numbers from 512 on, which have functions of the compat layer.
"""

import os
import re
import sys

FOLDERS = ["arch/x86", "block", "drivers/char", "fs", "io_uring", "ipc", "kernel", "mm", "net",
           "security"]
DEFINE = re.compile(r"^\s*(COMPAT_SYSCALL|SYSCALL32|SYSCALL)_DEFINE[0-6]\(", re.M)
# User-mode Linux and kernels without clocks or an MMU.
OTHER_BUILDS = re.compile(r"/um/|/nommu\.c$|/posix-stubs\.c$")

# The argument order that an architecture selects (arch/x86/Kconfig), by its names.
VARIANTS = {
    ("i386", "clone"): ["clone_flags", "newsp", "parent_tidptr", "tls", "child_tidptr"],
    ("x86_64", "clone"): ["clone_flags", "newsp", "parent_tidptr", "child_tidptr", "tls"],
    ("i386", "sigsuspend"): ["unused1", "unused2", "mask"],
}

# Bits and sign of what is neither a pointer nor an enum; None: the ABI's word.
TYPES = {
    "int": (32, 1), "s32": (32, 1), "__s32": (32, 1), "pid_t": (32, 1), "clockid_t": (32, 1),
    "timer_t": (32, 1), "mqd_t": (32, 1), "key_t": (32, 1), "key_serial_t": (32, 1),
    "rwf_t": (32, 1), "compat_pid_t": (32, 1),
    "unsigned int": (32, 0), "unsigned": (32, 0), "u32": (32, 0), "__u32": (32, 0),
    "uid_t": (32, 0), "gid_t": (32, 0), "qid_t": (32, 0), "compat_ulong_t": (32, 0),
    "compat_long_t": (32, 1), "compat_size_t": (32, 0), "compat_uptr_t": (32, 0),
    "compat_aio_context_t": (32, 0),
    "umode_t": (16, 0), "old_uid_t": (16, 0), "old_gid_t": (16, 0),
    "long": (None, 1), "off_t": (None, 1), "unsigned long": (None, 0), "size_t": (None, 0),
    "aio_context_t": (None, 0), "old_sigset_t": (None, 0),
    "loff_t": (64, 1), "u64": (64, 0), "__u64": (64, 0),
}
POINTERS = {"cap_user_header_t", "cap_user_data_t", "__sighandler_t"}


def parameters(text):
    """[(type, name)] of a definition's text after its name."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    # A 64-bit argument in two words, the low one first as on every little-endian machine.
    text = re.sub(r"\b(?:compat_arg_u64_dual|SC_ARG64)\((\w+)\)", r"u32, \1_lo, u32, \1_hi", text)
    parts = [re.sub(r"\s+", " ", p.replace("__user", " ")).strip() for p in text.split(",")[1:]]
    types = [re.sub(r" ?\* ?", " *", t).replace("* *", "**").strip() for t in parts[0::2]]
    types = [re.sub(r"\*const", "*const", t) for t in types]
    return list(zip(types, parts[1::2], strict=True))


def definitions(source):
    """(kind, function) -> its possible parameter lists."""
    found = {}
    for folder in FOLDERS:
        for path, folders, files in os.walk(os.path.join(source, folder)):
            folders.sort()
            for file in sorted(files):
                name = os.path.join(path, file)
                if not file.endswith(".c") or OTHER_BUILDS.search(name):
                    continue
                with open(name, encoding="utf-8") as stream:
                    text = stream.read()
                for match in DEFINE.finditer(text):
                    end = matching(text, match.end())
                    body = text[match.end():end]
                    key = (match[1], body.split(",")[0].strip())
                    lists = found.setdefault(key, [])
                    if parameters(body) not in lists:
                        lists.append(parameters(body))
    return found


def matching(text, start):
    """Where the parenthesis closes that opened before start."""
    depth = 1
    while True:
        depth += {"(": 1, ")": -1}.get(text[start], 0)
        if depth == 0:
            return start
        start += 1


def table(source, file):
    """(number, who, name, function or None) of a syscall table."""
    with open(os.path.join(source, "arch/x86/entry/syscalls", file), encoding="ascii") as stream:
        rows = [line.split("#")[0].split() for line in stream]
    return [(int(r[0]), r[1], r[2], r[3] if len(r) > 3 else None) for r in rows if r]


def signature(found, abi, function):
    """The parameter list behind a table's function; None: no such function is left."""
    if function in (None, "sys_ni_syscall"):
        return None
    if function.startswith("compat_sys_"):
        keys = [("COMPAT_SYSCALL", function[len("compat_sys_"):])]
    else:
        name = function[len("sys_"):]
        keys = [("SYSCALL32", name)] * (abi == "i386") + [("SYSCALL", name)]
    lists = next((found[k] for k in keys if k in found), None)
    if lists and len(lists) > 1:
        wanted = VARIANTS[abi, keys[-1][1]]
        lists = [p for p in lists if [name for _, name in p] == wanted]
    return lists[0] if lists else None


def shape(abi, kind):
    """bits, sign, pointer of a type."""
    bare = re.sub(r"^const ", "", kind)
    word = 32 if abi == "i386" else 64
    if "*" in bare or bare in POINTERS:
        return word, 0, 1
    if bare.startswith("enum "):
        return 32, 0, 0
    bits, sign = TYPES[bare]
    return bits or word, sign, int(bare == "compat_uptr_t")


def calls(source):
    """abi -> name -> parameter list, None where the kernel has no function."""
    found = definitions(source)
    wide, narrow = table(source, "syscall_64.tbl"), table(source, "syscall_32.tbl")
    return {
        "x86_64": {n: signature(found, "x86_64", f) for _, who, n, f in wide if who != "x32"},
        "i386": {n: signature(found, "i386", f) for _, _, n, f in narrow},
        "x32": {n: signature(found, "x32", f) for _, who, n, f in wide if who == "x32"},
    }


def identifier(abi, kind, name):
    bits, _, _ = shape(abi, kind)
    text = re.sub(r"\W+", "_", kind.replace("*", " p ")).strip("_")
    return f"{name}__{text}_{bits}"


def write(abis):
    arguments, lines = {}, []
    for abi, functions in abis.items():
        lines += ["", f"#ifdef VD_CALL_{abi}"]
        for name in sorted(functions):
            if functions[name] is None:
                continue
            ids = [identifier(abi, k, n) for k, n in functions[name]]
            for (kind, argument), key in zip(functions[name], ids):
                row = (argument, kind, *shape(abi, kind))
                if arguments.setdefault(key, row) != row:
                    sys.exit(f"{key}: {arguments[key]} and {row}")
            fields = [f'"{name}"', str(len(ids)), "{" + ", ".join(ids or ["0"]) + "}"]
            lines.append(f"VD_CALL_{abi}({', '.join(fields)})")
        lines.append("#endif")
        gone = sorted(n for n, p in functions.items() if p is None)
        if gone:
            lines += wrapped(f"{abi}: numbers without a function in this kernel: ", gone)
    print("#ifdef VD_ARG")
    for key in sorted(arguments):
        name, kind, bits, sign, pointer = arguments[key]
        print(f'VD_ARG({key}, "{name}", "{kind}", {bits}, {sign}, {pointer})')
    print("#endif")
    print("\n".join(lines))


def wrapped(head, words):
    lines, line = [], "/* " + head
    for i, word in enumerate(words):
        word += ", " if i + 1 < len(words) else ". */"
        if len(line + word) > 100:
            lines.append(line.rstrip())
            line = " * "
        line += word
    return lines + [line]


def main(argv):
    if len(argv) != 2:
        sys.exit(__doc__)
    print("/* SPDX-License-Identifier: MIT */")
    print("/*\n * Made by gen-args.py; README.md says from what. Not to be edited.\n *")
    print(" * VD_ARG: an argument: identifier, name, type, bits, signed, pointer.")
    print(" * VD_CALL_abi: a call's name, its number of arguments and which; in strcmp() order.")
    print(" */")
    write(calls(argv[1]))


main(sys.argv)
