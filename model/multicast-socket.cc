// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-socket.h"

#include "multicast-node-impl.h"

#include "ns3/log.h"
#include "ns3/node.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastSocket");

NS_OBJECT_ENSURE_REGISTERED(MulticastSocket);

TypeId
MulticastSocket::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MulticastSocket").SetParent<Object>().SetGroupName("Multicast").AddConstructor<MulticastSocket>();
    return tid;
}

Ptr<MulticastSocket>
MulticastSocket::Open(Ptr<Node> node, uint16_t port)
{
    NS_LOG_FUNCTION(node << port);
    const auto multicast = node->GetObject<MulticastNode>();
    NS_ABORT_MSG_UNLESS(multicast, "ns3::MulticastSocket: node " << node->GetId() << " has no MulticastNode");
    const auto socket = CreateObject<MulticastSocket>();
    socket->m_node = multicast;
    socket->m_socket = multicast->OpenSocket();
    socket->m_port = port;
    multicast->m_impl->AddSocket(*socket);
    return socket;
}

MulticastSocket::MulticastSocket()
    : m_socket(0),
      m_port(0)
{
    NS_LOG_FUNCTION(this);
}

MulticastSocket::~MulticastSocket()
{
    NS_LOG_FUNCTION(this);
}

void
MulticastSocket::DoDispose()
{
    NS_LOG_FUNCTION(this);
    Close();
    Object::DoDispose();
}

void
MulticastSocket::Close()
{
    NS_LOG_FUNCTION(this);
    if (!m_node)
    {
        return;
    }
    m_node->m_impl->RemoveSocket(*this);
    m_node->CloseSocket(m_socket);
    m_node = nullptr;
    m_receive = ReceiveCallback();
}

uint16_t
MulticastSocket::GetPort() const
{
    return m_port;
}

bool
MulticastSocket::Listen(uint32_t interface, const Address& group, MulticastNode::FilterMode mode,
                        const std::vector<Address>& sources)
{
    return m_node && m_node->Listen(m_socket, interface, group, mode, sources);
}

bool
MulticastSocket::Join(const Address& group, uint32_t interface)
{
    return Listen(interface, group, MulticastNode::EXCLUDE);
}

bool
MulticastSocket::Leave(const Address& group, uint32_t interface)
{
    return Listen(interface, group, MulticastNode::INCLUDE);
}

void
MulticastSocket::SetReceiveCallback(ReceiveCallback callback)
{
    m_receive = callback;
}

bool
MulticastSocket::Receive(Ptr<const Packet> data, const Address& source, const Address& group, uint16_t sourcePort,
                         uint16_t destinationPort, uint32_t interface)
{
    if (destinationPort != m_port || !m_node->SocketAccepts(m_socket, interface, group, source))
    {
        return false;
    }
    if (!m_receive.IsNull())
    {
        m_receive(data->Copy(), source, sourcePort, group, interface);
    }
    return true;
}

} // namespace ns3
