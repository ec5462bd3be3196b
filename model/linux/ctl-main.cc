// SPDX-License-Identifier: GPL-2.0-only

#include "control-client.h"
#include "failure.h"
#include "render.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <unistd.h>

namespace
{

using namespace mcast::linux_host;
using Json = nlohmann::ordered_json;

constexpr int EXIT_RUNTIME = 1;
constexpr int EXIT_USAGE = 2;

struct Invocation
{
    std::string socket = "/run/mcastd.sock";
    bool json = false;
    std::string command;
    std::string argument;
};

/// Prints the rows of an answer: as JSON while they come, as a table when all are there.
class Printer
{
  public:
    explicit Printer(const Invocation& invocation)
        : m_invocation(invocation)
    {
    }

    void Begin(const std::string& kind)
    {
        m_kind = kind;
        if (m_invocation.json && kind == "list")
        {
            Print("[");
        }
    }

    void Row(const std::string& row)
    {
        if (m_kind == "events")
        {
            Print(m_invocation.json ? row + "\n" : RenderEvent(Json::parse(row)));
            std::fflush(stdout);
        }
        else if (m_invocation.json)
        {
            Print((m_count != 0 ? ",\n " : "") + row);
        }
        else if (m_kind == "object")
        {
            Print(RenderObject(Json::parse(row)));
        }
        else
        {
            m_rows.push_back(Json::parse(row));
        }
        ++m_count;
    }

    void End()
    {
        if (m_kind == "list")
        {
            Print(m_invocation.json ? "]\n" : RenderList(m_invocation.command, m_rows));
        }
        else if (m_kind == "object" && m_invocation.json)
        {
            Print("\n");
        }
    }

  private:
    static void Print(const std::string& text)
    {
        std::fwrite(text.data(), 1, text.size(), stdout);
    }

    const Invocation& m_invocation;
    std::string m_kind;
    std::vector<Json> m_rows;
    std::size_t m_count = 0;
};

/// A subcommand without further ones: choosing it sets the command.
CLI::App*
AddCommand(CLI::App& parent, const char* name, const char* help, const std::string& command, Invocation& invocation)
{
    auto* const app = parent.add_subcommand(name, help);
    app->callback([&invocation, command] { invocation.command = command; });
    return app;
}

/// "show igmp ..." or "show mld ...".
void
DescribeMembership(CLI::App& show, const std::string& word, const std::string& protocol, Invocation& invocation)
{
    auto* const app = show.add_subcommand(word, "group membership by " + protocol);
    app->require_subcommand(1);
    app->fallthrough();
    const auto command = "show " + word;
    AddCommand(*app, "interfaces", "queriers and timers", command + " interfaces", invocation)->fallthrough();
    auto* const groups = AddCommand(*app, "groups", "groups with members", command + " groups", invocation);
    groups->fallthrough();
    groups->add_option("interface", invocation.argument, "of this interface only");
    AddCommand(*app, "summary", "how many", command + " summary", invocation)->fallthrough();
}

/// The family that flags choose, as an argument.
struct FamilyFlags
{
    explicit FamilyFlags(CLI::App& app)
        : ipv4(app.add_flag("--ipv4")->description("of IPv4 only")),
          ipv6(app.add_flag("--ipv6")->description("of IPv6 only")->excludes(ipv4))
    {
    }

    std::string Word() const
    {
        return ipv4->count() != 0 ? "ipv4" : ipv6->count() != 0 ? "ipv6" : "";
    }

