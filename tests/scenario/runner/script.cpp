// SPDX-License-Identifier: Apache-2.0
#include "script.hpp"

#include <charconv>
#include <set>
#include <sstream>

namespace scenario {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// A line's words, front to back.
class Cursor {
 public:
  Cursor(Words words, int line) : words_(std::move(words)), line_(line) {}
  [[nodiscard]] bool at_end() const { return at_ == words_.size(); }
  [[nodiscard]] const std::string& peek() const { return at_end() ? nothing_ : words_[at_]; }
  std::string next(const char* what) {
    if (at_end()) throw Complaint(line_, std::string("the line ends where ") + what + " should stand");
    return words_[at_++];
  }
  void expect(const std::string& word) {
    const std::string found = next(("'" + word + "'").c_str());
    if (found != word) throw Complaint(line_, "'" + found + "' stands where '" + word + "' should");
  }
  bool accept(const std::string& word) {
    const bool found = peek() == word;
    if (found) ++at_;
    return found;
  }
  Options rest() {
    Options options;
    while (!at_end()) options.add(words_[at_++]);
    return options;
  }
  std::string rest_as_text() {
    std::string text;
    while (!at_end()) text += (text.empty() ? "" : " ") + words_[at_++];
    return text;
  }
  [[nodiscard]] int line() const { return line_; }

 private:
  Words words_;
  int line_;
  std::size_t at_ = 0;
  std::string nothing_;
};

bool is_option(const std::string& word) {
  static const std::set<std::string> kFlags{"tc", "aa", "ad", "cd", "do"};
  return word.find('=') != std::string::npos || kFlags.contains(word);
}

Question read_question(Cursor& in) {
  Question question;
  question.qname = in.next("a name");
  question.qtype = in.next("a type");
  return question;
}

// RCODE, options, then records separated by ';', those of the authority section behind the word 'authority'.
void read_reply(Cursor& in, Step& step) {
  in.expect("!");
  step.said = in.next("an rcode");
  while (!in.at_end() && is_option(in.peek())) step.options.add(in.next("an option"));
  std::istringstream records(in.rest_as_text());
  std::vector<std::string>* section = &step.answers;
  for (std::string record; std::getline(records, record, ';');) {
    Words words = words_of(record);
    if (!words.empty() && words[0] == "authority") {
      section = &step.authority;
      words.erase(words.begin());
    }
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    if (!text.empty()) section->push_back(text);
  }
}

void read_client(Cursor& in, Step& step) {
  step.who = in.next("a client's name");
  if (in.accept("raw")) {
    step.action = Action::kClientSends;
    step.said = in.next("bytes in hexadecimal");
  } else {
    in.expect("?");
    step.action = Action::kClientAsks;
    step.question = read_question(in);
  }
  step.options = in.rest();
}

void read_expect_up(Cursor& in, Step& step) {
  if (in.accept("nothing")) {
    step.action = Action::kExpectNoQuery;
  } else {
    in.expect("?");
    step.action = Action::kExpectQuery;
    step.question = read_question(in);
    while (!in.at_end()) {
      if (in.accept("as")) {
        step.name = in.next("a name for the packet");
      } else {
        step.options.add(in.next("an option"));
      }
    }
  }
}

void read_expect(Cursor& in, Step& step) {
  step.who = in.next("'up' or a client's name");
  if (step.who == "up") return read_expect_up(in, step);
  if (in.accept("nothing")) {
    step.action = Action::kExpectNoReply;
  } else {
    in.expect("!");
    step.action = Action::kExpectReply;
    step.said = in.next("an rcode");
  }
  step.options = in.rest();
}

Step read_step(Cursor& in) {
  Step step;
  step.line = in.line();
  step.at = parse_time(in.next("a time"), in.line());
  const std::string verb = in.next("what happens");
  if (verb == "client") {
    read_client(in, step);
  } else if (verb == "expect") {
    read_expect(in, step);
  } else if (verb == "upstream") {
    step.action = Action::kUpstreamSays;
    step.who = in.next("a packet's name");
    read_reply(in, step);
  } else if (verb == "path") {
    step.action = Action::kPath;
    step.who = in.next("a server's address");
    step.said = in.next("'up' or 'down'");
  } else if (verb == "wire") {
    step.action = Action::kWire;
    step.said = in.next("'accepts' or 'refuses'");
  } else if (verb == "count") {
    step.action = Action::kExpectCount;
    step.who = in.next("a counter's name");
    in.expect("=");
    step.said = in.next("a number");
  } else {
    throw Complaint(in.line(), "'" + verb + "' is nothing that can happen; see README.md");
  }
  return step;
}

// end  mbufs in use = 0   inflight = 0   drops = {name=1, …}
End read_end(const std::string& text, int line) {
  static const std::string kStart = "mbufs in use = 0 inflight = 0 drops = {";
  const std::string said = Cursor(words_of(text), line).rest_as_text();
  if (!said.starts_with(kStart) || !said.ends_with("}")) throw Complaint(line, "end reads: " + kStart + "…}");
  return {line, said.substr(kStart.size(), said.size() - kStart.size() - 1)};
}

}  // namespace

