// SPDX-License-Identifier: Apache-2.0
#include "policy/local_data.hpp"

#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/zone_names.hpp"

namespace {

using dns::QType;
using policy::kAskUpstream;
using policy::kUnsaid;
using policy::LocalData;
using policy::LocalReject;

/// Local data together with all that it borrows. Each image is known by its arcount.
class World {
 public:
  /// A set whose answers are images 1, 2 … of these types, and `otherwise` for the rest.
  std::uint32_t set(std::vector<std::pair<QType, std::uint16_t>> answers, std::uint16_t otherwise) {
    const auto first = static_cast<std::uint32_t>(answers_.size());
    for (const auto& [qtype, number] : answers) answers_.push_back({qtype, image(number)});
    sets_.push_back({first, static_cast<std::uint32_t>(answers.size()), image(otherwise)});
    return static_cast<std::uint32_t>(sets_.size() - 1);
  }
  std::uint32_t image(std::uint16_t number) {
    dns::AnswerImage made;
    made.arcount = number;
    images_.push_back(made);
    return static_cast<std::uint32_t>(images_.size() - 1);
  }
  void name(std::string_view text, std::uint32_t at, std::uint32_t below, bool is_cut = false) {
    wires_.push_back(test::wire_name(text));
    names_.push_back({wires_.back(), at, below, is_cut});
  }
  void plain_names(std::uint16_t number) { plain_ = image(number); }

  [[nodiscard]] base::Outcome<LocalData, LocalReject> create() {
    slots_.resize(LocalData::slots_for(names_.size()));
    return LocalData::create({names_, sets_, answers_, images_, policy::kNoImage, plain_}, slots_, hash_);
  }
  /// The number of the image found, -1 when the question is not ours.
  [[nodiscard]] int find(std::string_view qname, QType qtype = QType::kA) {
    const auto data = create();
    const std::vector<std::byte> wire = test::wire_name(qname);
    const dns::AnswerImage* found = data->find(wire, qtype);
    return found == nullptr ? -1 : int{found->arcount};
  }

