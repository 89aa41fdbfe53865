// SPDX-License-Identifier: Apache-2.0
// What may be asked over the control socket.
#include "verbs/request.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "dns/question_key.hpp"
#include "verbs/table.hpp"

namespace verbs {
namespace {

std::string sentence(std::string_view line) {
  const auto request = parse_request(line);
  return request ? "accepted" : request.error().sentence();
}

std::string text_of(const std::vector<std::byte>& wire) {
  std::string text;
  for (const std::byte b : wire) text.push_back(static_cast<char>(b));
  return text;
}

TEST(ControlRequest, EveryVerbIsKnownByItsName) {
  for (const VerbSpec& verb : kVerbs) {
    const auto specs = verb.arguments();
    const bool needs_more = std::any_of(specs.begin(), specs.end(), [](const ArgSpec& arg) { return arg.required; });
    const auto request = parse_request(R"({"verb":")" + std::string(verb.name) + R"(","args":{}})");
    EXPECT_EQ(request.has_value(), !needs_more) << verb.name;
    if (request) EXPECT_EQ(request->verb, &verb);
  }
}

// Names and the command line follow from the row, so a row must be complete.
TEST(ControlVerbTable, EveryRowHasANameOfItsOwnHelpAndAnAction) {
  std::set<std::string_view> names;
  for (const VerbSpec& verb : kVerbs) {
    EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
    EXPECT_FALSE(verb.help.empty()) << verb.name;
    EXPECT_NE(verb.run, nullptr) << verb.name;
    const std::size_t cut = verb.name.find('_');
    const std::string_view group = verb.name.substr(0, cut);
    const bool has_group =
        std::any_of(kGroups.begin(), kGroups.end(), [&](const GroupSpec& spec) { return spec.name == group; });
    EXPECT_EQ(has_group, cut != std::string_view::npos) << verb.name;
    for (const ArgSpec& arg : verb.arguments()) {
      EXPECT_FALSE(arg.help.empty() || arg.option.empty() || arg.type.empty()) << verb.name << " " << arg.key;
      EXPECT_NE(arg.read, nullptr) << verb.name << " " << arg.key;
    }
  }
}

TEST(ControlVerbTable, EveryVerbAndArgumentIsInTheReference) {
  const std::string tables = verb_tables();
  for (const VerbSpec& verb : kVerbs) {
    EXPECT_NE(tables.find("| `" + std::string(verb.name) + "` | `"), std::string::npos) << verb.name;
    for (const ArgSpec& arg : verb.arguments()) {
      const std::string row = "| `" + std::string(verb.name) + "` | `" + std::string(arg.key) + "` | ";
      EXPECT_NE(tables.find(row), std::string::npos) << verb.name << " " << arg.key;
    }
  }
}

// RFC 4343: names compare without case, so the key is folded.
TEST(ControlRequest, ALookupHoldsAFoldedNameATypeAndTheKeysFlags) {
  const auto request =
      parse_request(R"({"verb":"cache_lookup","args":{"name":"Ab.Example","type":"aaaa","do":true,"cd":true}})");
  ASSERT_TRUE(request) << request.error().sentence();
  EXPECT_EQ(text_of(request->qname), std::string("\2ab\7example\0", 12));
  EXPECT_EQ(request->qtype, dns::QType::kAaaa);
  EXPECT_EQ(request->key_flags, dns::kKeyFlagDo | dns::kKeyFlagCd);
}

TEST(ControlRequest, FlagsThatAreFalseAreNotSet) {
  const auto request = parse_request(R"({"verb":"cache_lookup","args":{"name":".","type":"NS","do":false}})");
  ASSERT_TRUE(request) << request.error().sentence();
  EXPECT_EQ(request->qname.size(), 1U);
  EXPECT_EQ(request->key_flags, 0);
}

TEST(ControlRequest, AFlushSaysHowFarItReaches) {
  const auto all = parse_request(R"({"verb":"cache_flush","args":{"scope":"everything"}})");
  const auto name = parse_request(R"({"verb":"cache_flush","args":{"scope":"name","name":"a.example"}})");
  const auto subtree = parse_request(R"({"verb":"cache_flush","args":{"scope":"subtree","name":"EXAMPLE."}})");
  ASSERT_TRUE(all && name && subtree);
  EXPECT_EQ(all->scope, cache::FlushScope::kEverything);
  EXPECT_EQ(name->scope, cache::FlushScope::kName);
  EXPECT_EQ(subtree->scope, cache::FlushScope::kSubtree);
  EXPECT_EQ(text_of(subtree->qname), std::string("\7example\0", 9));
}

TEST(ControlRequest, AFlushMayBeOfOneType) {
  const auto any = parse_request(R"({"verb":"cache_flush","args":{"scope":"everything"}})");
  const auto all = parse_request(R"({"verb":"cache_flush","args":{"scope":"everything","type":"MX"}})");
  const auto name = parse_request(R"({"verb":"cache_flush","args":{"scope":"name","name":"a.","type":"TYPE65280"}})");
  ASSERT_TRUE(any && all && name);
  EXPECT_EQ(any->only, std::nullopt);
  EXPECT_EQ(all->only, dns::QType::kMx);
  EXPECT_EQ(name->only, dns::QType(65'280));
  EXPECT_NE(sentence(R"({"verb":"cache_flush","args":{"scope":"everything","type":""}})"), "accepted");
}

// A slip must not empty the whole cache.
TEST(ControlRequest, TopSaysOfWhatAndByWhat) {
  const auto plain = parse_request(R"({"verb":"top"})");
  const auto full = parse_request(R"({"verb":"top","args":{"subject":"zones","by":"upstream","limit":5}})");
  ASSERT_TRUE(plain && full);
  EXPECT_EQ(plain->subject, topk::Subject::kClient);
  EXPECT_EQ(plain->by, topk::Measure::kQueries);
  EXPECT_EQ(plain->limit, std::nullopt);
  EXPECT_EQ(full->subject, topk::Subject::kZone);
  EXPECT_EQ(full->by, topk::Measure::kUpstream);
  EXPECT_EQ(full->limit, 5U);
  EXPECT_EQ(sentence(R"({"verb":"top","args":{"by":"cost"}})"),
            "by: one of queries, misses, upstream, bytes is needed");
}

TEST(ControlRequest, ABlockHasAPrefixAnActionATimeAndAReason) {
  const auto add = parse_request(
      R"({"verb":"blocks_add","args":{"prefix":"10.0.0.0/24","action":"refuse","for_sec":90,"reason":"floods"}})");
  ASSERT_TRUE(add) << add.error().sentence();
  EXPECT_EQ(add->block.prefix.length, 120);
  EXPECT_EQ(add->block.action, policy::BlockAction::kRefuse);
  EXPECT_EQ(add->block.duration, std::chrono::seconds(90));
  EXPECT_EQ(add->block.reason, "floods");
  const auto all = parse_request(R"({"verb":"blocks_clear"})");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->prefix, std::nullopt);
  EXPECT_EQ(sentence(R"({"verb":"blocks_add","args":{"prefix":"10.0.0.7"}})"),
            "blocks_add: prefix and reason are needed");
  EXPECT_EQ(sentence(R"({"verb":"blocks_clear","args":{"prefix":"10.0.0.7/24"}})"),
            "prefix: '10.0.0.7/24' is not an address or a network; 10.0.0.7, 10.0.0.0/24, fd00::/64");
  EXPECT_NE(sentence(R"({"verb":"blocks_add","args":{"prefix":"10.0.0.7","reason":"a\nb"}})"), "accepted");
  EXPECT_NE(sentence(R"({"verb":"blocks_add","args":{"prefix":"10.0.0.7","reason":"x","for_sec":0}})"), "accepted");
}

TEST(ControlRequest, AFlushWithoutScopeOrNameIsRefused) {
  EXPECT_NE(sentence(R"({"verb":"cache_flush"})"), "accepted");
  EXPECT_NE(sentence(R"({"verb":"cache_flush","args":{"name":"a.example"}})"), "accepted");
  EXPECT_NE(sentence(R"({"verb":"cache_flush","args":{"scope":"name"}})"), "accepted");
  EXPECT_NE(sentence(R"({"verb":"cache_flush","args":{"scope":"everything","name":"a.example"}})"), "accepted");
}

TEST(ControlRequest, AFileIsAnAbsolutePathAndNeeded) {
  const auto dump = parse_request(R"({"verb":"cache_dump","args":{"file":"/var/lib/sluice/by hand"}})");
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->file, "/var/lib/sluice/by hand");
  EXPECT_EQ(sentence(R"({"verb":"cache_load"})"), "cache_load: file is needed");
  for (const char* wrong : {R"("")", R"("/")", R"("relative")", R"("/with\u0000nul")", R"("/with\nline")", "7"}) {
    EXPECT_EQ(sentence(std::string(R"({"verb":"cache_dump","args":{"file":)") + wrong + "}}"),
              "file: an absolute path is needed")
        << wrong;
  }
}

TEST(ControlRequest, TheSentenceNamesWhatIsWrongAndWhatIsAllowed) {
  EXPECT_EQ(sentence("[]"), R"(a request is one JSON object in a line: {"verb":"status"})");
  EXPECT_EQ(sentence(R"({"verb":"stats","arg":{}})"), "'arg' is unknown; a request has verb and args");
  EXPECT_EQ(
      sentence(R"({"verb":"stat"})"),
      "verb: 'stat' is unknown; there are status, stats, inflight, recursing, fetchlimit, upstreams, cache_lookup, "
      "cache_flush, cache_stats, cache_dump, cache_load, top, blocks_list, blocks_add, blocks_clear, reload, version");
  EXPECT_EQ(sentence(R"({"verb":"stats","args":{"limit":1}})"), "stats: takes no argument 'limit'");
  EXPECT_EQ(sentence(R"({"verb":"inflight","args":{"limit":0}})"), "limit: a number from 1 to 4096 is needed");
  EXPECT_EQ(sentence(R"({"verb":"cache_lookup","args":{"name":"a..b","type":"A"}})"),
            "name: 'a..b' is not a domain name; labels have 1 to 63 bytes, a name has at most 255");
  EXPECT_EQ(sentence(R"({"verb":"cache_lookup","args":{"name":"a","type":"AAAAA"}})"),
            "type: 'AAAAA' is not a record type; A, AAAA, ... or TYPE123");
}

TEST(ControlRequest, NothingOfAWrongTypeIsAccepted) {
  for (const std::string_view line : {"",
                                      "null",
                                      "1",
                                      "\"stats\"",
                                      "{",
                                      "{}",
                                      R"({"verb":1})",
                                      R"({"verb":null})",
                                      R"({"verb":"stats","args":[]})",
                                      R"({"verb":"stats","args":null})",
                                      R"({"verb":"inflight","args":{"limit":1.5}})",
                                      R"({"verb":"inflight","args":{"limit":-1}})",
                                      R"({"verb":"inflight","args":{"limit":4097}})",
                                      R"({"verb":"inflight","args":{"limit":"1"}})",
                                      R"({"verb":"cache_lookup","args":{"name":1,"type":"A"}})",
                                      R"({"verb":"cache_lookup","args":{"name":"a","type":1}})",
                                      R"({"verb":"cache_lookup","args":{"name":"a"}})",
                                      R"({"verb":"cache_lookup","args":{"name":"a","type":"A","do":1}})",
                                      R"({"verb":"cache_flush","args":{"scope":"all"}})",
                                      R"({"verb":"cache_lookup","args":{"":"a"}})",
                                      R"({"verb":"cache_lookup","args":{"name type":"a"}})"}) {
    EXPECT_NE(sentence(line), "accepted") << line;
  }
}

TEST(ControlRequest, ARequestAboveTheLimitIsRefusedUnread) {
  const std::string line = R"({"verb":"stats"})" + std::string(kMaxRequestBytes, ' ');
  EXPECT_EQ(sentence(line), "a request has at most 65536 bytes");
}

TEST(ControlReply, AnErrorCarriesACodeForProgramsAndASentenceForPeople) {
  const diag::Result<Json> gone = diag::fail(diag::Code::kUnavailable, "no reply");
  EXPECT_EQ(reply_line(gone), "{\"ok\":false,\"code\":\"unavailable\",\"error\":\"no reply\"}\n");
  EXPECT_EQ(code_name(diag::Code::kExhausted), "exhausted");
  EXPECT_EQ(code_name(diag::Code::kInternal), "internal");
}

// A sentence quotes at most 80 bytes of what was asked, which may cut a character in two.
TEST(ControlReply, ACutCharacterIsReplaced) {
  const auto request = parse_request(R"({"verb":")" + std::string(79, 'a') + "\xc3\xa9" + R"("})");
  ASSERT_FALSE(request);
  const std::string line = reply_line(diag::fail(request.error()));
  EXPECT_NE(line.find("\xef\xbf\xbd"), std::string::npos) << line;
  EXPECT_TRUE(Json::accept(line));
}

}  // namespace
}  // namespace verbs
