#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The main job of printrouter, as a story: real documents from real print clients, a print server that dies, devices
# that print by the rules of their makers, questions, refusals, a broken cable and a kill -9. Nothing may be lost and
# nothing printed twice; a separate tally counts it.
#   samples/fallback/run.sh                      60 documents, another day each time
#   samples/fallback/run.sh --jobs N --seed S    N documents (24 or more); the seed decides order and faults
#   samples/fallback/run.sh --sabotage drop      a document is taken away at the end: the tally must notice
#   samples/fallback/run.sh --sabotage resend    a document is sent a second time: the tally must notice
#   samples/fallback/run.sh --sabotage plus-one  a language plugin counts a page too many: the accounts must not agree
#   --no-install   installs no packages          --build DIR   uses what is built in DIR, builds nothing
# The last line is RESULT and a JSON object. Exit code: 0 all well (with --sabotage: it was noticed), 1 not, 2 wrong
# arguments, 3 packages or build failed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

install=yes
build=
story=()
while [ $# -gt 0 ]; do
  case $1 in
    --no-install) install=no ;;
    --build) [ $# -ge 2 ] || { echo "run.sh: --build needs a folder" >&2; exit 2; }
      build=$2; shift ;;
    --build=*) build=${1#*=} ;;
    --help | -h) sed -n '3,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) story+=("$1") ;;
  esac
  shift
done

if [ -z "$build" ]; then
  build=$root/build/release
  [ $install = no ] || "$root/cmake/packages" install build demo || exit 3
  cd "$root"
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime
  echo "building (the first time this takes a few minutes) ..."
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  if ! { cmake --preset release && cmake --build build/release --target demo; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    exit 3
  fi
  rm -f "$log"
  trap - EXIT
fi
export PRINTROUTER_SOURCE=$root PRINTROUTER_BIN=$build/bin
PATH=$PATH:/usr/sbin:/sbin exec python3 -B "$root/samples/fallback/story.py" "${story[@]}"
