#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Houses that break one rule each must be found out, by that rule; a house in order must not."""
import os
import tempfile
import unittest

from house import House

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
GOOD = {
    "core/CMakeLists.txt": "# floor 0\npr_core_library(base)\n# floor 1\npr_core_library(env)\npr_core_library(config)\n"
                           "# floor 2\npr_core_library(net)\n# floor 7\nadd_subdirectory(apps)\n",
    "core/base/README.md": "", "core/env/README.md": "", "core/config/README.md": "", "core/net/README.md": "",
    "core/base/error.hpp": SPDX + "#pragma once\n#include <string>\n",
    "core/base/error.cpp": SPDX + '#include "base/error.hpp"\n#include <nlohmann/json.hpp>\n',
    "core/env/clock.hpp": SPDX + '#pragma once\n#include "base/error.hpp"\n',
    "core/env/clock.cpp": SPDX + '#include "env/clock.hpp"\n#include <unistd.h>\n',
    "core/net/dial_detail.hpp": SPDX + "#pragma once\n#include <boost/asio.hpp>\n",
    "core/net/dial.cpp": SPDX + '#include "net/dial_detail.hpp"\n#include "env/clock.hpp"\n',
    "sdk/include/printrouter/abi/base.h": "/* SPDX-License-Identifier: Apache-2.0 */\n#include <stdint.h>\n",
    "sdk/include/printrouter/abi/action.h": '/* SPDX-License-Identifier: Apache-2.0 */\n#include "base.h"\n',
    "sdk/include/printrouter/plugin.hpp": SPDX + "#pragma once\n#include <printrouter/abi/base.h>\n#include <string>\n",
    "plugins/protocols/raw/raw.cpp": SPDX + '#include "raw.hpp"\n#include <zlib.h>\n#include <cstdint>\n',
    "plugins/protocols/raw/raw.hpp": SPDX + "#include <printrouter/plugin.hpp>\n",
    "vendors/acme/acme.cpp": SPDX + "#include <printrouter/plugin.hpp>\n#include <openssl/sha.h>\n",
}
# What is put into the good house, and the rule that must object.
BAD = {
    "upward arrow": ({"core/base/error.cpp": SPDX + '#include "env/clock.hpp"\n'}, "arrow"),
    "upward arrow in a header": ({"core/env/clock.hpp": SPDX + '#pragma once\n#include "net/dial_detail.hpp"\n'}, "arrow"),
    "upward arrow with blanks": ({"core/base/error.cpp": SPDX + '  #  include  "env/clock.hpp"\n'}, "arrow"),
    "circle of one floor": ({"core/env/clock.cpp": SPDX + '#include "config/tree.hpp"\n',
                             "core/config/tree.hpp": SPDX + '#pragma once\n#include "env/clock.hpp"\n'}, "circle"),
    "folder without a floor": ({"core/extra/thing.hpp": SPDX + "#pragma once\n"}, "floor"),
    "plugin that reaches into core": ({"plugins/protocols/raw/raw.hpp": SPDX + '#include "base/error.hpp"\n'}, "plugin-reach"),
    "plugin that reaches into another": ({"plugins/servers/queue/queue.cpp": SPDX + '#include "../../protocols/raw/raw.hpp"\n'},
                                         "plugin-reach"),
    "plugin with sockets": ({"plugins/protocols/raw/raw.hpp": SPDX + "#include <sys/socket.h>\n"}, "plugin-reach"),
    "plugin with Asio": ({"plugins/protocols/raw/raw.hpp": SPDX + "#include <boost/asio.hpp>\n"}, "plugin-reach"),
    "vendor that reaches into core": ({"vendors/acme/acme.cpp": SPDX + '#include "net/dial_detail.hpp"\n'}, "plugin-reach"),
    "vendor that reaches by dots": ({"vendors/acme/acme.cpp": SPDX + '#include "../../core/base/error.hpp"\n'}, "plugin-reach"),
    "JSON in a public header": ({"core/base/error.hpp": SPDX + "#pragma once\n#include <nlohmann/json.hpp>\n"}, "public-header"),
    "log in a header behind a public one": ({"core/base/error.hpp": SPDX + '#pragma once\n#include "base/more.hpp"\n',
                                             "core/base/more.hpp": SPDX + "#pragma once\n#include <spdlog/spdlog.h>\n"},
                                            "public-header"),
    "C++ in the ABI": ({"sdk/include/printrouter/abi/base.h": "/* SPDX-License-Identifier: Apache-2.0 */\n#include <cstdint>\n"},
                       "abi-include"),
    "third party in the ABI": ({"sdk/include/printrouter/abi/base.h":
                                "/* SPDX-License-Identifier: Apache-2.0 */\n#include <zlib.h>\n"}, "abi-include"),
    "SDK that sees core": ({"sdk/include/printrouter/plugin.hpp": SPDX + '#pragma once\n#include "base/error.hpp"\n'}, "sdk-reach"),
    "long ABI header": ({"sdk/include/printrouter/abi/base.h":
                         "/* SPDX-License-Identifier: Apache-2.0 */\n" + "\n" * 150}, "abi-length"),
    "no pragma once": ({"core/base/error.hpp": SPDX + "#include <string>\n"}, "pragma-once"),
    "no license": ({"core/base/error.cpp": "#include <string>\n"}, "license"),
    "folder without README": ({"core/base/README.md": None}, "readme"),
}


def build(files):
    house = tempfile.TemporaryDirectory()
    for path, text in files.items():
        if text is None:
            continue
        full = os.path.join(house.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
    return house


class HouseTest(unittest.TestCase):
    def test_a_house_in_order(self):
        with build(GOOD) as root:
            self.assertEqual(House(root).check(), [])

    def test_each_broken_rule_is_named(self):
        for name, (change, rule) in BAD.items():
            with self.subTest(name), build({**GOOD, **change}) as root:
                rules = {violation.split(":")[0] for violation in House(root).check()}
                self.assertEqual(rules, {rule})

    def test_warnings(self):
        long = {"core/base/error.cpp": SPDX + "\n" * 700, "core/config/tree.cpp": SPDX + "#include <sys/stat.h>\n"}
        with build({**GOOD, **long}) as root:
            house = House(root)
            self.assertEqual(house.check(), [])
            self.assertEqual(sorted(w.split(":")[0] for w in house.warnings), ["length", "posix"])


if __name__ == "__main__":
    unittest.main()
