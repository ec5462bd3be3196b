// SPDX-License-Identifier: GPL-2.0-only

#include "capabilities.h"
#include "daemon.h"
#include "failure.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace
{

using namespace mcast::linux_host;

constexpr int EXIT_RUNTIME = 1;
constexpr int EXIT_USAGE = 2; // and configuration

int
CheckConfig(const std::string& file)
{
    DaemonOptions options;
    options.configFile = file;
    LoadConfig(options);
    std::printf("%s: fine\n", file.c_str());
    return 0;
}

int
RunDaemon(const DaemonOptions& options)
{
    const auto config = LoadConfig(options);
    RequireCapabilities();
    Log log;
    log.SetTarget(config.logTarget);
    log.SetLevel(config.logLevel);
    Daemon{options, config, log}.Run();
    return 0;
}

} // namespace

int
main(int argc, char** argv)
{
    DaemonOptions options;
    std::string checked;
    std::string level;
    std::string socket;
    CLI::App app{"Multicast routing daemon: IGMP versions 1 to 3 and MLD versions 1 and 2 over the kernel's "
                 "multicast forwarding.",
                 "mcastd"};
    app.set_version_flag("--version", "mcastd " MCAST_VERSION);
    app.add_option("-c,--config", options.configFile, "YAML configuration")->capture_default_str();
    app.add_option("-s,--socket", socket, "path of the control socket, instead of the configured one");
    app.add_option("-l,--log-level", level, "error, warning, info or debug, instead of the configured one");
    app.add_option("--check-config", checked, "read this configuration, say what is wrong with it, and exit");
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
        if (!level.empty() && !(options.logLevel = ParseLogLevel(level)))
        {
            throw ConfigFailure("--log-level " + level + ": must be error, warning, info or debug");
        }
        if (!socket.empty())
        {
            options.controlSocket = socket;
        }
        return checked.empty() ? RunDaemon(options) : CheckConfig(checked);
    }
    catch (const ConfigFailure& failure)
    {
        std::fprintf(stderr, "mcastd: %s\n", failure.what());
        return EXIT_USAGE;
    }
    catch (const std::exception& failure)
    {
        std::fprintf(stderr, "mcastd: %s\n", failure.what());
        return EXIT_RUNTIME;
    }
}
