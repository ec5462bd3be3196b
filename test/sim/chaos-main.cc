// SPDX-License-Identifier: GPL-2.0-only
// mcast-chaos: random networks of PIM routers in trouble, one for each seed; each has to be as it should be afterwards.
// A seed runs in a process of its own, so that one that dies, or never ends, is a failure like others.

#include "chaos-run.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace
{

using namespace mcast;

constexpr unsigned PATIENCE = 120; // seconds that a seed may take

struct Options
{
    std::uint64_t first = 1;
    std::uint64_t seeds = 1000;
    std::vector<chaos::Mode> modes{chaos::Mode::Sparse, chaos::Mode::Dense};
    unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
    bool trace = false;
    bool quiet = false;
    std::string junit;
};

void
Usage(std::ostream& out)
{
    out << "usage: mcast-chaos [--seeds N] [--first SEED] [--mode sparse|dense|all] [--jobs N] [--trace] [--quiet]\n"
           "                   [--junit FILE]\n"
           "\n"
           "  Plays N random networks of PIM routers (default 1000), from SEED on (default 1), --jobs at a time\n"
           "  (default: the number of processors). Exit status 1 if a seed failed; what was wrong is printed.\n"
           "  --mode: what their groups are; all (the default) plays N networks of sparse mode and N of dense mode.\n"
           "  --trace tells everything that happens, of the first seed alone; --quiet prints failures only.\n";
}

bool
ParseNumber(const char* text, std::uint64_t& number)
{
    char* end = nullptr;
    number = text == nullptr ? 0 : std::strtoull(text, &end, 10);
    return text != nullptr && *text >= '0' && *text <= '9' && *end == '\0';
}

bool
ParseModes(const std::string& text, std::vector<chaos::Mode>& modes)
{
    std::vector<chaos::Mode> named;
    for (const auto mode : {chaos::Mode::Sparse, chaos::Mode::Dense})
    {
        if (text == "all" || text == ToString(mode))
        {
            named.push_back(mode);
        }
    }
    modes = named;
    return !named.empty();
}

// \return false if they make no sense
bool
ParseOptions(int argc, char** argv, Options& options)
{
    for (int i = 1; i < argc; ++i)
    {
        const std::string name = argv[i];
        std::uint64_t number = 0;
        if (name == "--trace" || name == "--quiet")
        {
            (name == "--trace" ? options.trace : options.quiet) = true;
            continue;
        }
        const char* value = i + 1 < argc ? argv[++i] : nullptr;
        if (name == "--junit" && value != nullptr)
        {
            options.junit = value;
            continue;
        }
        if (name == "--mode" && value != nullptr)
        {
            if (!ParseModes(value, options.modes))
            {
                return false;
            }
            continue;
        }
        if (!ParseNumber(value, number))
        {
            return false;
        }
        if (name == "--seeds")
        {
            options.seeds = number;
        }
        else if (name == "--first")
        {
            options.first = number;
        }
        else if (name == "--jobs" && number > 0 && number < 1000)
        {
            options.jobs = static_cast<unsigned>(number);
        }
        else
        {
            return false;
        }
    }
    return options.seeds > 0;
}

/// A network: the mode stands first, so that they are in the order in which they are played.
using Network = std::pair<chaos::Mode, std::uint64_t>;

std::string
ReplayOf(const Network& network)
{
    return std::string("./mcast chaos --mode ") + ToString(network.first) + " --seeds 1 --first " +
           std::to_string(network.second);
}

struct Child
{
    Network network;
    std::FILE* report = nullptr;
};

std::string
ReadAll(std::FILE* file)
{
    std::string text;
    std::rewind(file);
    char buffer[4096];
    for (std::size_t size; (size = std::fread(buffer, 1, sizeof buffer, file)) > 0;)
    {
        text.append(buffer, size);
    }
    std::fclose(file);
    return text;
}

[[noreturn]] void
PlayInChild(const Network& network, std::FILE* report)
{
    ::alarm(PATIENCE);
    int status = 0;
    try
    {
        const auto outcome = chaos::Run(chaos::Settings(network.second, network.first)).Play();
        std::fputs(outcome.report.c_str(), report);
        status = outcome.complaints.empty() ? 0 : 1;
    }
    catch (const std::exception& error)
    {
        std::fprintf(report, "seed %llu: %s\n", static_cast<unsigned long long>(network.second), error.what());
        status = 1;
    }
    std::fflush(report);
    ::_exit(status);
}

// The processes that play the seeds.
class Crew
{
  public:
    explicit Crew(const Options& options)
        : m_options(options)
    {
    }

    // \return reports of those that failed
    std::map<Network, std::string> PlayAll()
    {
        for (const auto mode : m_options.modes)
        {
            for (std::uint64_t i = 0; i < m_options.seeds; ++i)
            {
                while (m_children.size() >= m_options.jobs)
                {
                    Await();
                }
                Start({mode, m_options.first + i});
            }
        }
        while (!m_children.empty())
        {
            Await();
        }
        return m_failures;
    }

  private:
    void Start(const Network& network)
    {
        std::fflush(nullptr);
        auto* const report = std::tmpfile();
        const auto pid = report == nullptr ? -1 : ::fork();
        if (pid < 0)
        {
            std::perror("mcast-chaos");
            std::exit(2);
        }
        if (pid == 0)
        {
            PlayInChild(network, report);
        }
        m_children[pid] = {network, report};
    }

    void Await()
    {
        int status = 0;
        const auto pid = ::waitpid(-1, &status, 0);
        const auto found = m_children.find(pid);
        if (found == m_children.end())
        {
            return;
        }
        const auto [network, file] = found->second;
        m_children.erase(found);
        auto report = ReadAll(file);
        ++m_done;
        if (WIFSIGNALED(status))
        {
            report += "seed " + std::to_string(network.second) +
                      (WTERMSIG(status) == SIGALRM ? std::string(" took too long")
                                                   : std::string(" died: ") + strsignal(WTERMSIG(status))) +
                      "\n";
        }
        if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0)
        {
            std::cout << report << "replay: " << ReplayOf(network) << "\n\n" << std::flush;
            m_failures[network] = report;
        }
        if (!m_options.quiet && m_done % 100 == 0)
        {
            std::cout << m_done << " of " << m_options.seeds * m_options.modes.size() << " seeds played, " << m_failures.size() << " failed\n"
                      << std::flush;
        }
    }

    const Options& m_options;
    std::map<pid_t, Child> m_children;
    std::map<Network, std::string> m_failures;
    std::uint64_t m_done = 0;
};

