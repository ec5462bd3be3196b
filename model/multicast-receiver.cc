// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-receiver.h"

#include "multicast-convert.h"

#include "ns3/boolean.h"
#include "ns3/integer.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <sstream>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastReceiver");

NS_OBJECT_ENSURE_REGISTERED(MulticastReceiver);

namespace
{

Address
ParseAddress(const std::string& text)
{
    const auto address = mcast::Address::Parse(text);
    NS_ABORT_MSG_UNLESS(address, "ns3::MulticastReceiver: '" << text << "' is no address of IPv4 or IPv6");
    return FromCore(*address);
}

} // namespace

TypeId
MulticastReceiver::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MulticastReceiver")
            .SetParent<Application>()
            .SetGroupName("Multicast")
            .AddConstructor<MulticastReceiver>()
            .AddAttribute("Group", "The group to listen to: an address of IPv4 or of IPv6.", StringValue("239.1.1.1"),
                          MakeStringAccessor(&MulticastReceiver::SetGroupText, &MulticastReceiver::GetGroupText),
                          MakeStringChecker())
            .AddAttribute("Port", "UDP port of the datagrams to receive; 0: receive none, only hold the membership.",
                          UintegerValue(0), MakeUintegerAccessor(&MulticastReceiver::m_port),
                          MakeUintegerChecker<uint16_t>())
            .AddAttribute("Interface", "Index of the IP interface to listen on; -1: the default one.", IntegerValue(-1),
                          MakeIntegerAccessor(&MulticastReceiver::m_interface), MakeIntegerChecker<int32_t>(-1))
            .AddAttribute("Include", "True: listen to the Sources only. False: to all but these.", BooleanValue(false),
                          MakeBooleanAccessor(&MulticastReceiver::m_include), MakeBooleanChecker())
            .AddAttribute("Sources", "Addresses of senders, separated by commas.", StringValue(""),
                          MakeStringAccessor(&MulticastReceiver::SetSourceList, &MulticastReceiver::GetSourceList),
                          MakeStringChecker())
            .AddTraceSource("Rx", "A datagram of the group has been received.",
                            MakeTraceSourceAccessor(&MulticastReceiver::m_rxTrace),
                            "ns3::MulticastReceiver::RxTracedCallback");
    return tid;
}

MulticastReceiver::MulticastReceiver()
    : m_totalRx(0),
      m_totalPackets(0)
{
    NS_LOG_FUNCTION(this);
}

MulticastReceiver::~MulticastReceiver()
{
    NS_LOG_FUNCTION(this);
}

void
MulticastReceiver::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_socket = nullptr;
    Application::DoDispose();
}

void
MulticastReceiver::StartApplication()
{
    NS_LOG_FUNCTION(this);
    m_socket = MulticastSocket::Open(GetNode(), m_port);
    if (m_port != 0)
    {
        m_socket->SetReceiveCallback(MakeCallback(&MulticastReceiver::Receive, this));
    }
    Listen();
}

void
MulticastReceiver::StopApplication()
{
    NS_LOG_FUNCTION(this);
    if (m_socket)
    {
        m_socket->Close();
        m_socket = nullptr;
    }
}

void
MulticastReceiver::Listen()
{
    const bool ok = m_socket->Listen(GetInterface(), m_group,
                                     m_include ? MulticastNode::INCLUDE : MulticastNode::EXCLUDE, m_sources);
    NS_ABORT_MSG_UNLESS(ok, "ns3::MulticastReceiver on node " << GetNode()->GetId() << " can't listen to Group "
                                                              << ToText(m_group)
                                                              << ": look at Group, Interface and Sources");
}

uint32_t
MulticastReceiver::GetInterface() const
{
    return m_interface < 0 ? MulticastNode::ANY_INTERFACE : static_cast<uint32_t>(m_interface);
}

void
MulticastReceiver::SetGroup(const Address& group)
{
    NS_LOG_FUNCTION(this << group);
    NS_ABORT_MSG_IF(m_socket, "ns3::MulticastReceiver: Group cannot change while the application runs");
    m_group = group;
}

void
MulticastReceiver::SetGroupText(std::string group)
{
    SetGroup(ParseAddress(group));
}

std::string
MulticastReceiver::GetGroupText() const
{
    return ToText(m_group);
}

void
MulticastReceiver::SetSources(const std::vector<Address>& sources)
{
    NS_LOG_FUNCTION(this);
    m_sources = sources;
    if (m_socket)
    {
        Listen();
    }
}

void
MulticastReceiver::SetSourceList(std::string sources)
{
    std::vector<Address> addresses;
    std::istringstream list(sources);
    std::string address;
    while (std::getline(list, address, ','))
    {
        addresses.push_back(ParseAddress(address));
    }
    SetSources(addresses);
}

std::string
MulticastReceiver::GetSourceList() const
{
    std::ostringstream list;
    const char* separator = "";
    for (const auto& source : m_sources)
    {
        list << separator << ToText(source);
        separator = ",";
    }
    return list.str();
}

uint64_t
MulticastReceiver::GetTotalRx() const
{
    return m_totalRx;
}

uint64_t
MulticastReceiver::GetTotalPackets() const
{
    return m_totalPackets;
}

void
MulticastReceiver::Receive(Ptr<Packet> packet, const Address& source, uint16_t port, const Address& group,
                           uint32_t interface)
{
    NS_LOG_FUNCTION(this << packet << source << port << group << interface);
    m_totalRx += packet->GetSize();
    ++m_totalPackets;
    m_rxTrace(packet, source, group);
}

} // namespace ns3