void Options::add(const std::string& word) {
  const std::size_t equals = word.find('=');
  const bool has_value = equals != std::string::npos;
  values_[word.substr(0, equals)] = has_value ? word.substr(equals + 1) : std::string();
}

bool Options::take_flag(const std::string& name) { return take(name).has_value(); }

std::optional<std::string> Options::take(const std::string& key) {
  const auto node = values_.extract(key);
  return node.empty() ? std::nullopt : std::optional(node.mapped());
}

std::optional<long> Options::take_number(const std::string& key, int line) {
  const std::optional<std::string> text = take(key);
  if (!text) return std::nullopt;
  long number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) {
    throw Complaint(line, key + "=" + *text + ": not a number");
  }
  return number;
}

void Options::require_empty(int line) const {
  if (!values_.empty()) throw Complaint(line, "'" + values_.begin()->first + "' means nothing here; see README.md");
}

std::chrono::nanoseconds parse_time(const std::string& word, int line) {
  double number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const std::string unit(end, word.data() + word.size());
  const std::map<std::string, double> kUnits{{"us", 1e3}, {"ms", 1e6},   {"s", 1e9},
                                             {"m", 6e10}, {"h", 3.6e12}, {"d", 8.64e13}};
  const auto found = kUnits.find(unit);
  if (error != std::errc() || found == kUnits.end())
    throw Complaint(line, "'" + word + "' is no time, as 9ms or 1.5s is");
  return std::chrono::nanoseconds(static_cast<long>(number * found->second + 0.5));
}

std::vector<Scenario> parse(std::string_view text) {
  std::vector<Scenario> scenarios;
  std::istringstream in{std::string(text)};
  int line = 0;
  for (std::string raw; std::getline(in, raw);) {
    ++line;
    const std::string content = raw.substr(0, raw.find('#'));
    const Words words = words_of(content);
    if (words.empty()) continue;
    Cursor cursor(words, line);
    if (cursor.accept("scenario")) {
      scenarios.push_back({line, cursor.rest_as_text(), {}, {}, {}});
      continue;
    }
    if (scenarios.empty()) throw Complaint(line, "the file begins with a line 'scenario …'");
    Scenario& scenario = scenarios.back();
    if (scenario.end) throw Complaint(line, "nothing follows 'end' but another scenario");
    if (cursor.accept("with")) {
      while (!cursor.at_end()) scenario.settings.add(cursor.next("a setting"));
    } else if (words[0] == "end") {
      scenario.end = read_end(content.substr(content.find("end") + 3), line);
    } else {
      scenario.steps.push_back(read_step(cursor));
      const std::size_t count = scenario.steps.size();
      const bool goes_back = count > 1 && scenario.steps[count - 1].at < scenario.steps[count - 2].at;
      if (goes_back) throw Complaint(line, "time does not go back");
    }
  }
  for (const Scenario& scenario : scenarios) {
    if (!scenario.end) throw Complaint(scenario.line, "the scenario has no 'end' line");
  }
  if (scenarios.empty()) throw Complaint(1, "the file holds no scenario");
  return scenarios;
}

}  // namespace scenario
