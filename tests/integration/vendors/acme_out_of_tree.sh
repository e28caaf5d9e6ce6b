#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# acme_out_of_tree.sh SOURCE_DIR [BIN_DIR]: copies sdk/ and samples/vendor-acme to a folder elsewhere, builds and tests the pack
# there with g++ and clang, and looks at what came out; printrouter's own check of plugins too, where BIN_DIR has it.
# A compiler that is missing is a failure.
set -eu
source=$1 scan=${2:-}/printrouter-plugin-scan
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/sdk" "$work/sdk"
mkdir "$work/elsewhere"
cp -r "$source/samples/vendor-acme" "$work/elsewhere/acme"

for compiler in g++ clang++-19; do
  command -v "$compiler" >/dev/null || { echo "FAILED: no $compiler"; exit 1; }
  build=$work/build-$compiler
  cmake -S "$work/elsewhere/acme" -B "$build" -DCMAKE_CXX_COMPILER="$compiler" -DPRINTROUTER_SDK="$work/sdk" >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
  cmake --build "$build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  ctest --test-dir "$build" --output-on-failure --no-tests=error >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

  library=$build/plugins/acme.so manifest=$build/plugins/acme.plugin.json
  symbols=$(nm -D --defined-only "$library" | awk '{print $3}')
  [ "$symbols" = printrouter_plugin_v1 ] || { echo "FAILED: $compiler: visible symbols: $symbols"; exit 1; }
  hash=$(sha256sum "$library" | cut -d' ' -f1)
  grep -q "\"$hash\"" "$manifest" || { echo "FAILED: $compiler: the manifest does not hold the library's hash"; exit 1; }
  if [ -x "$scan" ]; then
    "$scan" "$manifest" || { echo "FAILED: $compiler: printrouter does not accept the pack"; exit 1; }
  fi
  echo "ok: $compiler"
done
