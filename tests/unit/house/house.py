#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, read off the #include lines (and a few other things that a look can tell).

usage: house.py ROOT [RULE,RULE...]
The rules named are only warned of. Prints a line a violation ("rule: file: what"), and warnings; exit code 1 if there is a violation.
"""
import os
import re
import sys
from collections import defaultdict

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.M)
SOURCES = (".hpp", ".cpp", ".h", ".c")
LONGEST_FILE = 600
LONGEST_ABI_HEADER = 150
HEAVY = ("boost/asio", "boost/beast", "spdlog/", "nlohmann/")  # and their cost stays out of public headers
POSIX = re.compile(r"^(unistd|fcntl|poll|signal|pthread|spawn|dlfcn|netdb|pwd|grp|termios|dirent|syslog|sched)\.h$"
                   r"|^(sys|netinet|arpa|linux)/|^net/if")
# Headers of the C++20 and C11 libraries that have a dot-less or well-known name.
C_HEADERS = {h + ".h" for h in ("assert ctype errno float inttypes limits locale math setjmp signal stdarg stdbool stddef "
                                "stdint stdio stdlib string time wchar wctype").split()}
PLUGIN_EXTRA = re.compile(r"^(zlib\.h$|openssl/|qpdf/)")


class House:
    def __init__(self, root):
        self.root = root
        self.violations = []
        self.warnings = []
        self.includes = {}  # path -> [(quote, name)]
        for folder, names, files in os.walk(root):
            names[:] = [n for n in names if not n.startswith(".") and n != "build"]
            for name in files:
                if name.endswith(SOURCES):
                    path = os.path.relpath(os.path.join(folder, name), root)
                    if not path.startswith(os.path.join("tests", "unit", "house") + os.sep):
                        with open(os.path.join(folder, name), encoding="utf-8") as file:
                            self.read(path, file.read())
        self.floors = self.read_floors()

    def read(self, path, text):
        self.includes[path] = INCLUDE.findall(text)
        lines = text.count("\n")
        if not text.startswith(("// SPDX-License-Identifier: Apache-2.0", "/* SPDX-License-Identifier: Apache-2.0 */")):
            self.complain("license", path, "the first line is not the SPDX line")
        if lines > LONGEST_FILE:
            self.warnings.append(f"length: {path}: {lines} lines, more than {LONGEST_FILE}")
        if path.startswith("core/") and path.endswith(".hpp") and "#pragma once" not in text:
            self.complain("pragma-once", path, "no #pragma once")
        if path.startswith("sdk/include/printrouter/abi/") and lines > LONGEST_ABI_HEADER:
            self.complain("abi-length", path, f"{lines} lines, more than {LONGEST_ABI_HEADER}")

    def read_floors(self):
        """core/CMakeLists.txt says which folder lies on which floor."""
        floors, floor = {}, None
        with open(os.path.join(self.root, "core", "CMakeLists.txt"), encoding="utf-8") as file:
            for line in file:
                if found := re.match(r"# floor (\d+)", line):
                    floor = int(found[1])
                elif found := re.match(r"(?:pr_core_library|add_subdirectory)\((\w+)", line):
                    floors[found[1]] = floor
        return floors

    def complain(self, rule, path, what):
        self.violations.append(f"{rule}: {path}: {what}")

    @staticmethod
    def folder(path):
        parts = path.split("/")
        return parts[1] if parts[0] == "core" and len(parts) > 2 else None

    def core_target(self, name):
        """The folder of core that an include path leads to, None if it leads elsewhere."""
        first = name.split("/")[0]
        return first if "/" in name and first in self.floors else None

    def check_floors(self):
        """No arrow upwards, no circle among folders of one floor."""
        arrows = defaultdict(dict)
        for path, includes in self.includes.items():
            own = self.folder(path)
            if own is None:
                continue
            if own not in self.floors:
                self.complain("floor", path, f"folder {own} has no floor in core/CMakeLists.txt")
                continue
            for _, name in includes:
                target = self.core_target(name)
                if target is None or target == own:
                    continue
                if self.floors[target] > self.floors[own]:
                    self.complain("arrow", path, f"floor {self.floors[own]} includes {name} of floor {self.floors[target]}")
                    continue  # once is enough: it would show as a circle too
                arrows[own].setdefault(target, (path, name))
        for start in sorted(arrows):
            self.find_circle(start, arrows)

    def find_circle(self, start, arrows):
        stack = [(start, [start])]
        seen = set()
        while stack:
            at, way = stack.pop()
            for target in arrows.get(at, {}):
                if target == start and start == min(way):
                    path, name = arrows[at][target]
                    self.complain("circle", path, f"{name} closes the circle {' -> '.join(way + [start])}")
                elif target not in seen:
                    seen.add(target)
                    stack.append((target, way + [target]))

    def standard(self, name):
        return name in C_HEADERS or ("." not in name and "/" not in name)

    def is_own(self, path, name):
        """A file of the same plugin: beside the includer or in a folder above it, inside its pack."""
        pack = path.split("/")[:2]
        folder = os.path.dirname(path)
        while folder.split("/")[:2] == pack:
            if os.path.normpath(os.path.join(folder, name)) in self.includes:
                return os.path.normpath(os.path.join(folder, name)).split("/")[:2] == pack
            folder = os.path.dirname(folder)
        return False

    def check_plugins(self):
        """plugins/, vendors/ and the sample pack see the SDK, the standard library, zlib, OpenSSL and qpdf."""
        for path, includes in self.includes.items():
            if not path.startswith(("plugins/", "vendors/", "samples/vendor-")):
                continue
            for quote, name in includes:
                if quote == '"' and self.is_own(path, name):
                    continue
                if name.startswith("printrouter/") and f"sdk/include/{name}" in self.includes:
                    continue
                if not self.standard(name) and not PLUGIN_EXTRA.match(name):
                    self.complain("plugin-reach", path, f"includes {name}, which is neither SDK nor standard library")

    def check_sdk(self):
        for path, includes in self.includes.items():
            if not path.startswith("sdk/include/"):
                continue
            in_abi = path.startswith("sdk/include/printrouter/abi/")
            for quote, name in includes:
                if in_abi:
                    if not (quote == '"' and f"sdk/include/printrouter/abi/{name}" in self.includes) and name not in C_HEADERS:
                        self.complain("abi-include", path, f"includes {name}; only C11 and its neighbours may be")
                elif not (name.startswith("printrouter/") and f"sdk/include/{name}" in self.includes) and not self.standard(name):
                    self.complain("sdk-reach", path, f"includes {name}, which is neither SDK nor standard library")

    def check_public_headers(self):
        """A header of core that another folder includes, directly or through such a header, stays light."""
        public = set()
        for path, includes in self.includes.items():
            own = self.folder(path)
            if path.startswith("core/"):
                public |= {f"core/{name}" for _, name in includes if self.core_target(name) not in (None, own)}
        todo = [path for path in public if path in self.includes]
        public = set(todo)
        while todo:
            for _, name in self.includes[todo.pop()]:
                path = f"core/{name}"
                if path in self.includes and path not in public:
                    public.add(path)
                    todo.append(path)
        for path in sorted(public):
            for _, name in self.includes[path]:
                if name.startswith(HEAVY) and not path.endswith("_detail.hpp"):
                    self.complain("public-header", path, f"includes {name}; put that into a .cpp or a *_detail.hpp")

    def check_posix(self):
        for path, includes in self.includes.items():
            if self.folder(path) in (None, "env", "net"):
                continue
            for _, name in includes:
                if POSIX.match(name):  # a warning until control/ and cli/ go through env/ as well
                    self.warnings.append(f"posix: {path}: includes {name}; operating-system calls live in env/ and net/")

    def check_readmes(self):
        folders = {self.folder(path) for path in self.includes if path.startswith("core/") and path.endswith(".cpp")}
        for folder in sorted(folders - {None}):
            if not os.path.exists(os.path.join(self.root, "core", folder, "README.md")):
                self.complain("readme", f"core/{folder}", "no README.md")

    def check(self):
        self.check_floors()
        self.check_plugins()
        self.check_sdk()
        self.check_public_headers()
        self.check_posix()
        self.check_readmes()
        return self.violations


def main():
    house = House(sys.argv[1])
    pending = sys.argv[2].split(",") if len(sys.argv) > 2 else []
    violations = set(house.check())
    excused = {line for line in violations if line.split(":")[0] in pending}
    for line in sorted(violations - excused) + [f"warning: {w}" for w in sorted([*house.warnings, *excused])]:
        print(line)
    print(f"{len(house.includes)} files, {len(violations - excused)} violations, {len(house.warnings) + len(excused)} warnings")
    return 1 if violations - excused else 0


if __name__ == "__main__":
    sys.exit(main())
