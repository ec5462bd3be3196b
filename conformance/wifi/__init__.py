# SPDX-License-Identifier: GPL-2.0-only
"""Judges captures of 802.11 frames against ``requirements/ieee80211-group.yaml``.

    python3 -m conformance.wifi check FILE.pcap

- ``capture``: files to frames, frames to fields. Knows octets, no rules.
- ``bss``: what a BSS did: Beacons, who was associated, who slept, which group frames belong to which burst.
- ``rules_*``: one judge per requirement.
- ``judge``: runs the judges; ``outcome``: their results in the suite's own forms.
- ``saboteurs``: spoil a capture in one way each; every judge must notice.
"""
