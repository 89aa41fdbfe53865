// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include "net/text.hpp"

namespace scenario {
namespace {

unsigned type_of(const std::string& name, int line) {
  const unsigned number = type_number(name);
  if (number == 0) throw Complaint(line, "'" + name + "' is no record type");
  return number;
}

unsigned rcode_of(const std::string& name, int line) {
  const auto number = rcode_number(name);
  if (!number) throw Complaint(line, "'" + name + "' is no rcode");
  return *number;
}

/// Wants `expected` and got `found`, in words.
template <class A, class B>
void require_same(int line, const std::string& what, const A& expected, const B& found) {
  if (expected == found) return;
  const auto text = [](const auto& value) {
    if constexpr (requires { std::to_string(value); }) {
      return std::to_string(value);
    } else {
      return std::string(value);
    }
  };
  throw Complaint(line, what + " is " + text(found) + ", expected " + text(expected));
}

void require_flag(int line, const char* name, bool expected, bool found) {
  if (expected != found) throw Complaint(line, std::string(name) + (found ? " is set" : " is not set"));
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

test::Wire name_wire(const std::string& qname) {
  const std::string bare = qname == "." ? std::string() : qname;
  return test::Wire().name(bare.ends_with('.') ? std::string_view(bare).substr(0, bare.size() - 1)
                                               : std::string_view(bare));
}

unsigned class_of(Options& options, int line) {
  const auto name = options.take("class");
  if (!name || *name == "IN") return 1;
  if (*name == "CH") return 3;
  if (*name == "HS") return 4;
  throw Complaint(line, "class is IN, CH or HS");
}

std::vector<std::byte> from_hex(const std::string& text, int line) {
  std::vector<std::byte> bytes;
  if (text.size() % 2 != 0) throw Complaint(line, "hexadecimal digits come in pairs");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/// A client's OPT as the options say: edns=SIZE, do, version=N, z, nsid, cookie=HEX, option=CODE.
test::Wire opt_of(Options& options, int line) {
  const auto size = options.take_number("edns", line);
  const bool dnssec_ok = options.take_flag("do");
  const auto version = options.take_number("version", line);
  const bool other_flags = options.take_flag("z");
  test::Wire inside;
  if (options.take_flag("nsid")) inside.option(3);
  if (const auto cookie = options.take("cookie")) inside.option(10, test::Wire().append(from_hex(*cookie, line)));
  if (const auto code = options.take_number("option", line))
    inside.option(static_cast<unsigned>(*code), test::Wire().u16(1));
  if (!size && !dnssec_ok && !version && !other_flags && inside.size() == 0) return {};
  const auto ttl = static_cast<std::uint32_t>(version.value_or(0)) << 16U | (dnssec_ok ? 0x8000U : 0U) |
                   (other_flags ? 0x7fffU : 0U);
  return test::Wire().opt(static_cast<unsigned>(size.value_or(1'232)), ttl, inside);
}

}  // namespace

void Runner::run(Scenario scenario) {
  Runner runner(scenario);
  for (Step& step : scenario.steps) {
    try {
      runner.play(step);
    } catch (const Complaint& complaint) {
      throw Complaint(complaint.line() == 0 ? step.line : complaint.line(), complaint.what());
    }
    step.options.require_empty(step.line);
  }
  runner.check_end();
}

void Runner::play(Step& step) {
  stage_.advance_to(step.at);
  switch (step.action) {
    case Action::kClientAsks:
      return client_asks(step);
    case Action::kClientSends:
      return client_sends(step);
    case Action::kExpectQuery:
      return expect_query(step);
    case Action::kUpstreamSays:
      return upstream_says(step);
    case Action::kExpectReply:
      return expect_reply(step);
    case Action::kExpectNoQuery:
    case Action::kExpectNoReply:
      return expect_nothing(step);
    case Action::kPath:
      return stage_.set_path(step.who, step.said == "up", step.line);
    case Action::kWire:
      return stage_.set_wire(step.said == "accepts");
    case Action::kExpectCount:
      return require_same(step.line, step.who, step.said, std::to_string(stage_.count(step.who, step.line)));
  }
}

/// "=U1" is the name that packet U1 asked for.
std::string Runner::name_of(const Step& step) const {
  const std::string& said = step.question.qname;
  if (!said.starts_with('=')) return said;
  const auto asked = named_.find(said.substr(1));
  if (asked == named_.end()) throw Complaint(step.line, "no packet upstream is called " + said.substr(1));
  return asked->second.message.qname;
}

void Runner::client_asks(Step& step) {
  Options& options = step.options;
  const auto id = static_cast<unsigned>(options.take_number("id", step.line).value_or(stage_.next_id()));
  unsigned flags = options.take_number("rd", step.line).value_or(1) != 0 ? dns::kFlagRd : 0U;
  if (options.take_flag("cd")) flags |= dns::kFlagCd;
  if (options.take_flag("ad")) flags |= dns::kFlagAd;
  flags |= static_cast<unsigned>(options.take_number("opcode", step.line).value_or(0)) << 11U;
  const test::Wire opt = opt_of(options, step.line);
  const unsigned klass = class_of(options, step.line);
  const test::Wire message = test::Wire()
                                 .header(id, flags, 1, 0, 0, opt.size() != 0 ? 1 : 0)
                                 .append(name_wire(name_of(step)).view())
                                 .u16(type_of(step.question.qtype, step.line))
                                 .u16(klass)
                                 .append(opt.view());
  stage_.send_from_client(step.who, message.view(), options, step.line);
}

void Runner::client_sends(Step& step) {
  stage_.send_from_client(step.who, from_hex(step.said, step.line), step.options, step.line);
}

void Runner::expect_query(Step& step) {
  const auto sent = stage_.next_query();
  if (!sent) throw Complaint(step.line, "nothing went upstream");
  const Message& message = sent->message;
  if (step.question.qname != "*") require_same(step.line, "the name", step.question.qname, message.qname);
  require_same(step.line, "the type", step.question.qtype, message.qtype);
  Options& options = step.options;
  if (const auto to = options.take("to")) {
    require_same(step.line, "the server", *to, std::string(net::to_text(sent->flow.destination).view()));
  }
  const std::string edns = options.take("edns").value_or("1232");
  require_same(step.line, "edns", edns, message.edns_bytes ? std::to_string(*message.edns_bytes) : std::string("none"));
  require_flag(step.line, "do", options.take_flag("do"), message.dnssec_ok);
  require_flag(step.line, "cd", options.take_flag("cd"), message.has(dns::kFlagCd));
  require_flag(step.line, "rd", true, message.has(dns::kFlagRd));
  require_flag(step.line, "tcp", options.take_flag("tcp"), sent->stream.has_value());
  require_same(step.line, "the class", class_of(options, step.line), message.qclass);
  if (message.nsid || message.cookie) throw Complaint(step.line, "it has options, which are the clients' own");
  if (const auto pair = options.take("pair")) {
    for (const auto& [name, earlier] : named_) {
      const bool same = earlier.flow.source_port == sent->flow.source_port && earlier.message.id == message.id;
      const bool expected = name == *pair;
      if (same && *pair == "new") throw Complaint(step.line, "port and ID are those of " + name);
      if (expected && !same) throw Complaint(step.line, "port and ID are not those of " + name);
    }
  }
  if (!step.name.empty()) named_[step.name] = *sent;
}

void Runner::upstream_says(Step& step) {
  const auto asked = named_.find(step.who);
  if (asked == named_.end()) throw Complaint(step.line, "no packet upstream is called " + step.who);
  Options& options = step.options;
  if (step.said == "closed" && asked->second.stream) return stage_.close_stream(*asked->second.stream);
  const unsigned rcode = rcode_of(step.said, step.line);
  unsigned flags = test::kReplyFlags | (rcode & 0xfU);
  if (options.take_flag("tc")) flags |= dns::kFlagTc;
  if (options.take_flag("aa")) flags |= dns::kFlagAa;
  if (options.take_flag("ad")) flags |= dns::kFlagAd;
  const auto id_change = static_cast<unsigned>(options.take_number("id", step.line).value_or(0));
  const auto qname = options.take("question").value_or(asked->second.message.qname);
  const bool has_opt = rcode > 0xf || options.take_number("edns", step.line).has_value();
  test::Wire message = test::Wire()
                           .header((asked->second.message.id + id_change) & 0xffffU, flags, 1,
                                   static_cast<unsigned>(step.answers.size()),
                                   static_cast<unsigned>(step.authority.size()), has_opt ? 1 : 0)
                           .append(name_wire(qname).view())
                           .u16(type_of(asked->second.message.qtype, step.line))
                           .u16(class_of(options, step.line));
  for (const auto* section : {&step.answers, &step.authority}) {
    for (const std::string& line : *section) {
      const auto record = write_record(line);
      if (!record) throw Complaint(step.line, "'" + line + "' is no record");
      message.append(record->view());
    }
  }
  if (has_opt) message.opt(1'232, static_cast<std::uint32_t>(rcode >> 4U) << 24U);
  const auto cut = static_cast<std::size_t>(options.take_number("cut", step.line).value_or(0));
  message.bytes().resize(message.size() - std::min(cut, message.size()));
  if (asked->second.stream) return stage_.answer_stream(*asked->second.stream, message.view());
  net::Flow flow = asked->second.flow.reversed();
  if (const auto from = options.take("from")) {
    const auto address = net::parse_address(*from);
    if (!address) throw Complaint(step.line, "'" + *from + "' is no address");
    flow.source = *address;
  }
  if (const auto shift = options.take_number("to_port", step.line)) {
    flow.destination_port = base::UdpPort(static_cast<std::uint16_t>(flow.destination_port.value() + *shift));
  }
  stage_.send_from_upstream(flow, message.view());
}

void Runner::expect_reply(Step& step) {
  const auto sent = stage_.next_reply(step.who, step.line);
  if (!sent) throw Complaint(step.line, "nothing came to " + step.who);
  const Message& message = sent->message;
  Options& options = step.options;
  const int line = step.line;
  require_same(line, "the rcode", step.said, message.rcode);
  require_flag(line, "qr", true, message.has(dns::kFlagQr));
  require_flag(line, "tc", options.take_flag("tc"), message.has(dns::kFlagTc));
  require_flag(line, "ad", options.take_flag("ad"), message.has(dns::kFlagAd));
  require_flag(line, "tcp", options.take_flag("tcp"), sent->by_tcp);
  if (options.take_flag("aa")) require_flag(line, "aa", true, message.has(dns::kFlagAa));
  require_flag(line, "cd", options.take_flag("cd"), message.has(dns::kFlagCd));
  if (const auto id = options.take_number("id", line)) require_same(line, "the id", *id, long{message.id});
  if (const auto qname = options.take("qname")) {
    require_same(line, "the name", *qname == "none" ? std::string() : *qname, message.qname);
  }
  if (const auto count = options.take_number("answers", line)) {
    require_same(line, "the number of answers", *count, static_cast<long>(message.data.size()));
  }
  if (const auto count = options.take_number("authority", line)) {
    require_same(line, "the number of authority records", *count, static_cast<long>(message.authority_count));
  }
  if (const auto ttl = options.take_number("ttl", line)) {
    if (message.ttls.empty()) throw Complaint(line, "there is no answer with a ttl");
    for (const std::uint32_t found : message.ttls) require_same(line, "the ttl", *ttl, long{found});
  }
  if (const auto data = options.take("data")) require_same(line, "the data", *data, joined(message.data));
  if (const auto edns = options.take("edns")) {
    require_same(line, "edns", *edns, message.edns_bytes ? std::to_string(*message.edns_bytes) : std::string("none"));
  }
  if (const auto nsid = options.take("nsid")) require_same(line, "nsid", *nsid, message.nsid.value_or("none"));
  if (const auto cookie = options.take("cookie")) {
    require_same(line, "the cookie", *cookie, message.cookie.value_or("none"));
  }
  if (const auto ede = options.take("ede")) {
    require_same(line, "ede", *ede, message.ede ? std::to_string(*message.ede) : std::string("none"));
  }
  if (const auto most = options.take_number("size", line)) {
    if (message.size > static_cast<std::size_t>(*most))
      throw Complaint(line, "it has " + std::to_string(message.size) + " bytes");
  }
}

void Runner::expect_nothing(const Step& step) {
  const bool is_query = step.action == Action::kExpectNoQuery;
  const auto sent = is_query ? stage_.next_query() : stage_.next_reply(step.who, step.line);
  if (!sent) return;
  throw Complaint(step.line, "expected nothing, but there is " + sent->message.rcode + " " + sent->message.qname + " " +
                                 sent->message.qtype);
}

void Runner::check_end() {
  const int line = scenario_->end->line;
  const std::string left = stage_.leftovers();
  if (!left.empty()) throw Complaint(line, "no line expects" + left);
  require_same(line, "mbufs in use", std::size_t{0}, stage_.appliance().packets_held());
  require_same(line, "inflight", std::size_t{0}, stage_.appliance().engine().fetches());
  require_same(line, "drops", scenario_->end->drops, stage_.drops());
  if (!stage_.appliance().conserved())
    throw Complaint(line, "the counters do not add up: a packet has no fate, or two");
}

}  // namespace scenario
