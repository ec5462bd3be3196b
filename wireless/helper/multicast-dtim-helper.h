// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_DTIM_HELPER_H
#define MULTICAST_DTIM_HELPER_H

#include "ns3/net-device-container.h"
#include "ns3/object-factory.h"

#include <string>

namespace ns3
{

class AttributeValue;
class DtimAp;
class DtimStation;

/**
 * \ingroup multicast
 * \brief Gives access points group delivery by DTIM, and stations power save.
 *
 * After WifiHelper::Install, before the simulation starts. An access point without DtimAp delivers group frames at once and
 * its stations cannot sleep; a station without DtimStation is always awake, which is fine beside others that sleep.
 */
class DtimHelper
{
  public:
    DtimHelper();

    /**
     * \brief Set an attribute of each DtimAp to be made.
     * \param name its name \param value its value
     */
    void SetAp(std::string name, const AttributeValue& value);
    /**
     * \brief Set an attribute of each DtimStation to be made.
     * \param name its name \param value its value
     */
    void SetStation(std::string name, const AttributeValue& value);

    /// Access points then do what Linux (mac80211, hostapd) does where the standard leaves it open.
    void UseLinuxPolicies();

    /**
     * \brief Install DtimAp.
     * \param devices WifiNetDevices of access points
     */
    void InstallAp(NetDeviceContainer devices) const;
    /**
     * \brief Install DtimStation.
     * \param devices WifiNetDevices of stations
     */
    void InstallStations(NetDeviceContainer devices) const;

    /**
     * \param device an access point's with DtimAp
     * \return its DtimAp; null if it has none
     */
    static Ptr<DtimAp> GetAp(Ptr<NetDevice> device);
    /**
     * \param device a station's with DtimStation
     * \return its DtimStation; null if it has none
     */
    static Ptr<DtimStation> GetStation(Ptr<NetDevice> device);

    /**
     * \brief Capture a device's frames as a real radio would show them: the Power Management bit and PS-Polls, which
     *        WifiPhyHelper::EnablePcap cannot write, included; with radiotap, without FCS.
     * \param device a WifiNetDevice \param name the file's
     */
    static void EnablePcap(Ptr<NetDevice> device, const std::string& name);

  private:
    ObjectFactory m_ap;      //!< makes DtimAp
    ObjectFactory m_station; //!< makes DtimStation
};

} // namespace ns3

#endif // MULTICAST_DTIM_HELPER_H
