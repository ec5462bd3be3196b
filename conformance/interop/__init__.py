# SPDX-License-Identifier: GPL-2.0-only
"""The interop matrix: small networks of real routers, every position held in turn by different daemons.

The cases of the suite look at one router; here three of them have to agree, with data flowing. Each row of
the matrix is one network: when the first packet comes after a member joined, what is lost and doubled while
the last router changes from the Rendezvous Point's tree to the source's, what a dead link costs, and when
the data ends after the member left. Dense mode has networks of its own: whether the first packet comes, and
what a Prune, a Graft, an Assert and a dead link do.
"""
