// SPDX-License-Identifier: Apache-2.0
// Any octets as a trace of one format: nothing crashes, events are in order and within the dictionary, and a second reading
// gives what the first gave.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "base/contract.hpp"
#include "trace/source.hpp"

namespace fuzz_trace {

/// A file without a name, for readers that want a path.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : fd_(::memfd_create("trace", MFD_CLOEXEC)) {
    SLUICE_REQUIRE(fd_ >= 0 && ::write(fd_, data, size) == static_cast<ssize_t>(size));
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

struct Sum {
  std::uint64_t events = 0;
  std::uint64_t checksum = 0;
  bool ended = false;
  friend bool operator==(const Sum&, const Sum&) = default;
};

inline Sum drain(trace::Source& source, const trace::Dictionary& dictionary) {
  Sum sum;
  std::vector<trace::Event> batch(100);
  std::int64_t last_ns = 0;
  while (true) {
    const auto count = source.next(batch);
    sum.ended = count.has_value();
    if (!count || *count == 0) return sum;
    for (std::size_t i = 0; i < *count; ++i) {
      const trace::Event& event = batch[i];
      SLUICE_REQUIRE(event.at_ns >= last_ns);
      SLUICE_REQUIRE(event.question < dictionary.questions() && event.client < dictionary.clients());
      last_ns = event.at_ns;
      ++sum.events;
      sum.checksum = sum.checksum * 31 + event.question * 7 + event.ttl_sec + static_cast<std::uint64_t>(event.at_ns);
    }
  }
}

inline void read(trace::Format format, const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  trace::Dictionary dictionary({.questions = 1'000, .clients = 1'000});
  trace::OpenOptions options;
  options.format = format;
  const auto source = trace::open(file.path(), dictionary, options);
  if (!source) return;
  const Sum first = drain(**source, dictionary);
  if ((*source)->rewind()) SLUICE_REQUIRE(drain(**source, dictionary) == first);
}

}  // namespace fuzz_trace
