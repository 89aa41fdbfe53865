# SPDX-License-Identifier: Apache-2.0
"""What the tests know of the appliance's words: names of figures and sentences, in this one place."""

APPLIANCE4, APPLIANCE6 = "10.77.0.53", "fd77::53"
RESOLVER4, RESOLVER6 = "10.77.0.2", "fd77::2"
SCRIPTED4, SCRIPTED6 = "10.77.0.3", "fd77::3"
CLIENT4, CLIENT6 = "10.77.0.100", "fd77::100"
APPLIANCE_MAC, CLIENT_MAC = "02:77:00:00:00:53", "02:77:00:00:01:00"

# Figures of `sluicectl stats --json`. A figure's name is its path in the object, joined by dots.
QUERIES = "queries"
OUTCOMES = ["hits", "stale", "joined", "asked", "local", "refused"]     # with all drops of queries they make QUERIES
DROPS = "drops"                                                          # an object: reason -> packets
BAD_CHECKSUM = "drops.bad_checksum"

# A stop without a leak says so with the figures equal.
LEAK_WORDS = ("leak", "missing mbuf", "mbufs missing")
