// SPDX-License-Identifier: Apache-2.0
/// @file samples.hpp – small traces that tests write and read.
///
/// Purpose    files in a folder that goes with the test; messages and packets made here; events with their text.
/// Threads    one test.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "dns/text.hpp"
#include "net/text.hpp"
#include "trace/source.hpp"

namespace samples {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "trace-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(std::string_view name) const { return (path_ / name).string(); }
  std::string write(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Everything a source has, in batches of an odd size.
inline std::vector<trace::Event> all_of(trace::Source& source, std::size_t batch_size = 7) {
  std::vector<trace::Event> events;
  std::vector<trace::Event> batch(batch_size);
  while (true) {
    const auto count = source.next(batch);
    if (!count) {
      ADD_FAILURE() << count.error().sentence();
      return events;
    }
    if (*count == 0) return events;
    events.insert(events.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

/// A trace that has been read wholly.
struct Read {
  explicit Read(const std::string& path, const trace::OpenOptions& options = {}) {
    auto opened = trace::open(path, dictionary, options);
    if (!opened) {
      error = opened.error().sentence();
      return;
    }
    source = std::move(*opened);
    events = all_of(*source);
  }
  /// "10.0.0.1 www.example. A" of an event.
  std::string text(std::size_t index) const {
    const trace::Question question = dictionary.question(events.at(index).question);
    dns::NameText name;
    dns::TypeText type;
    std::string out(net::to_text(dictionary.client(events.at(index).client).address).view());
    out += ' ';
    out += dns::name_to_text(question.qname, name);
    out += ' ';
    out += dns::type_to_text(question.qtype, type);
    return out;
  }
  std::uint64_t skipped(trace::Skip kind) const { return source->skips().of(kind).count; }
  std::string place(trace::Skip kind) const {
    const auto& places = source->skips().of(kind).places;
    return places.empty() ? "" : places.front();
  }

  trace::Dictionary dictionary;
  std::unique_ptr<trace::Source> source;
  std::vector<trace::Event> events;
  std::string error;
};

// Octets, network order.
inline std::string u8(unsigned value) { return {static_cast<char>(value)}; }
inline std::string u16(unsigned value) { return u8(value >> 8U) + u8(value & 0xffU); }
inline std::string u32(std::uint32_t value) { return u16(value >> 16U) + u16(value & 0xffffU); }

inline std::string wire_name(std::string_view text) {
  dns::NameWire room;
  const base::Bytes wire = dns::name_from_text(text, room);
  std::string out;
  for (const std::byte octet : wire) out += static_cast<char>(octet);
  return out;
}

inline std::string query(unsigned id, std::string_view name, unsigned qtype, bool dnssec_ok = false) {
  std::string out =
      u16(id) + u16(0x0100) + u16(1) + u16(0) + u16(0) + u16(dnssec_ok ? 1 : 0) + wire_name(name) + u16(qtype) + u16(1);
  if (dnssec_ok) out += u8(0) + u16(41) + u16(1232) + u32(0x8000) + u16(0);
  return out;
}

/// An answer with one A record.
inline std::string answer(unsigned id, std::string_view name, std::uint32_t ttl_sec) {
  return u16(id) + u16(0x8180) + u16(1) + u16(1) + u16(0) + u16(0) + wire_name(name) + u16(1) + u16(1) + u16(0xc00c) +
         u16(1) + u16(1) + u32(ttl_sec) + u16(4) + u32(0xc0000201);
}

/// NXDOMAIN with a SOA whose MINIMUM is `ttl_sec`.
inline std::string denial(unsigned id, std::string_view name, std::uint32_t ttl_sec) {
  const std::string soa = u8(0) + u8(0) + u32(1) + u32(2) + u32(3) + u32(4) + u32(ttl_sec);
  return u16(id) + u16(0x8183) + u16(1) + u16(0) + u16(1) + u16(0) + wire_name(name) + u16(1) + u16(1) + u8(0) +
         u16(6) + u16(1) + u32(3'600) + u16(static_cast<unsigned>(soa.size())) + soa;
}

}  // namespace samples