 private:
  base::KeyedHash hash_{base::KeyedHash::Secret{std::byte{7}}};
  std::deque<std::vector<std::byte>> wires_;
  std::vector<policy::LocalName> names_;
  std::vector<policy::LocalSet> sets_;
  std::vector<policy::LocalAnswer> answers_;
  std::vector<dns::AnswerImage> images_;
  std::uint32_t plain_ = policy::kNoImage;
  std::vector<LocalData::Slot> slots_;
};

TEST(LocalData, WithoutNamesNothingIsOurs) {
  World none;
  EXPECT_EQ(none.find("www.example"), -1);
  EXPECT_EQ(none.find("plain"), -1);
  EXPECT_EQ(none.find("."), -1);
}

TEST(LocalData, ANameAnswersItsTypesAndSaysNodataForTheOthers) {
  World world;
  world.name("db.corp", world.set({{QType::kA, 1}, {QType::kTxt, 2}}, 9), kUnsaid);
  EXPECT_EQ(world.find("db.corp", QType::kA), 1);
  EXPECT_EQ(world.find("db.corp", QType::kTxt), 2);
  EXPECT_EQ(world.find("db.corp", QType::kAaaa), 9);
}

TEST(LocalData, OtherNamesAboveAndBelowARecordGoUpstream) {
  World world;
  world.name("db.corp", world.set({{QType::kA, 1}}, 9), kUnsaid);
  EXPECT_EQ(world.find("www.corp"), -1);
  EXPECT_EQ(world.find("x.db.corp"), -1);
  EXPECT_EQ(world.find("corp"), -1);
  EXPECT_EQ(world.find("b.corp"), -1);
}

TEST(LocalData, ASuffixCoversEveryNameBelowItButNotItself) {
  World world;
  world.name("ccnproxy-https", kUnsaid, world.set({{QType::kA, 1}}, 9));
  EXPECT_EQ(world.find("a.ccnproxy-https"), 1);
  EXPECT_EQ(world.find("c.b.a.ccnproxy-https"), 1);
  EXPECT_EQ(world.find("a.ccnproxy-https", QType::kMx), 9);
  EXPECT_EQ(world.find("ccnproxy-https"), -1);
  EXPECT_EQ(world.find("xccnproxy-https"), -1);
}

TEST(LocalData, TheLongestSuffixDecides) {
  World world;
  world.name("example", kUnsaid, world.set({{QType::kA, 1}}, 9));
  world.name("b.example", kUnsaid, world.set({{QType::kA, 2}}, 9));
  world.name("x.a.b.example", world.set({{QType::kA, 3}}, 9), kUnsaid);
  EXPECT_EQ(world.find("www.example"), 1);
  EXPECT_EQ(world.find("b.example"), 1);
  EXPECT_EQ(world.find("www.b.example"), 2);
  EXPECT_EQ(world.find("x.a.b.example"), 3);
  EXPECT_EQ(world.find("y.x.a.b.example"), 2);
}

TEST(LocalData, AnUplinksZoneInsideASuffixGoesUpstream) {
  World world;
  world.name("test", kUnsaid, world.set({}, 9));
  world.name("corp.test", kAskUpstream, kAskUpstream);
  EXPECT_EQ(world.find("www.test"), 9);
  EXPECT_EQ(world.find("corp.test"), -1);
  EXPECT_EQ(world.find("www.corp.test"), -1);
  EXPECT_EQ(world.find("www.xcorp.test"), 9);
}

// RFC 4035 §3.1.4.1: DS stands on the parent's side of a cut.
TEST(LocalData, DsOfAZonesApexIsNotTheZonesToAnswer) {
  World world;
  const std::uint32_t empty = world.set({{QType::kSoa, 1}}, 9);
  world.name("127.in-addr.arpa", empty, empty, true);
  EXPECT_EQ(world.find("127.in-addr.arpa", QType::kSoa), 1);
  EXPECT_EQ(world.find("127.in-addr.arpa", QType::kDs), -1);
  EXPECT_EQ(world.find("0.127.in-addr.arpa", QType::kDs), 9);
}

// RFC 8482 §4.1: an answer to ANY may be one RRset of those that are there.
TEST(LocalData, AnyGetsOneRrset) {
  World world;
  world.name("db.corp", world.set({{QType::kA, 1}, {QType::kTxt, 2}}, 9), kUnsaid);
  world.name("empty.corp", world.set({}, 8), kUnsaid);
  EXPECT_EQ(world.find("db.corp", QType::kAny), 1);
  EXPECT_EQ(world.find("empty.corp", QType::kAny), 8);
}

TEST(LocalData, AddressesOfPlainNamesNeverGoUpstreamWhenSaidSo) {
  World world;
  world.plain_names(5);
  world.name("com", kAskUpstream, kAskUpstream);
  world.name("printer", world.set({{QType::kA, 1}}, 9), kUnsaid);
  EXPECT_EQ(world.find("fileserver", QType::kA), 5);
  EXPECT_EQ(world.find("fileserver", QType::kAaaa), 5);
  EXPECT_EQ(world.find("fileserver", QType::kNs), -1);
  EXPECT_EQ(world.find("fileserver", QType::kDs), -1);
  EXPECT_EQ(world.find("file.server", QType::kA), -1);
  EXPECT_EQ(world.find(".", QType::kA), -1);
  EXPECT_EQ(world.find("printer", QType::kA), 1);
  EXPECT_EQ(world.find("com", QType::kA), -1);
}

TEST(LocalData, NamesOf127LabelsAreFoundAtEveryDepth) {
  std::string deepest = "a";
  for (int i = 1; i < 127; ++i) deepest += ".a";
  World world;
  world.name(deepest, world.set({{QType::kA, 1}}, 9), kUnsaid);
  world.name(deepest.substr(2 * 60), kUnsaid, world.set({{QType::kA, 2}}, 9));
  EXPECT_EQ(world.find(deepest), 1);
  EXPECT_EQ(world.find(deepest.substr(2)), 2);
  EXPECT_EQ(world.find(deepest.substr(2 * 59)), 2);
  EXPECT_EQ(world.find(deepest.substr(2 * 60)), -1);
}

TEST(LocalData, RefusesWhatCannotBeIndexed) {
  World twice;
  twice.name("a", kAskUpstream, kUnsaid);
  twice.name("a", kUnsaid, kAskUpstream);
  EXPECT_EQ(twice.create().error(), LocalReject::kDuplicateName);
  World root;
  root.name(".", kAskUpstream, kUnsaid);
  EXPECT_EQ(root.create().error(), LocalReject::kBadName);
  World astray;
  astray.name("a", 7, kUnsaid);
  EXPECT_EQ(astray.create().error(), LocalReject::kBadPlace);
}

}  // namespace
