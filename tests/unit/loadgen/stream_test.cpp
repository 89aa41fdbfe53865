// SPDX-License-Identifier: Apache-2.0
// Streams from words; wrong words are named.
#include "loadgen/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loadgen/values.hpp"
#include "net/text.hpp"

namespace {

using loadgen::parse_stream;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::AllOf;
using testing::HasSubstr;

TEST(StreamWords, TheExampleOfTheManualMeansWhatItSays) {
  const auto stream = parse_stream("name=good,rate=1000,zipf=0.95,names=200000,zone=mix.example,clients=50,retry=glibc",
                                   {.duration = 60s});
  ASSERT_TRUE(stream) << stream.error().sentence();
  EXPECT_EQ(stream->name, "good");
  EXPECT_EQ(stream->rate_qps, 1'000);
  EXPECT_EQ(stream->names.zipf_exponent, 0.95);
  EXPECT_EQ(stream->names.names, 200'000U);
  EXPECT_EQ(stream->names.zone, "mix.example");
  EXPECT_EQ(stream->clients, 50U);
  EXPECT_EQ(stream->retry.name, "glibc");
  EXPECT_EQ(stream->duration, 60s);
}

TEST(StreamWords, EveryOtherKeyIsTaken) {
  const auto stream = parse_stream(
      "random=flood.example,zones=30,start=1.5s,duration=250ms,arrival=uniform,types=A:3+AAAA,case=random,edns=1232,"
      "dnssec=on,ports=2,sources=10.0.0.1-10.0.0.3+10.0.1.0/30,servfail=final,retry=cares,ttl=1..300,"
      "expect=NOERROR+NXDOMAIN",
      {});
  ASSERT_TRUE(stream) << stream.error().sentence();
  EXPECT_EQ(stream->names.kind, loadgen::NameKind::kRandom);
  EXPECT_EQ(stream->names.zones, 30U);
  EXPECT_EQ(stream->start, 1'500ms);
  EXPECT_EQ(stream->end(), 1'750ms);
  EXPECT_EQ(stream->arrival, loadgen::Arrival::kUniform);
  ASSERT_EQ(stream->types.size(), 2U);
  EXPECT_EQ(stream->types[0].weight, 3U);
  EXPECT_EQ(stream->types[1].type, dns::QType::kAaaa);
  EXPECT_EQ(stream->letter_case, loadgen::LetterCase::kRandom);
  EXPECT_EQ(stream->edns_bytes, 1'232);
  EXPECT_EQ(stream->dnssec, loadgen::Dnssec::kOk);
  EXPECT_EQ(stream->ports, 2U);
  ASSERT_EQ(stream->sources.size(), 7U);
  EXPECT_EQ(net::to_text(stream->sources[6]).view(), "10.0.1.3");
  EXPECT_EQ(stream->retry.on_failure, loadgen::OnFailure::kFinal) << "overrides the profile wherever it stands";
  EXPECT_EQ(stream->ttl->most_sec, 300U);
  EXPECT_EQ(stream->expected.size(), 2U);
}

struct WrongWord {
  const char* text;
  const char* named;
  const char* allowed;
};

class StreamErrors : public testing::TestWithParam<WrongWord> {};

TEST_P(StreamErrors, NameTheWordAndWhatIsAllowed) {
  const auto stream = parse_stream(GetParam().text, {});
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code(), diag::Code::kInvalid);
  EXPECT_THAT(stream.error().sentence(), AllOf(HasSubstr(GetParam().named), HasSubstr(GetParam().allowed)));
}

INSTANTIATE_TEST_SUITE_P(
    Words, StreamErrors,
    testing::Values(WrongWord{"zone=a.example,rat=5", "'rat' is no key", "rate"},
                    WrongWord{"zone=a.example,rate=fast", "rate: 'fast'", "a number from"},
                    WrongWord{"zone=a.example,rate=-1", "rate: '-1'", "a number from"},
                    WrongWord{"zone=a.example,rate=nan", "rate: 'nan'", "a number from"},
                    WrongWord{"zone=a.example,names=0", "names: '0'", "from 1"},
                    WrongWord{"zone=a.example,duration=5h", "duration: '5h'", "90s"},
                    WrongWord{"zone=a.example,arrival=bursty", "arrival: 'bursty'", "poisson, uniform"},
                    WrongWord{"zone=a.example,types=A+B", "types: 'B'", "AAAA"},
                    WrongWord{"zone=a.example,retry=bind", "retry: 'bind'", "glibc"},
                    WrongWord{"zone=a.example,sources=10.0.0.9-10.0.0.1", "sources: '10.0.0.9-10.0.0.1'", "a range"},
                    WrongWord{"zone=a.example,ttl=9..1", "ttl: '9..1'", "1..300"},
                    WrongWord{"zone=a.example,expect=OK", "expect: 'OK'", "NXDOMAIN"},
                    WrongWord{"zone=a.example,edns=100", "edns: '100'", "from 512"},
                    WrongWord{"zone=a.example,rate", "rate: there is no value", "rate="},
                    WrongWord{"zone=a.example,rate=1,rate=2", "rate: given twice", ""},
                    WrongWord{"schedule=f,types=A", "types", "a schedule says that"},
                    WrongWord{"rate=5", "names to ask", "one of zone, random, list, file and schedule"},
                    WrongWord{"zone=a.example,random=b.example", "names to ask", "one of zone"},
                    WrongWord{"random=a.example,zipf=1", "zipf", "with zone, list, file"},
                    WrongWord{"random=a.example,names=5", "names: goes with zone", ""},
                    WrongWord{"list=a.example,zones=5", "zones: goes with zone and random", ""},
                    WrongWord{"zone=a.example,spoof=10.0.0.0/8,retry=glibc", "retry: a spoofed source", ""}));

TEST(Addresses, APrefixIsAllItsAddressesAndAWrongWordIsNamed) {
  EXPECT_EQ(loadgen::parse_addresses("fd77::/120")->size(), 256U);
  EXPECT_THAT(loadgen::parse_addresses("10.0.0.1+x").error().sentence(), HasSubstr("'x' is no address"));
  EXPECT_FALSE(loadgen::parse_addresses("::/64")) << "too many";
  EXPECT_FALSE(loadgen::parse_addresses("10.0.0.1-fd77::1"));
}

}  // namespace
