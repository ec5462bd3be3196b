// SPDX-License-Identifier: GPL-2.0-only
// The RP set of a zone, put together from the fragments of its BSR's messages.                 RFC 5059 3.1.5, 4.1.1
//
// A range counts when as many RPs as its RP Count arrived in fragments of one message; until then the former RPs stand. A
// range that a message does not name stands until its mappings expire; an RP Count of 0 withdraws it.

#ifndef MCAST_CORE_PIM_BSR_RP_ASSEMBLY_H
#define MCAST_CORE_PIM_BSR_RP_ASSEMBLY_H

#include "../../journal.h"
#include "message.h"

#include <map>

namespace mcast::pim::bsr
{

class RpAssembly
{
  public:
    /// Action Store RP-Set, for one fragment whose counts fit.
    /// \param maxRps pairs of range and RP that the set may hold of all zones
    /// \param journal counts what is not taken: BadGroup (a range outside the zone), BadSource (an RP's address),
    ///        RpLimit
    /// \return whether any group may have another RP now
    bool Store(TimePoint now, const ScopeZone& zone, const Bootstrap& fragment, std::size_t maxRps, RpSet& set,
               Journal& journal);

  private:
    using Parts = std::map<Prefix, std::map<Address, BootstrapRp>>;

    bool StoreRange(TimePoint now, const ScopeZone& zone, const BootstrapGroup& range, std::size_t maxRps, RpSet& set,
                    Journal& journal);

    Address m_bsr;
    std::uint16_t m_tag = 0;
    Parts m_parts;             // of ranges that are not whole yet
    std::size_t m_partial = 0; // RPs in there
};

} // namespace mcast::pim::bsr

#endif // MCAST_CORE_PIM_BSR_RP_ASSEMBLY_H
