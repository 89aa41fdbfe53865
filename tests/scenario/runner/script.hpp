// SPDX-License-Identifier: Apache-2.0
/// @file script.hpp – a scenario file as steps; the language is described in ../README.md.
///
/// Purpose    text to data, with the line of everything, so that every complaint can name it.
/// Threads    value types.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace scenario {

/// Something is wrong with the text, or a step did not come true.
class Complaint : public std::runtime_error {
 public:
  Complaint(int line, const std::string& what) : std::runtime_error(what), line_(line) {}
  [[nodiscard]] int line() const { return line_; }

 private:
  int line_;
};

/// Words of a line: bare ones, and key=value. A step takes the words that it knows; each other word is an error.
class Options {
 public:
  void add(const std::string& word);
  [[nodiscard]] bool take_flag(const std::string& name);
  [[nodiscard]] std::optional<std::string> take(const std::string& key);
  [[nodiscard]] std::optional<long> take_number(const std::string& key, int line);
  void require_empty(int line) const;

 private:
  std::map<std::string, std::string> values_;
};

enum class Action {
  kClientAsks,
  kClientSends,  // raw bytes
  kExpectQuery,  // upstream
  kExpectNoQuery,
  kUpstreamSays,
  kExpectReply,  // client
  kExpectNoReply,
  kPath,
  kWire,
  kExpectCount,
};

struct Question {
  std::string qname;
  std::string qtype;
};

struct Step {
  int line = 0;
  std::chrono::nanoseconds at{0};
  Action action{};
  std::string who;   // client, upstream packet, server, counter
  std::string said;  // rcode, raw hex, up or down, number
  Question question;
  std::string name;  // what an upstream packet is called from here on
  Options options;
  std::vector<std::string> answers;  // zone-file lines
  std::vector<std::string> authority;
};

struct End {
  int line = 0;
  std::string drops;  // between the braces
};

struct Scenario {
  int line = 0;
  std::string title;
  Options settings;
  std::vector<Step> steps;
  std::optional<End> end;
};

[[nodiscard]] std::vector<Scenario> parse(std::string_view text);
[[nodiscard]] std::chrono::nanoseconds parse_time(const std::string& word, int line);

}  // namespace scenario
