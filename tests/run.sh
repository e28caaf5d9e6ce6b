#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, runs the tests.
#   tests/run.sh                  everything, as CI does: optimised build, all tests
#   tests/run.sh --quick          unit tests, house rules and broken plugins of an unoptimised build
#   tests/run.sh --label LABEL    only tests of this label (unit, badplugins, integration, mission, crash, ...)
#   tests/run.sh --preset NAME    another preset of CMakePresets.json
#   tests/run.sh --no-install     installs nothing; what is missing shows in the build
# Exit code: 0 all passed, 1 a test failed, 2 wrong arguments, 3 packages or build failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 3

preset=release
install=yes
selection=()
while [ $# -gt 0 ]; do
  case $1 in
    --quick) preset=dev; selection=(-L 'unit|badplugins') ;;
    --label) [ $# -ge 2 ] || { echo "run.sh: --label needs a name" >&2; exit 2; }
      selection=(-L "$2"); shift ;;
    --preset) [ $# -ge 2 ] || { echo "run.sh: --preset needs a name" >&2; exit 2; }
      preset=$2; shift ;;
    --no-install) install=no ;;
    --help | -h) sed -n '3,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "run.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done

if [ $install = yes ]; then
  cmake/packages install build test demo || exit 3
fi
# Clones in other folders share what the compiler has already done.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime
jobs=$(nproc)
cmake --preset "$preset" >"/tmp/printrouter-configure.$$" 2>&1 || { cat "/tmp/printrouter-configure.$$"; exit 3; }
rm -f "/tmp/printrouter-configure.$$"
cmake --build "build/$preset" -j "$jobs" || exit 3
ctest --test-dir "build/$preset" --parallel "$jobs" --output-on-failure --no-tests=error "${selection[@]}" || exit 1
