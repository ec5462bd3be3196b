// SPDX-License-Identifier: GPL-2.0-only
// mcast-wifi-air SCENARIO CAPTURE DELIVERIES: plays a scenario, writes a pcap file with radiotap and a CSV file of what
// stations' applications got. Exit status: 0; 2 for a scenario that it does not understand or a file that it cannot use.

#include "air.h"

#include <fstream>
#include <iostream>

int
main(int count, char** arguments)
{
    using namespace mcast::wifi::air;
    if (count != 4)
    {
        std::cerr << "usage: mcast-wifi-air SCENARIO CAPTURE DELIVERIES\n";
        return 2;
    }
    try
    {
        std::ifstream in(arguments[1]);
        if (!in)
        {
            throw std::runtime_error("cannot read it");
        }
        const auto scenario = ReadScenario(in);
        PcapWriter capture(arguments[2]);
        std::ofstream deliveries(arguments[3]);
        Air(scenario, capture, deliveries).Run();
    }
    catch (const std::exception& error)
    {
        std::cerr << "mcast-wifi-air: " << arguments[1] << ": " << error.what() << '\n';
        return 2;
    }
    return 0;
}
