#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Inside a root of make-root.sh: builds the ns-3 module, its suites and its examples, and runs them.
set -euo pipefail
cmake -S . -B out -G Ninja -DCMAKE_BUILD_TYPE=Release > configure.log 2>&1 || { cat configure.log; exit 1; }
cmake --build out -j "$JOBS" --target multicast-ns3-test igmp-lan routed-stream > build.log 2>&1 || { tail -n 60 build.log; exit 1; }
ctest --test-dir out -R ns3 --output-on-failure
./out/bin/igmp-lan > /dev/null
