// SPDX-License-Identifier: Apache-2.0
// When each event's item is asked for again: two passes over the trace and a file on disk.
#include "next_use.hpp"

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/contract.hpp"
#include "lane.hpp"

namespace rig {
namespace {

constexpr std::size_t kBatch = 1U << 16U;

/// On disk: first when and what, then when again.
struct Record {
  std::int64_t at_ns = 0;  // later: of the next one
  std::uint32_t item = 0;
  std::uint32_t appliance = 0;
};
static_assert(sizeof(Record) == 16);

}  // namespace

/// A file that is gone when its last holder is.
class NextUse::File {
 public:
  explicit File(int fd) noexcept : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (records_ != nullptr) ::munmap(records_, count_ * sizeof(Record));
    ::close(fd_);
  }

  [[nodiscard]] diag::Status append(std::span<const Record> records) {
    std::span<const std::byte> left = std::as_bytes(records);
    while (!left.empty()) {
      const ssize_t written = ::write(fd_, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return diag::fail(diag::Error::from_errno(errno, "writing the file of next uses"));
      left = left.subspan(static_cast<std::size_t>(written));
    }
    count_ += records.size();
    return {};
  }
  [[nodiscard]] diag::Status map() {
    if (count_ == 0) return {};
    void* const at = ::mmap(nullptr, count_ * sizeof(Record), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (at == MAP_FAILED) return diag::fail(diag::Error::from_errno(errno, "mapping the file of next uses"));
    records_ = static_cast<Record*>(at);
    return {};
  }
  [[nodiscard]] std::span<Record> records() const noexcept { return {records_, count_}; }

 private:
  int fd_;
  std::size_t count_ = 0;
  Record* records_ = nullptr;
};

NextUse::NextUse(std::unique_ptr<File> file) : file_(std::move(file)) {}
NextUse::NextUse(NextUse&&) noexcept = default;
NextUse& NextUse::operator=(NextUse&&) noexcept = default;
NextUse::~NextUse() = default;

diag::Result<NextUse> NextUse::build(trace::Source& source, Catalogue& catalogue, std::uint32_t appliances,
                                     const std::string& folder, const std::function<void()>& on_batch) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {
    return diag::fail(
        diag::Error::from_errno(errno, fmt::format("a temporary file in {} (--temp names another folder)", folder)));
  }
  auto file = std::make_unique<File>(fd);
  if (auto back = source.rewind(); !back) return diag::fail(back.error());
  std::vector<trace::Event> events(kBatch);
  std::vector<Step> steps(kBatch);
  std::vector<Record> records(kBatch);
  for (;;) {
    const auto count = source.next(events);
    if (!count) return diag::fail(count.error());
    if (*count == 0) break;
    catalogue.take(std::span(events).first(*count), std::span(steps).first(*count));
    for (std::size_t i = 0; i < *count; ++i) {
      const std::uint32_t appliance = appliances == 1 ? 0 : appliance_of(steps[i].client, appliances);
      records[i] = {.at_ns = steps[i].at_ns, .item = steps[i].item, .appliance = appliance};
    }
    if (auto kept = file->append(std::span<const Record>(records).first(*count)); !kept) {
      return diag::fail(kept.error());
    }
    on_batch();
  }
  if (auto mapped = file->map(); !mapped) return diag::fail(mapped.error());
  std::vector<std::int64_t> next_at(std::size_t{catalogue.size()} * appliances, Step::kNever);
  const std::span<Record> all = file->records();
  for (std::size_t i = all.size(); i-- != 0;) {
    std::int64_t& next = next_at[std::size_t{all[i].item} * appliances + all[i].appliance];
    std::swap(all[i].at_ns, next);  // what was noted is the later one
  }
  return NextUse(std::move(file));
}

void NextUse::fill(std::span<Step> steps) noexcept {
  const std::span<const Record> all = file_->records();
  SLUICE_REQUIRE(steps.size() <= all.size() - at_);
  for (Step& step : steps) step.next_at_ns = all[at_++].at_ns;
}

}  // namespace rig
