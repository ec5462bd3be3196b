// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_TEST_FUZZ_CHECK_H
#define MCAST_TEST_FUZZ_CHECK_H

#include <cstdio>
#include <cstdlib>

/// A finding unless the condition holds; unlike assert() in every build.
#define CHECK(condition)                                                                                               \
    do                                                                                                                 \
    {                                                                                                                  \
        if (!(condition))                                                                                              \
        {                                                                                                              \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                        \
            std::abort();                                                                                              \
        }                                                                                                              \
    } while (false)

#endif // MCAST_TEST_FUZZ_CHECK_H