    CLI::Option* ipv4;
    CLI::Option* ipv6;
};

struct PimCommand
{
    const char* name;
    const char* help;
    bool takesGroup;
};

/// "show pim ...".
void
DescribePim(CLI::App& show, Invocation& invocation)
{
    static constexpr PimCommand commands[]{
        {"interfaces", "designated routers and timers", false},
        {"neighbors", "the routers of each link", false},
        {"rp", "which RPs groups have", true},
        {"bsr", "the bootstrap router and its timers", false},
        {"upstream", "what trees ask of the routers above", true},
        {"dense", "the sources that are flooded, and what of that is pruned", true},
        {"downstream", "what the routers below ask of trees", true},
        {"assert", "who forwards on links with several routers", true},
        {"mroute", "where the data of trees comes in and goes out", true},
        {"summary", "how many", false},
    };
    auto* const app = show.add_subcommand("pim", "PIM: neighbours, RPs and trees");
    app->require_subcommand(1);
    app->fallthrough();
    const auto flags = std::make_shared<FamilyFlags>(*app);
    for (const auto& command : commands)
    {
        auto* const sub = app->add_subcommand(command.name, command.help);
        sub->fallthrough();
        const auto group = std::make_shared<std::string>();
        if (command.takesGroup)
        {
            sub->add_option("group", *group, "of this group only");
        }
        sub->callback([&invocation, flags, group, name = command.name] {
            invocation.command = std::string{"show pim "} + name;
            const auto family = flags->Word();
            invocation.argument = family + (family.empty() || group->empty() ? "" : " ") + *group;
        });
    }
}

void
Describe(CLI::App& app, Invocation& invocation)
{
    app.set_version_flag("--version", "mcastctl " MCAST_VERSION);
    app.add_option("-s,--socket", invocation.socket, "path of the daemon's control socket")->capture_default_str();
    app.add_flag("-j,--json", invocation.json, "print JSON instead of a table");
    app.require_subcommand(1);
    app.fallthrough();
    auto* const show = app.add_subcommand("show", "show what the daemon knows");
    show->require_subcommand(1);
    show->fallthrough();
    DescribeMembership(*show, "igmp", "IGMP", invocation);
    DescribeMembership(*show, "mld", "MLD", invocation);
    DescribePim(*show, invocation);
    auto* const mroute = show->add_subcommand("mroute", "forwarding entries");
    mroute->fallthrough();
    mroute->require_subcommand(0, 1);
    const FamilyFlags flags{*mroute};
    auto* const summary = mroute->add_subcommand("summary", "how many");
    summary->fallthrough();
    mroute->callback([&invocation, summary, flags] {
        invocation.command = summary->parsed() ? "show mroute summary" : "show mroute";
        invocation.argument = flags.Word();
    });
    AddCommand(*show, "counters", "packets by kind, and drops by reason", "show counters", invocation)->fallthrough();
    AddCommand(*show, "version", "the daemon's version", "show version", invocation)->fallthrough();
    AddCommand(app, "watch", "events as they come, until interrupted", "watch", invocation)->fallthrough();
    auto* const level = AddCommand(app, "log-level", "show or set the daemon's log level", "log-level", invocation);
    level->fallthrough();
    level->add_option("level", invocation.argument, "error, warning, info or debug")
        ->check(CLI::IsMember({"error", "warning", "info", "debug"}));
}

int
Run(const Invocation& invocation)
{
    const auto finish = [](int) { _exit(0); }; // events are flushed line by line: nothing is lost
    std::signal(SIGINT, finish);
    std::signal(SIGTERM, finish);
    Printer printer{invocation};
    ControlClient client{invocation.socket};
    const auto argument = invocation.argument.empty() ? "" : " " + invocation.argument;
    client.Run(invocation.command + argument, {[&](const std::string& kind) { printer.Begin(kind); },
                                               [&](const std::string& row) { printer.Row(row); }});
    printer.End();
    return std::fflush(stdout) == 0 ? 0 : EXIT_RUNTIME;
}

} // namespace

int
main(int argc, char** argv)
{
    Invocation invocation;
    CLI::App app{"Asks a running mcastd.", "mcastctl"};
    Describe(app, invocation);
    try
    {
        app.parse(argc, argv);
    }
    catch (const CLI::ParseError& error)
    {
        return app.exit(error) == 0 ? 0 : EXIT_USAGE;
    }
    try
    {
        return Run(invocation);
    }
    catch (const std::exception& failure)
    {
        std::fprintf(stderr, "mcastctl: %s\n", failure.what());
        return EXIT_RUNTIME;
    }
}
