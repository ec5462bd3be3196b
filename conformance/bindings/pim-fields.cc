// SPDX-License-Identifier: GPL-2.0-only

#include "config-fields.h"
#include "setters.h"

#include "pim/names.h"

namespace mcast::python
{

namespace
{

py::dict
ToDict(const std::string& field, py::handle value)
{
    if (!py::isinstance<py::dict>(value))
    {
        throw FieldError{field, "must be a dict"};
    }
    return py::reinterpret_borrow<py::dict>(value);
}

pim::Mode
ToMode(const std::string& field, py::handle value)
{
    const auto word = py::str(value).cast<std::string>();
    for (const auto mode : {pim::Mode::Sparse, pim::Mode::Dense, pim::Mode::SparseDense})
    {
        if (word == ToString(mode))
        {
            return mode;
        }
    }
    throw FieldError{field, "is none of sparse, dense, sparse-dense"};
}

Setters<pim::InterfaceConfig>
InterfaceSetters()
{
    using C = pim::InterfaceConfig;
    Setters<C> setters;
    setters["mode"] = [](C& c, auto& name, auto value) { c.mode = ToMode(name, value); };
    setters["hello_period"] = Time<C>([](C & c) -> auto& { return c.helloPeriod; });
    setters["hello_holdtime"] = MaybeTime<C>([](C & c) -> auto& { return c.helloHoldtime; });
    setters["triggered_hello_delay"] = Time<C>([](C & c) -> auto& { return c.triggeredHelloDelay; });
    setters["dr_priority"] = Whole<C, std::uint32_t>([](C & c) -> auto& { return c.drPriority; });
    setters["propagation_delay"] = Time<C>([](C & c) -> auto& { return c.propagationDelay; });
    setters["override_interval"] = Time<C>([](C & c) -> auto& { return c.overrideInterval; });
    setters["tracking_support"] = Flag<C>([](C & c) -> auto& { return c.trackingSupport; });
    setters["max_neighbors"] = Whole<C, std::size_t>([](C & c) -> auto& { return c.maxNeighbors; });
    setters["bsr_border"] = Flag<C>([](C & c) -> auto& { return c.bsrBorder; });
    setters["accept_unknown_neighbors"] = Flag<C>([](C & c) -> auto& { return c.acceptUnknownNeighbors; });
    return setters;
}

pim::StaticRp
ToStaticRp(const std::string& field, py::handle value)
{
    using C = pim::StaticRp;
    Setters<C> setters;
    setters["rp"] = [](C& c, auto& name, auto one) { c.rp = ToAddress(name, one); };
    setters["groups"] = [](C& c, auto& name, auto one) { c.groups = ToPrefix(name, one); };
    setters["overrides_bsr"] = Flag<C>([](C & c) -> auto& { return c.overridesBsr; });
    return Apply(C{}, setters, ToDict(field, value));
}

pim::SptSwitchover
ToSptSwitchover(const std::string& field, py::handle value)
{
    using C = pim::SptSwitchover;
    static const std::map<std::string, C::When> words = {
        {"immediately", C::When::Immediately}, {"never", C::When::Never}, {"at_rate", C::When::AtRate}};
    Setters<C> setters;
    setters["rate"] = Whole<C, std::uint64_t>([](C & c) -> auto& { return c.rate; });
    setters["when"] = [](C& c, auto& name, auto one) {
        const auto word = words.find(py::str(one).template cast<std::string>());
        if (word == words.end())
        {
            throw FieldError{name, "is none of immediately, never, at_rate"};
        }
        c.when = word->second;
    };
    return Apply(C{}, setters, ToDict(field, value));
}

pim::CandidateBsrConfig
ToCandidateBsr(const std::string& field, py::handle value)
{
    using C = pim::CandidateBsrConfig;
    Setters<C> setters;
    setters["address"] = MaybeAddress<C>([](C & c) -> auto& { return c.address; });
    setters["priority"] = Whole<C, std::uint8_t>([](C & c) -> auto& { return c.priority; });
    setters["hash_mask_length"] = Whole<C, std::uint8_t>([](C & c) -> auto& { return c.hashMaskLength; });
    setters["zone"] = [](C& c, auto& name, auto one) {
        c.zone = one.is_none() ? std::nullopt : std::optional(ToPrefix(name, one));
    };
    return Apply(C{}, setters, ToDict(field, value));
}

pim::CandidateRpConfig
ToCandidateRp(const std::string& field, py::handle value)
{
    using C = pim::CandidateRpConfig;
    Setters<C> setters;
    setters["address"] = MaybeAddress<C>([](C & c) -> auto& { return c.address; });
    setters["priority"] = Whole<C, std::uint8_t>([](C & c) -> auto& { return c.priority; });
    setters["groups"] = [](C& c, auto& name, auto one) { c.groups = ToList(name, one, ToPrefix); };
    setters["holdtime"] = MaybeTime<C>([](C & c) -> auto& { return c.holdtime; });
    return Apply(C{}, setters, ToDict(field, value));
}

void
AddTimers(Setters<pim::RouterConfig>& setters)
{
    using C = pim::RouterConfig;
    setters["join_prune_period"] = Time<C>([](C & c) -> auto& { return c.joinPrunePeriod; });
    setters["join_prune_holdtime"] = MaybeTime<C>([](C & c) -> auto& { return c.joinPruneHoldtime; });
    setters["keepalive_period"] = Time<C>([](C & c) -> auto& { return c.keepalivePeriod; });
    setters["register_suppression_time"] = Time<C>([](C & c) -> auto& { return c.registerSuppressionTime; });
    setters["register_probe_time"] = Time<C>([](C & c) -> auto& { return c.registerProbeTime; });
    setters["assert_time"] = Time<C>([](C & c) -> auto& { return c.assertTime; });
    setters["assert_override_interval"] = Time<C>([](C & c) -> auto& { return c.assertOverrideInterval; });
    setters["bootstrap_period"] = Time<C>([](C & c) -> auto& { return c.bootstrapPeriod; });
    setters["bootstrap_min_interval"] = Time<C>([](C & c) -> auto& { return c.bootstrapMinInterval; });
    setters["bootstrap_timeout"] = MaybeTime<C>([](C & c) -> auto& { return c.bootstrapTimeout; });
    setters["scope_zone_timeout"] = Time<C>([](C & c) -> auto& { return c.scopeZoneTimeout; });
    setters["candidate_rp_period"] = Time<C>([](C & c) -> auto& { return c.candidateRpPeriod; });
}

void
AddDense(Setters<pim::RouterConfig>& setters)
{
    using C = pim::RouterConfig;
    setters["dense_groups"] = [](C& c, auto& name, auto value) {
        c.denseGroups = value.is_none() ? std::nullopt : std::optional(ToList(name, value, ToPrefix));
    };
    setters["prune_limit"] = Time<C>([](C & c) -> auto& { return c.pruneLimit; });
    setters["graft_retry_period"] = Time<C>([](C & c) -> auto& { return c.graftRetryPeriod; });
    setters["source_lifetime"] = Time<C>([](C & c) -> auto& { return c.sourceLifetime; });
    setters["max_graft_retries"] = Whole<C, std::uint32_t>([](C & c) -> auto& { return c.maxGraftRetries; });
    setters["state_refresh"] = Flag<C>([](C & c) -> auto& { return c.stateRefresh; });
    setters["state_refresh_interval"] = Time<C>([](C & c) -> auto& { return c.stateRefreshInterval; });
    setters["state_refresh_limit"] = Time<C>([](C & c) -> auto& { return c.stateRefreshLimit; });
    setters["state_refresh_ttl"] = Whole<C, std::uint8_t>([](C & c) -> auto& { return c.stateRefreshTtl; });
}

Setters<pim::RouterConfig>
RouterSetters()
{
    using C = pim::RouterConfig;
    Setters<C> setters;
    AddTimers(setters);
    AddDense(setters);
    setters["spt_switchover"] = [](C& c, auto& name, auto value) { c.sptSwitchover = ToSptSwitchover(name, value); };
    setters["ssm_range"] = [](C& c, auto& name, auto value) { c.ssmRange = ToPrefix(name, value); };
    setters["static_rps"] = [](C& c, auto& name, auto value) { c.staticRps = ToList(name, value, ToStaticRp); };
    setters["embedded_rp"] = Flag<C>([](C & c) -> auto& { return c.embeddedRp; });
    setters["register_source"] = MaybeAddress<C>([](C & c) -> auto& { return c.registerSource; });
    setters["offer_packing"] = Flag<C>([](C & c) -> auto& { return c.offerPacking; });
    setters["bootstrap"] = Flag<C>([](C & c) -> auto& { return c.bootstrap; });
    setters["accept_unicast_bootstrap"] = Flag<C>([](C & c) -> auto& { return c.acceptUnicastBootstrap; });
    setters["send_unicast_bootstrap"] = Flag<C>([](C & c) -> auto& { return c.sendUnicastBootstrap; });
    setters["candidate_bsr"] = [](C& c, auto& name, auto value) {
        c.candidateBsr = value.is_none() ? std::nullopt : std::optional(ToCandidateBsr(name, value));
    };
    setters["candidate_rps"] = [](C& c, auto& name, auto value) {
        c.candidateRps = ToList(name, value, ToCandidateRp);
    };
    setters["max_states"] = Whole<C, std::size_t>([](C & c) -> auto& { return c.maxStates; });
    setters["max_states_per_neighbor"] = Whole<C, std::size_t>([](C & c) -> auto& { return c.maxStatesPerNeighbor; });
    setters["max_rps"] = Whole<C, std::size_t>([](C & c) -> auto& { return c.maxRps; });
    return setters;
}

} // namespace

pim::InterfaceConfig
ToPimInterface(Family family, py::handle fields)
{
    static const auto setters = InterfaceSetters();
    pim::InterfaceConfig config;
    config.family = family;
    return Apply(config, setters, ToDict("pim", fields));
}

pim::RouterConfig
ToPimRouter(Family family, const py::dict& fields)
{
    static const auto setters = RouterSetters();
    pim::RouterConfig config;
    config.family = family;
    return Apply(config, setters, fields);
}

} // namespace mcast::python
