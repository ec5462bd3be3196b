// SPDX-License-Identifier: GPL-2.0-only
// Runs the module's suites where there is no test.py of an ns-3 tree. Options are those of ns-3's test-runner.

#include "ns3/test.h"

int
main(int argc, char* argv[])
{
    return ns3::TestRunner::Run(argc, argv);
}
