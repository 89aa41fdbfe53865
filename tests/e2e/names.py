# SPDX-License-Identifier: Apache-2.0
"""What the tests know of the appliance's words: names of figures and sentences, in this one place."""

APPLIANCE4, APPLIANCE6 = "10.77.0.53", "fd77::53"
RESOLVER4, RESOLVER6 = "10.77.0.2", "fd77::2"
SCRIPTED4, SCRIPTED6 = "10.77.0.3", "fd77::3"
CLIENT4, CLIENT6 = "10.77.0.100", "fd77::100"
APPLIANCE_MAC, CLIENT_MAC = "02:77:00:00:00:53", "02:77:00:00:01:00"

# Figures of `sluicectl stats --json`. A figure's name is its path in the object, joined by dots.
QUERIES = "queries"
RECEIVED = "rx_pkts"
BAD_UDP_CHECKSUM = "frame_udp_checksum"
BAD_IP_CHECKSUM = "frame_ip_checksum"
FRAGMENTS = "frame_dns_fragment"

# Each query has exactly one of these.
FATES = ["hit", "stale", "joined", "duplicate", "asked", "local", "refused_acl", "refused_rd", "refused_class",
         "refused_transfer", "refused_no_route", "formerr", "notimp", "badvers", "over_questions", "over_waiters",
         "over_per_question", "over_per_client", "over_egress", "drop_short", "drop_is_response", "drop_header_only"]


def queries_of(stats: dict) -> int:
    return stats[QUERIES]


def fates_of(stats: dict) -> int:
    return sum(stats.get(fate, 0) for fate in FATES)


# Words in the log of a stop that left something behind.
LEAK_WORDS = ("leak", "missing mbuf", "mbufs missing", "mbuf missing")