std::string
Escape(const std::string& text)
{
    std::string escaped;
    for (const char c : text)
    {
        escaped += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
    }
    return escaped;
}

// One case for every hundred seeds: a thousand of them would hide the others.
void
WriteJunit(const Options& options, const std::map<Network, std::string>& failures)
{
    constexpr std::uint64_t step = 100;
    std::ofstream out(options.junit);
    out << "<?xml version=\"1.0\"?>\n<testsuite name=\"chaos\">\n";
    for (const auto mode : options.modes)
    {
        for (std::uint64_t first = options.first; first < options.first + options.seeds; first += step)
        {
            const auto last = std::min(first + step, options.first + options.seeds) - 1;
            out << "<testcase classname=\"chaos\" name=\"" << ToString(mode) << " seeds " << first << " to " << last
                << "\">";
            const auto end = failures.upper_bound({mode, last});
            for (auto it = failures.lower_bound({mode, first}); it != end; ++it)
            {
                out << "<failure message=\"seed " << it->first.second << "\">" << Escape(it->second) << "</failure>";
            }
            out << "</testcase>\n";
        }
    }
    out << "</testsuite>\n";
}

} // namespace

int
main(int argc, char** argv)
{
    Options options;
    if (argc == 2 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0))
    {
        Usage(std::cout);
        return 0;
    }
    if (!ParseOptions(argc, argv, options))
    {
        Usage(std::cerr);
        return 2;
    }
    if (options.trace)
    {
        const auto outcome = chaos::Run(chaos::Settings(options.first, options.modes.front()), &std::cout).Play();
        std::cout << outcome.report;
        return outcome.complaints.empty() ? 0 : 1;
    }
    const auto started = std::chrono::steady_clock::now();
    const auto failures = Crew(options).PlayAll();
    if (!options.junit.empty())
    {
        WriteJunit(options, failures);
    }
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    std::cout << options.seeds * options.modes.size() << " seeds, " << failures.size() << " failed, " << static_cast<int>(seconds) << " s\n";
    for (const auto& [network, report] : failures)
    {
        std::cout << "failed: " << ReplayOf(network) << "\n";
    }
    return failures.empty() ? 0 : 1;
}
