# SPDX-License-Identifier: MIT
"""What the generators share: the ABIs' header folders and the preprocessor.

A header tree is the root of an unpacked linux-libc-dev package from 6.12 on, which
holds every architecture: usr/lib/linux/uapi/ARCH/asm and usr/include/{linux,asm-generic}.
"""

import os
import re
import subprocess

# Table: uapi folder, predefined macros, header, raw number's constant part.
# Byte orders of one ABI share a table.
TABLES = {
    "x86_64": ("x86", ["__x86_64__", "__LP64__"], "asm/unistd.h", 0),
    "i386": ("x86", ["__i386__"], "asm/unistd.h", 0),
    "x32": ("x86", ["__x86_64__", "__ILP32__"], "asm/unistd.h", 0x40000000),
    "aarch64": ("arm64", ["__aarch64__", "__LP64__"], "asm/unistd.h", 0),
    "arm": ("arm", ["__arm__", "__ARM_EABI__"], "asm/unistd.h", 0),
    "riscv64": ("riscv", ["__riscv", "__LP64__"], "asm/unistd.h", 0),
    "riscv32": ("riscv", ["__riscv"], "asm/unistd.h", 0),
    "s390": ("s390", ["__s390__"], "asm/unistd_32.h", 0),
    "s390x": ("s390", ["__s390__", "__s390x__", "__LP64__"], "asm/unistd.h", 0),
    "ppc": ("powerpc", ["__powerpc__"], "asm/unistd.h", 0),
    "ppc64": ("powerpc", ["__powerpc__", "__powerpc64__", "__LP64__"], "asm/unistd.h", 0),
    "mips": ("mips", ["__mips__", "_MIPS_SIM=1"], "asm/unistd.h", 0),
    "mips64": ("mips", ["__mips__", "_MIPS_SIM=3", "__LP64__"], "asm/unistd.h", 0),
    "mips64n32": ("mips", ["__mips__", "_MIPS_SIM=2"], "asm/unistd.h", 0),
    "loongarch64": ("loongarch", ["__loongarch__", "__LP64__"], "asm/unistd.h", 0),
    "m68k": ("m68k", ["__m68k__"], "asm/unistd.h", 0),
    "parisc": ("parisc", ["__hppa__"], "asm/unistd.h", 0),
    "parisc64": ("parisc", ["__hppa__", "__LP64__"], "asm/unistd.h", 0),
    "sh": ("sh", ["__sh__"], "asm/unistd.h", 0),
}

# Names with the form of a call's that are none: bases, masks, and slots that
# the mips tables keep for calls that never came or have gone.
NOT_A_CALL = re.compile(r"^(Linux|SYSCALL_BASE|SYSCALL_MASK|OABI_SYSCALL_BASE|syscalls"
                        r"|arch_specific_syscall|(?:unused|reserved)\d+)$")


def includes(tree, folder):
    return ["-I", os.path.join(tree, "usr/lib/linux/uapi", folder),
            "-I", os.path.join(tree, "usr/include")]


def defines(macros):
    bits = 8 if "__LP64__" in macros else 4
    return ["-D" + m for m in macros] + ["-D__CHAR_BIT__=8", f"-D__SIZEOF_LONG__={bits}",
                                         f"-D__SIZEOF_POINTER__={bits}"]


def macros_of(tree, folder, predefined, header):
    """The object-like macros of a header, as text; None when the tree has no such header."""
    if not os.path.exists(os.path.join(tree, "usr/lib/linux/uapi", folder, header)):
        return None
    command = ["cc", "-E", "-dM", "-undef", "-nostdinc", *defines(predefined),
               *includes(tree, folder), "-"]
    done = subprocess.run(command, input=f"#include <{header}>\n", text=True, check=True,
                          capture_output=True)
    return dict(re.findall(r"^#define (\w+) +(.*)$", done.stdout, re.M))


def evaluate(macros, expression):
    """The value of an integer expression of sums and literals."""
    def value(match):
        return str(evaluate(macros, macros[match[0]]))
    text = re.sub(r"\b[A-Za-z_]\w*", value, expression)
    if not re.fullmatch(r"[0-9a-fA-Fx+()\s]+", text):
        raise ValueError(f"not a sum: {expression}")
    return eval(text)  # digits, + and parentheses only


# Every architecture of a tree but x86-64, for comparing values.
OTHER_ARCHITECTURES = [
    ("x86", ["__i386__"]),
    ("x86", ["__x86_64__", "__ILP32__"]),
    ("alpha", ["__alpha__", "__LP64__"]),
    ("arc", ["__arc__"]),
    ("arm", ["__arm__", "__ARM_EABI__"]),
    ("arm64", ["__aarch64__", "__LP64__"]),
    ("loongarch", ["__loongarch__", "__LP64__"]),
    ("m68k", ["__m68k__"]),
    ("mips", ["__mips__", "_MIPS_SIM=1", "_MIPS_SZLONG=32", "__MIPSEB__"]),
    ("mips", ["__mips__", "_MIPS_SIM=3", "_MIPS_SZLONG=64", "__MIPSEB__", "__LP64__"]),
    ("parisc", ["__hppa__"]),
    ("parisc", ["__hppa__", "__LP64__"]),
    ("powerpc", ["__powerpc__"]),
    ("powerpc", ["__powerpc__", "__powerpc64__", "__LP64__"]),
    ("riscv", ["__riscv", "__LP64__"]),
    ("riscv", ["__riscv"]),
    ("s390", ["__s390__", "__s390x__", "__LP64__"]),
    ("sh", ["__sh__"]),
    ("sparc", ["__sparc__"]),
    ("sparc", ["__sparc__", "__arch64__", "__LP64__"]),
]
