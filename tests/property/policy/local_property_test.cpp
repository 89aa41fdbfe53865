// SPDX-License-Identifier: Apache-2.0
// Local data against a search through all names, one by one.
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "policy/local_data.hpp"
#include "support/zone_names.hpp"

namespace {

using dns::QType;

/// Names of one to `max_labels` labels over a small alphabet.
std::string any_name(int max_labels) {
  std::string name = *rc::gen::element<std::string>("a", "b", "ab", "test");
  const int labels = *rc::gen::inRange(1, max_labels + 1);
  for (int i = 1; i < labels; ++i) name = *rc::gen::element<std::string>("a", "b", "ab", "c") + "." + name;
  return name;
}

struct Said {
  std::uint32_t at = policy::kUnsaid;
  std::uint32_t below = policy::kUnsaid;
  bool is_cut = false;
};

constexpr std::uint32_t kSets = 4;  // set i: type A has image 2i, everything else image 2i + 1

std::uint32_t any_saying() {
  static const std::vector<std::uint32_t> kAll{policy::kUnsaid, policy::kUnsaid, policy::kAskUpstream, 0, 1, 2, 3};
  return *rc::gen::elementOf(kAll);
}

/// The image's number, -1 for a question that is not ours.
int expected(const std::map<std::string, Said>& names, std::string qname, QType qtype, bool plain_names) {
  const bool is_plain = qname.find('.') == std::string::npos;
  for (std::string up = qname;;) {
    const auto said = names.find(up);
    if (said != names.end()) {
      const bool is_the_name = up == qname;
      const bool is_parents = is_the_name && said->second.is_cut && qtype == QType::kDs;
      const std::uint32_t what = is_the_name ? said->second.at : said->second.below;
      if (!is_parents && what == policy::kAskUpstream) return -1;
      if (!is_parents && what != policy::kUnsaid) return static_cast<int>(2 * what + (qtype == QType::kA ? 0 : 1));
    }
    const std::size_t dot = up.find('.');
    if (dot == std::string::npos) break;
    up = up.substr(dot + 1);
  }
  return plain_names && is_plain && qtype == QType::kA ? 2 * static_cast<int>(kSets) : -1;
}

TEST(LocalProperty, TheLongestNameThatSaysSomethingDecides) {
  EXPECT_TRUE(rc::check("local data", [] {
    std::map<std::string, Said> said;
    const auto count = *rc::gen::inRange<std::size_t>(0, 40);
    for (std::size_t i = 0; i < count; ++i) {
      said[any_name(5)] = {any_saying(), any_saying(), *rc::gen::arbitrary<bool>()};
    }
    std::vector<dns::AnswerImage> images(2 * kSets + 1);
    for (std::size_t i = 0; i < images.size(); ++i) images[i].arcount = static_cast<std::uint16_t>(i);
    std::vector<policy::LocalAnswer> answers;
    std::vector<policy::LocalSet> sets;
    for (std::uint32_t i = 0; i < kSets; ++i) {
      answers.push_back({QType::kA, 2 * i});
      sets.push_back({i, 1, 2 * i + 1});
    }
    std::deque<std::vector<std::byte>> wires;
    std::vector<policy::LocalName> names;
    for (const auto& [name, what] : said) {
      wires.push_back(test::wire_name(name));
      names.push_back({wires.back(), what.at, what.below, what.is_cut});
    }
    const bool plain = *rc::gen::arbitrary<bool>();
    const base::KeyedHash hash(base::KeyedHash::Secret{*rc::gen::cast<std::byte>(rc::gen::arbitrary<std::uint8_t>())});
    std::vector<policy::LocalData::Slot> slots(policy::LocalData::slots_for(names.size()));
    const auto data = policy::LocalData::create(
        {names, sets, answers, images, policy::kNoImage, plain ? 2 * kSets : policy::kNoImage}, slots, hash);
    RC_ASSERT(data.has_value());

    for (int i = 0; i < 30; ++i) {
      const std::string qname = any_name(7);
      const QType qtype = *rc::gen::element(QType::kA, QType::kTxt, QType::kDs);
      const dns::AnswerImage* found = data->find(test::wire_name(qname), qtype);
      RC_ASSERT((found == nullptr ? -1 : int{found->arcount}) == expected(said, qname, qtype, plain));
    }
  }));
}

}  // namespace
