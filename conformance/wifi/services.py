# SPDX-License-Identifier: GPL-2.0-only
"""Requests and answers of FMS, DMS and GCR: WNM action frames and their elements.

IEEE 802.11-2020 9.6.13 (actions), 9.4.2.75 and 9.4.2.76 (FMS), 9.4.2.87 and 9.4.2.88 (DMS), 9.4.2.30 (TCLAS).
"""

from __future__ import annotations

from dataclasses import dataclass

from .capture import Frame, mac, split_elements

WNM = 10
FMS_REQUEST, FMS_RESPONSE, DMS_REQUEST, DMS_RESPONSE = 9, 10, 23, 24  # WNM actions
E_FMS_REQUEST, E_FMS_RESPONSE, E_DMS_REQUEST, E_DMS_RESPONSE, E_TCLAS = 87, 88, 99, 100, 14
GCR_SUBELEMENT = 1
DIRECTED, UNSOLICITED_RETRY, BLOCK_ACK_POLICY = "dms", "gcr-ur", "gcr-ba"
_POLICIES = {1: DIRECTED, 2: UNSOLICITED_RETRY, 3: BLOCK_ACK_POLICY}  # GCR Request (9.4.2.87)


@dataclass(frozen=True)
class Deal:
    """One request, or one answer, about one group."""

    frame: Frame
    station: str
    answer: bool
    service: str  # "fms", or DIRECTED, UNSOLICITED_RETRY, BLOCK_ACK_POLICY
    group: str  # "" where an answer repeats no TCLAS
    status: int = 0  # of an answer: 0 accepted, of DMS 2 terminated; of a request: 0 add, 1 remove
    interval: int = 0  # of FMS: DTIMs
    number: int = 0  # FMSID or DMSID
    counter: int = 0  # of FMS
    token: int = 0


def deals_of(frame: Frame, bssid: str) -> list[Deal]:
    """What a management action frame asks for or answers; nothing for others and broken ones."""
    body = frame.body
    if len(body) < 3 or body[0] != WNM or body[1] not in (FMS_REQUEST, FMS_RESPONSE, DMS_REQUEST, DMS_RESPONSE):
        return []
    answer = body[1] in (FMS_RESPONSE, DMS_RESPONSE)
    station = frame.a1 if answer else frame.a2
    found: list[Deal] = []
    for element in split_elements(body[3:]):
        if element.id == E_FMS_REQUEST:
            found += _fms_requests(frame, station, element.body, body[2])
        elif element.id == E_FMS_RESPONSE:
            found += _fms_answers(frame, station, element.body, body[2])
        elif element.id in (E_DMS_REQUEST, E_DMS_RESPONSE):
            found += _dms(frame, station, element.body, body[2], answer)
    return found


def _group_of(octets: bytes) -> str:
    """The destination address of the TCLAS elements there (classifier type 0)."""
    for element in split_elements(octets):
        if element.id == E_TCLAS and len(element.body) >= 15 and element.body[1] == 0 and element.body[2] & 2:
            return mac(element.body[9:15])
    return ""


def _fms_requests(frame: Frame, station: str, octets: bytes, token: int) -> list[Deal]:
    found = []
    for sub in split_elements(octets[1:]):
        if sub.id == 1 and len(sub.body) >= 6:
            found.append(
                Deal(frame, station, False, "fms", _group_of(sub.body[6:]), interval=sub.body[0], token=token)
            )
    return found


def _fms_answers(frame: Frame, station: str, octets: bytes, token: int) -> list[Deal]:
    found = []
    for sub in split_elements(octets[1:]):
        if sub.id == 1 and len(sub.body) >= 15:
            status, interval, _, number, counter = sub.body[:5]
            group = mac(sub.body[9:15])
            found.append(
                Deal(
                    frame, station, True, "fms", group, status, interval, number, counter & 7, token
                )  # fmt: skip
            )
    return found


def _dms(frame: Frame, station: str, octets: bytes, token: int, answer: bool) -> list[Deal]:
    found, at = [], 0
    while at + 2 <= len(octets) and at + 2 + octets[at + 1] <= len(octets):
        number, body = octets[at], octets[at + 2 : at + 2 + octets[at + 1]]
        at += 2 + octets[at + 1]
        if not body:
            continue
        rest = body[3:] if answer else body[1:]
        service = DIRECTED
        for sub in split_elements(rest):
            if sub.id == GCR_SUBELEMENT and sub.body:
                service = _POLICIES.get(sub.body[0], UNSOLICITED_RETRY)
        found.append(
            Deal(frame, station, answer, service, _group_of(rest), body[0], number=number, token=token)
        )
    return found
