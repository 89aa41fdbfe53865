// SPDX-License-Identifier: Apache-2.0
// The section `local` as answers.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support.hpp"
#include "support/local_answers.hpp"

namespace config::test {
namespace {

using ::test::LocalAnswers;
using ::testing::HasSubstr;

/// Local data of a file whose section `local` is this, together with what it borrows.
struct Loaded {
  explicit Loaded(std::string_view local, std::string_view more = {})
      : settings(load_here(minimal("local: " + std::string(local) + "\n" + std::string(more)))),
        answers(settings.value().local->tables()) {}
  [[nodiscard]] std::string ask(std::string_view qname, std::string_view qtype = "A") const {
    return answers.ask(qname, qtype);
  }
  diag::Result<Settings> settings;
  LocalAnswers answers;
};

/// A file that is gone with the test.
class HostsFile {
 public:
  explicit HostsFile(std::string_view text) {
    std::string name = std::filesystem::temp_directory_path() / "sluice-hosts-XXXXXX";
    const int fd = mkstemp(name.data());
    if (fd >= 0) close(fd);
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~HostsFile() { std::filesystem::remove(path_); }
  HostsFile(const HostsFile&) = delete;
  HostsFile& operator=(const HostsFile&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string section() const { return "{hosts: [" + path() + "]}"; }

 private:
  std::filesystem::path path_;
};

TEST(LocalRecords, AnswerTheirTypeAndSayNodataForOthers) {
  const Loaded local("{records: [\"db.corp.example. 300 IN A 192.0.2.1\", \"db.corp.example 120 A 192.0.2.2\"]}");
  // RFC 2181 §5.2: the lowest TTL is the set's.
  EXPECT_EQ(local.ask("DB.corp.example."),
            "NOERROR: DB.corp.example. 120 IN A 192.0.2.1; DB.corp.example. 120 IN A 192.0.2.2");
  // RFC 2308 §2.2: NODATA is NOERROR, no answer, a SOA.
  EXPECT_EQ(local.ask("db.corp.example.", "AAAA"),
            "NOERROR / db.corp.example. 60 IN SOA db.corp.example. nobody.invalid. 1 3600 1200 604800 60");
  EXPECT_EQ(local.ask("corp.example."), "upstream");
  EXPECT_EQ(local.ask("www.corp.example."), "upstream");
}

TEST(LocalRecords, MayHaveAnyType) {
  const Loaded local(
      "{records: [\"_x._tcp.example. 60 IN SRV 1 2 443 Host.example\", \"a.example. TXT \\\"a;b\\\" c\","
      " \"b.example. 1h IN TYPE65300 \\\\# 4 01020304\", \"c.example. MX 10 mail.example.\","
      " \"1.0.0.10.in-addr.arpa. PTR host.example.\", \"d.example. CAA 0 issue \\\"ca.example\\\"\"], ttl: 5s}");
  EXPECT_EQ(local.ask("_x._tcp.example.", "SRV"), "NOERROR: _x._tcp.example. 60 IN SRV 1 2 443 Host.example.");
  EXPECT_EQ(local.ask("a.example.", "TXT"), "NOERROR: a.example. 5 IN TXT \"a;b\" \"c\"");
  // RFC 3597 §5: unknown types.
  EXPECT_EQ(local.ask("b.example.", "TYPE65300"), "NOERROR: b.example. 3600 IN TYPE65300 \\# 4 01020304");
  EXPECT_EQ(local.ask("c.example.", "MX"), "NOERROR: c.example. 5 IN MX 10 mail.example.");
  EXPECT_EQ(local.ask("1.0.0.10.in-addr.arpa.", "PTR"), "NOERROR: 1.0.0.10.in-addr.arpa. 5 IN PTR host.example.");
  EXPECT_EQ(local.ask("d.example.", "CAA"), "NOERROR: d.example. 5 IN CAA 0 issue \"ca.example\"");
}

// RFC 1034 §3.6.2: the answer starts again at the alias's target, as far as the target is ours.
TEST(LocalRecords, AliasesAreFollowedWithinLocalData) {
  const Loaded local(
      "{records: [\"www.example. CNAME Web.example.\", \"web.example. CNAME host.example.\","
      " \"host.example. A 192.0.2.1\", \"out.example. CNAME elsewhere.example.net.\","
      " \"gone.example. CNAME nothing.invalid.\"]}");
  EXPECT_EQ(local.ask("www.example."),
            "NOERROR: www.example. 60 IN CNAME Web.example.; Web.example. 60 IN CNAME host.example.; "
            "host.example. 60 IN A 192.0.2.1");
  EXPECT_EQ(local.ask("www.example.", "CNAME"), "NOERROR: www.example. 60 IN CNAME Web.example.");
  EXPECT_EQ(local.ask("www.example.", "MX"),
            "NOERROR: www.example. 60 IN CNAME Web.example.; Web.example. 60 IN CNAME host.example. / "
            "host.example. 60 IN SOA host.example. nobody.invalid. 1 3600 1200 604800 60");
  EXPECT_EQ(local.ask("out.example."), "NOERROR: out.example. 60 IN CNAME elsewhere.example.net.");
  EXPECT_EQ(local.ask("gone.example."),
            "NXDOMAIN: gone.example. 60 IN CNAME nothing.invalid. / "
            "invalid. 10800 IN SOA invalid. nobody.invalid. 1 3600 1200 604800 10800");
}

TEST(LocalRecords, AStarStandsForEveryNameBelow) {
  const Loaded local("{records: [\"*.apps.example. 60 A 192.0.2.7\", \"own.apps.example. 60 A 192.0.2.8\"]}");
  EXPECT_EQ(local.ask("a.b.apps.example."), "NOERROR: a.b.apps.example. 60 IN A 192.0.2.7");
  EXPECT_EQ(local.ask("own.apps.example."), "NOERROR: own.apps.example. 60 IN A 192.0.2.8");
  EXPECT_EQ(local.ask("apps.example."), "upstream");
}

TEST(LocalRecords, WrongLinesSayWhereTheyAre) {
  const auto error = [](std::string_view line) {
    return error_of(minimal("local:\n  records:\n    - a.example. A 192.0.2.1\n    - " + std::string(line) + "\n"));
  };
  EXPECT_THAT(error("b.example. A 192.0.2.999"),
              HasSubstr("t.yaml:6:7: local.records[1]: \"b.example. A 192.0.2.999\" is not a record: "));
  EXPECT_THAT(error("b.example. 60 NOTATYPE foo"), HasSubstr("is not a record"));
  EXPECT_THAT(error("$ORIGIN example."), HasSubstr("is a directive; only records are allowed"));
  EXPECT_THAT(error("\" A 192.0.2.1\""), HasSubstr("begins with a space"));
  EXPECT_THAT(error("\"@ A 192.0.2.1\""), HasSubstr("no origin"));
  EXPECT_THAT(error("\". A 192.0.2.1\""), HasSubstr("cannot have records of the root"));
  EXPECT_THAT(error("\"b. A 192.0.2.1\\nc. A 192.0.2.1\""), HasSubstr("local.records[1]"));
  EXPECT_THAT(error("b.example. CH TXT x"), HasSubstr("is not of class IN"));
  EXPECT_THAT(error("b.example. DNAME c.example."), HasSubstr("a type that cannot be local data"));
  EXPECT_THAT(error("\"b.example. TYPE41 \\\\# 0\""), HasSubstr("a type that cannot be local data"));
  EXPECT_THAT(error("a.example. CNAME c.example."), HasSubstr("\"a.example.\" has a CNAME and other records"));
}

TEST(LocalRecords, AliasesInACircleAreRefused) {
  EXPECT_THAT(
      error_of(minimal("local: {records: [\"a.example. CNAME b.example.\", \"b.example. CNAME A.example.\"]}\n")),
      HasSubstr("local.records: the CNAME at \""));
  EXPECT_THAT(error_of(minimal("local: {records: [\"a.example. CNAME b.\", \"a.example. CNAME c.\"]}\n")),
              HasSubstr("\"a.example.\" has two CNAMEs"));
}

TEST(LocalSuffixes, CoverEveryNameBelow) {
  const Loaded local("{suffixes: [{suffix: ccnproxy-https, a: 10.0.0.9}, {suffix: six.example, aaaa: \"fd00::9\"}]}");
  EXPECT_EQ(local.ask("pool.ccnproxy-https."), "NOERROR: pool.ccnproxy-https. 60 IN A 10.0.0.9");
  EXPECT_EQ(local.ask("a.b.c.ccnproxy-https."), "NOERROR: a.b.c.ccnproxy-https. 60 IN A 10.0.0.9");
  EXPECT_EQ(local.ask("pool.ccnproxy-https.", "AAAA"),
            "NOERROR / ccnproxy-https. 60 IN SOA ccnproxy-https. nobody.invalid. 1 3600 1200 604800 60");
  EXPECT_EQ(local.ask("x.six.example.", "AAAA"), "NOERROR: x.six.example. 60 IN AAAA fd00::9");
  EXPECT_EQ(local.ask("six.example.", "AAAA"), "upstream");
}

TEST(LocalSuffixes, AnUplinkInsideKeepsItsNamesAndTheSameZoneIsRefused) {
  const std::string forward = "forward: [{zone: \".\", uplink: vpc}, {zone: db.example, uplink: vpc}]\n";
  const Loaded local("{suffixes: [{suffix: example, a: 10.0.0.9}]}", forward);
  EXPECT_EQ(local.ask("www.example."), "NOERROR: www.example. 60 IN A 10.0.0.9");
  EXPECT_EQ(local.ask("db.example."), "upstream");
  EXPECT_EQ(local.ask("x.db.example."), "upstream");
  EXPECT_THAT(error_of(minimal("local: {suffixes: [{suffix: db.example, a: 10.0.0.9}]}\n" + forward)),
              HasSubstr("local.suffixes[0].suffix: the names below it have an uplink, in line 4"));
  EXPECT_THAT(error_of(minimal("local: {suffixes: [{suffix: \".\", a: 10.0.0.9}]}\n")), HasSubstr("is every name"));
}

TEST(LocalHosts, GiveAddressesAndTheNamesOfAddresses) {
  const HostsFile file(
      "# comment\n"
      "192.0.2.10\tweb.example  WWW.example. # the web\n"
      "\n"
      "fd00::10 web.example\r\n"
      "192.0.2.11 web.example\n"
      "192.0.2.10 other.example\n"
      "0.0.0.0 ads.example\n");
  const Loaded local(file.section());
  EXPECT_EQ(local.ask("web.example."), "NOERROR: web.example. 60 IN A 192.0.2.10; web.example. 60 IN A 192.0.2.11");
  EXPECT_EQ(local.ask("www.example."), "NOERROR: www.example. 60 IN A 192.0.2.10");
  EXPECT_EQ(local.ask("web.example.", "AAAA"), "NOERROR: web.example. 60 IN AAAA fd00::10");
  EXPECT_THAT(local.ask("www.example.", "AAAA"), HasSubstr("NOERROR / www.example. 60 IN SOA"));
  EXPECT_EQ(local.ask("10.2.0.192.in-addr.arpa.", "PTR"), "NOERROR: 10.2.0.192.in-addr.arpa. 60 IN PTR web.example.");
  EXPECT_EQ(local.ask("0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa.", "PTR"),
            "NOERROR: 0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 60 IN PTR "
            "web.example.");
  EXPECT_EQ(local.ask("ads.example."), "NOERROR: ads.example. 60 IN A 0.0.0.0");
  EXPECT_THAT(local.ask("0.0.0.0.in-addr.arpa.", "PTR"), HasSubstr("NXDOMAIN / 0.in-addr.arpa."));
}

TEST(LocalHosts, ABadLineStopsTheLoadAndSaysWhere) {
  const HostsFile file(
      "192.0.2.1 a.example\n  192.0.2.300 b.example\n192.0.2.1\n192.0.2.1 x..y\nfe80::1%eth0 c.example\n");
  const std::string error = error_of(minimal("local: " + file.section() + "\n"));
  const std::string where = "t.yaml:3:17: local.hosts[0]: " + file.path();
  EXPECT_THAT(error, HasSubstr(where + ":2:3: \"192.0.2.300\" is not an address"));
  EXPECT_THAT(error, HasSubstr(where + ":3:1: \"192.0.2.1\" is not followed by a name"));
  EXPECT_THAT(error, HasSubstr(where + ":4:11: \"x..y\" is not a name"));
  EXPECT_THAT(error, HasSubstr(where + ":5:1: \"fe80::1%eth0\" has a zone identifier"));
}

TEST(LocalHosts, FilesThatCannotBeReadStopTheLoad) {
  EXPECT_THAT(error_of(minimal("local: {hosts: [/nowhere/hosts]}\n")),
              HasSubstr("t.yaml:3:17: local.hosts[0]: /nowhere/hosts: No such file"));
  EXPECT_THAT(error_of(minimal("local: {hosts: [/dev/zero]}\n")), HasSubstr("/dev/zero: is not a regular file"));
}

// RFC 6761 §6.3: localhost and all below it are the loopback addresses, and nothing else.
TEST(SpecialNames, LocalhostIsTheLoopbackAddress) {
  const Loaded local("{}");
  EXPECT_EQ(local.ask("localhost."), "NOERROR: localhost. 10800 IN A 127.0.0.1");
  EXPECT_EQ(local.ask("a.b.localhost.", "AAAA"), "NOERROR: a.b.localhost. 10800 IN AAAA ::1");
  EXPECT_EQ(local.ask("x.localhost.", "MX"),
            "NOERROR / localhost. 10800 IN SOA localhost. nobody.invalid. 1 3600 1200 604800 10800");
}

// RFC 6761 §6.2 (test), §6.4 (invalid); RFC 7686 §2 (onion).
TEST(SpecialNames, TestInvalidAndOnionDoNotExist) {
  const Loaded local("{}");
  for (const std::string zone : {"test.", "invalid.", "onion."}) {
    const std::string soa = " / " + zone + " 10800 IN SOA " + zone + " nobody.invalid. 1 3600 1200 604800 10800";
    EXPECT_EQ(local.ask("www." + zone), "NXDOMAIN" + soa);
    EXPECT_EQ(local.ask("a.b." + zone, "TXT"), "NXDOMAIN" + soa);
    EXPECT_EQ(local.ask(zone), "NOERROR" + soa);
  }
}

// RFC 6761 §6.5: example names are not special for caching servers. RFC 8375 (home.arpa), 6762 (local): by choice.
TEST(SpecialNames, OthersAreOrdinaryUnlessTheyAreNamed) {
  const Loaded local("{}");
  for (const char* name :
       {"www.example.", "www.example.com.", "x.home.arpa.", "x.local.", "ip-10-0-0-1.ec2.internal."}) {
    EXPECT_EQ(local.ask(name), "upstream") << name;
  }
  const Loaded more("{special_names: [home.arpa, local]}");
  EXPECT_THAT(more.ask("x.home.arpa."), HasSubstr("NXDOMAIN / home.arpa."));
  EXPECT_THAT(more.ask("x.local."), HasSubstr("NXDOMAIN / local."));
  EXPECT_EQ(more.ask("x.test."), "upstream");
  EXPECT_EQ(more.ask("x.localhost."), "upstream");
  EXPECT_THAT(error_of(minimal("local: {special_names: [examples]}\n")), HasSubstr("local.special_names[0]"));
}

TEST(SpecialNames, WhatIsConfiguredGoesBefore) {
  const Loaded zone("{}", "forward: [{zone: \".\", uplink: vpc}, {zone: test, uplink: vpc}]\n");
  EXPECT_EQ(zone.ask("www.test."), "upstream");
  EXPECT_EQ(zone.ask("test."), "upstream");
  const Loaded inside("{}", "forward: [{zone: \".\", uplink: vpc}, {zone: corp.lab.test, uplink: vpc}]\n");
  EXPECT_EQ(inside.ask("www.corp.lab.test."), "upstream");
  EXPECT_THAT(inside.ask("www.lab.test."), HasSubstr("NXDOMAIN"));
  const Loaded record("{records: [\"a.b.test. A 192.0.2.1\"]}");
  EXPECT_EQ(record.ask("a.b.test."), "NOERROR: a.b.test. 60 IN A 192.0.2.1");
  // RFC 8020 §2: a name with something below it exists.
  EXPECT_EQ(record.ask("b.test."), "NOERROR / test. 10800 IN SOA test. nobody.invalid. 1 3600 1200 604800 10800");
  EXPECT_THAT(record.ask("c.test."), HasSubstr("NXDOMAIN"));
  const Loaded suffix("{suffixes: [{suffix: test, a: 192.0.2.9}]}");
  EXPECT_EQ(suffix.ask("x.test."), "NOERROR: x.test. 60 IN A 192.0.2.9");
  const Loaded home("{records: [\"localhost. A 127.0.0.2\"]}");
  EXPECT_EQ(home.ask("localhost."), "NOERROR: localhost. 60 IN A 127.0.0.2");
  EXPECT_EQ(home.ask("localhost.", "AAAA"), "NOERROR: localhost. 10800 IN AAAA ::1");
}

// RFC 6303 §3: SOA and NS of the empty zone, everything else does not exist.
TEST(ReverseZones, AreEmptyZones) {
  const Loaded local("{}");
  const std::string soa =
      "254.169.in-addr.arpa. 10800 IN SOA 254.169.in-addr.arpa. nobody.invalid. 1 3600 1200 604800 10800";
  EXPECT_EQ(local.ask("254.169.in-addr.arpa.", "SOA"), "NOERROR: " + soa);
  EXPECT_EQ(local.ask("254.169.in-addr.arpa.", "NS"),
            "NOERROR: 254.169.in-addr.arpa. 10800 IN NS 254.169.in-addr.arpa.");
  EXPECT_EQ(local.ask("254.169.in-addr.arpa.", "PTR"), "NOERROR / " + soa);
  EXPECT_EQ(local.ask("254.169.254.169.in-addr.arpa.", "PTR"), "NXDOMAIN / " + soa);
  EXPECT_EQ(local.ask("254.169.in-addr.arpa.", "DS"), "upstream");  // RFC 4035 §3.1.4.1: the parent's
}

// RFC 6303 §4.2 to §4.6.
TEST(ReverseZones, AreThoseOfAddressesThatNobodyHas) {
  const Loaded local("{}");
  for (const char* name :
       {"1.0.in-addr.arpa.", "9.0.0.127.in-addr.arpa.", "1.1.254.169.in-addr.arpa.", "1.2.0.192.in-addr.arpa.",
        "1.100.51.198.in-addr.arpa.", "1.113.0.203.in-addr.arpa.", "x.255.255.255.255.in-addr.arpa.",
        "x.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", "1.d.f.ip6.arpa.",
        "1.8.e.f.ip6.arpa.", "1.9.e.f.ip6.arpa.", "1.a.e.f.ip6.arpa.", "1.b.e.f.ip6.arpa.",
        "1.8.b.d.0.1.0.0.2.ip6.arpa."}) {
    EXPECT_THAT(local.ask(name, "PTR"), HasSubstr("NXDOMAIN")) << name;
  }
  EXPECT_EQ(local.ask("1.0.0.127.in-addr.arpa.", "PTR"), "NOERROR: 1.0.0.127.in-addr.arpa. 10800 IN PTR localhost.");
}

// RFC 6303 §4.1: in a VPC, the resolver upstream knows the names of private addresses.
TEST(ReverseZones, OfPrivateAddressesGoUpstreamUnlessAskedFor) {
  const Loaded local("{}");
  const Loaded all("{reverse_zones: all}");
  for (const char* name : {"53.0.77.10.in-addr.arpa.", "1.1.16.172.in-addr.arpa.", "1.1.31.172.in-addr.arpa.",
                           "1.1.168.192.in-addr.arpa."}) {
    EXPECT_EQ(local.ask(name, "PTR"), "upstream") << name;
    EXPECT_THAT(all.ask(name, "PTR"), HasSubstr("NXDOMAIN")) << name;
  }
  EXPECT_EQ(all.ask("1.1.32.172.in-addr.arpa.", "PTR"), "upstream");
}

// RFC 6303 §3: it must be possible to turn them off, and should be for each.
TEST(ReverseZones, CanBeTurnedOffAllOrEach) {
  const Loaded off("{reverse_zones: off}");
  EXPECT_EQ(off.ask("1.1.254.169.in-addr.arpa.", "PTR"), "upstream");
  EXPECT_EQ(off.ask("1.0.0.127.in-addr.arpa.", "PTR"), "upstream");
  const Loaded most("{reverse_zones_except: [254.169.in-addr.arpa]}");
  EXPECT_EQ(most.ask("1.1.254.169.in-addr.arpa.", "PTR"), "upstream");
  EXPECT_THAT(most.ask("1.2.0.192.in-addr.arpa.", "PTR"), HasSubstr("NXDOMAIN"));
  const Loaded zone("{}", "forward: [{zone: \".\", uplink: vpc}, {zone: 254.169.in-addr.arpa, uplink: vpc}]\n");
  EXPECT_EQ(zone.ask("1.1.254.169.in-addr.arpa.", "PTR"), "upstream");
  EXPECT_THAT(error_of(minimal("local: {reverse_zones_except: [1.169.in-addr.arpa]}\n")),
              HasSubstr("local.reverse_zones_except[0]: \"1.169.in-addr.arpa.\" is not a zone of RFC 6303"));
}

TEST(PlainNames, DoNotGoUpstreamForAddresses) {
  const Loaded local("{records: [\"printer. A 192.0.2.4\"]}");
  EXPECT_EQ(local.ask("fileserver."), "NXDOMAIN / . 10800 IN SOA . nobody.invalid. 1 3600 1200 604800 10800");
  EXPECT_THAT(local.ask("fileserver.", "AAAA"), HasSubstr("NXDOMAIN"));
  EXPECT_EQ(local.ask("com.", "NS"), "upstream");
  EXPECT_EQ(local.ask("com.", "DS"), "upstream");
  EXPECT_EQ(local.ask("printer."), "NOERROR: printer. 60 IN A 192.0.2.4");
  const Loaded zone("{}", "forward: [{zone: \".\", uplink: vpc}, {zone: corp, uplink: vpc}]\n");
  EXPECT_EQ(zone.ask("corp."), "upstream");
  EXPECT_THAT(zone.ask("fileserver."), HasSubstr("NXDOMAIN"));
  const Loaded off("{domain_needed: off}");
  EXPECT_EQ(off.ask("fileserver."), "upstream");
}

}  // namespace
}  // namespace config::test
