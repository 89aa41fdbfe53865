# SPDX-License-Identifier: Apache-2.0
"""What the tests know of the appliance's words: names of figures and sentences, in this one place."""

APPLIANCE4, APPLIANCE6 = "10.77.0.53", "fd77::53"
RESOLVER4, RESOLVER6 = "10.77.0.2", "fd77::2"
SCRIPTED4, SCRIPTED6 = "10.77.0.3", "fd77::3"
CLIENT4, CLIENT6 = "10.77.0.100", "fd77::100"
APPLIANCE_MAC, CLIENT_MAC = "02:77:00:00:00:53", "02:77:00:00:01:00"

# Figures of `sluicectl stats --json`. A figure's name is its path in the object, joined by dots.
QUERIES = "queries.total"
RECEIVED = "flows.rx_pkts"
JOINED = "queries.outcomes.joined"
BAD_UDP_CHECKSUM = "frame_drops.frame_udp_checksum"
BAD_IP_CHECKSUM = "frame_drops.frame_ip_checksum"
FRAGMENTS = "frame_drops.frame_dns_fragment"

# Words in the log of a stop that left something behind.
LEAK_WORDS = ("leak", "missing mbuf", "mbufs missing", "mbuf missing")
