# -*- Mode: python; -*-
# SPDX-License-Identifier: GPL-2.0-only
# For ns-3 up to 3.35, which is built with waf. The lists are those of CMakeLists.txt; test/conformance compares them.

CORE_SOURCES = [
    'model/core/base/address.cc',
    'model/core/base/timer-queue.cc',
    'model/core/base/trace.cc',
    'model/core/gm/config.cc',
    'model/core/gm/group-record.cc',
    'model/core/gm/host-group.cc',
    'model/core/gm/host-interface.cc',
    'model/core/gm/membership-table.cc',
    'model/core/gm/protocol.cc',
    'model/core/gm/querier.cc',
    'model/core/gm/router-interface.cc',
    'model/core/gm/socket-filters.cc',
    'model/core/gm/source-set.cc',
    'model/core/gm/specific-queries.cc',
    'model/core/host.cc',
    'model/core/interface.cc',
    'model/core/mfc/mfc.cc',
    'model/core/mfc/member-forwarding.cc',
    'model/core/pim/assert.cc',
    'model/core/pim/bsr/bootstrap-candidate.cc',
    'model/core/pim/bsr/bootstrap.cc',
    'model/core/pim/bsr/candidate-rp-set.cc',
    'model/core/pim/bsr/candidate-rp.cc',
    'model/core/pim/bsr/election.cc',
    'model/core/pim/bsr/message.cc',
    'model/core/pim/bsr/rp-assembly.cc',
    'model/core/pim/config.cc',
    'model/core/pim/instance.cc',
    'model/core/pim/interface.cc',
    'model/core/pim/join-prune-queue.cc',
    'model/core/pim/names.cc',
    'model/core/pim/rp-set.cc',
    'model/core/pim/rpf.cc',
    'model/core/pim/sm/asserts.cc',
    'model/core/pim/sm/data.cc',
    'model/core/pim/sm/downstream-rpt.cc',
    'model/core/pim/sm/downstream.cc',
    'model/core/pim/sm/macros.cc',
    'model/core/pim/sm/receive.cc',
    'model/core/pim/sm/register.cc',
    'model/core/pim/sm/registers.cc',
    'model/core/pim/sm/sparse.cc',
    'model/core/pim/sm/trees.cc',
    'model/core/pim/sm/upstream-rpt.cc',
    'model/core/pim/sm/upstream.cc',
    'model/core/pim/sm/views.cc',
    'model/core/router-impl.cc',
    'model/core/router-pim.cc',
    'model/core/router.cc',
    'model/core/wire/checksum.cc',
    'model/core/wire/ethernet.cc',
    'model/core/wire/fragment.cc',
    'model/core/wire/igmp.cc',
    'model/core/wire/ip.cc',
    'model/core/wire/ipv4-header.cc',
    'model/core/wire/ipv6-header.cc',
    'model/core/wire/membership.cc',
    'model/core/wire/mld.cc',
    'model/core/wire/pim-read.cc',
    'model/core/wire/pim-write.cc',
    'model/core/wire/record-codec.cc',
    'wireless/core/airtime.cc',
    'wireless/core/config.cc',
    'wireless/core/dms.cc',
    'wireless/core/dtim-scheduler.cc',
    'wireless/core/fms.cc',
    'wireless/core/frame.cc',
    'wireless/core/gcr.cc',
    'wireless/core/ids.cc',
    'wireless/core/method.cc',
    'wireless/core/power-save-set.cc',
    'wireless/core/rates.cc',
    'wireless/core/snooping.cc',
    'wireless/core/station-doze.cc',
    'wireless/core/tim.cc',
]

NS3_SOURCES = [
    'helper/multicast-helper.cc',
    'helper/multicast-pim-helper.cc',
    'helper/multicast-receiver-helper.cc',
    'model/multicast-config.cc',
    'model/multicast-engine.cc',
    'model/multicast-forwarder.cc',
    'model/multicast-icmpv6-l4-protocol.cc',
    'model/multicast-igmp-l4-protocol.cc',
    'model/multicast-interface.cc',
    'model/multicast-ip.cc',
    'model/multicast-ipv6-routing.cc',
    'model/multicast-l3-access.cc',
    'model/multicast-memberships.cc',
    'model/multicast-message-io.cc',
    'model/multicast-node-impl.cc',
    'model/multicast-node.cc',
    'model/multicast-output-tag.cc',
    'model/multicast-output.cc',
    'model/multicast-pim-l4-protocol.cc',
    'model/multicast-pim.cc',
    'model/multicast-receiver.cc',
    'model/multicast-roots.cc',
    'model/multicast-routing-base.cc',
    'model/multicast-routing.cc',
    'model/multicast-rpf.cc',
    'model/multicast-socket.cc',
    'model/multicast-stack.cc',
    'model/multicast-udp-demux.cc',
    'model/multicast-way.cc',
]

NS3_HEADERS = [
    'helper/multicast-helper.h',
    'helper/multicast-pim-helper.h',
    'helper/multicast-receiver-helper.h',
    'model/multicast-icmpv6-l4-protocol.h',
    'model/multicast-igmp-l4-protocol.h',
    'model/multicast-interface.h',
    'model/multicast-ipv6-routing.h',
    'model/multicast-node.h',
    'model/multicast-pim-l4-protocol.h',
    'model/multicast-pim.h',
    'model/multicast-receiver.h',
    'model/multicast-routing-base.h',
    'model/multicast-routing.h',
    'model/multicast-socket.h',
]

NS3_TEST_SOURCES = [
    'test/multicast-config-test-suite.cc',
    'test/multicast-devices-test-suite.cc',
    'test/multicast-forwarding-test-suite.cc',
    'test/multicast-lifecycle-test-suite.cc',
    'test/multicast-membership-test-suite.cc',
    'test/multicast-mld-test-suite.cc',
    'test/multicast-pim-network.cc',
    'test/multicast-pim-test-suite.cc',
    'test/multicast-querier-test-suite.cc',
    'test/multicast-test-network.cc',
    'test/multicast-wire-test-suite.cc',
]


def build(bld):
    module = bld.create_ns3_module('multicast', ['applications', 'csma', 'internet', 'point-to-point', 'wifi'])
    module.source = CORE_SOURCES + NS3_SOURCES
    module.env.append_value('CXXFLAGS', '-std=c++17')  # waf-era ns-3 asks for less

    module_test = bld.create_ns3_module_test_library('multicast')
    module_test.source = NS3_TEST_SOURCES
    module_test.env.append_value('CXXFLAGS', '-std=c++17')

    headers = bld(features='ns3header')
    headers.module = 'multicast'
    headers.source = NS3_HEADERS

    if bld.env.ENABLE_EXAMPLES:
        bld.recurse('examples')
