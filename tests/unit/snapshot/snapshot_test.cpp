// SPDX-License-Identifier: Apache-2.0
// A cache in a file and back: what returns, how old it is, and what is refused.
#include "snapshot/snapshot.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.hpp"
#include "support/cache_world.hpp"

namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""s;
using test::CacheWorld;
using test::Kept;
using test::Key;
using testing::HasSubstr;

constexpr std::int64_t kUnixMs = 1'700'000'000'000;
constexpr std::uint64_t kGroups = 42;
constexpr std::size_t kReader = 3;

/// One A record, its owner a pointer to the question.
struct Address {
  explicit Address(std::uint32_t ttl, std::uint8_t last = 1)
      : records{
            std::byte{0xc0}, std::byte{12}, std::byte{0},   std::byte{1}, std::byte{0}, std::byte{1},   {}, {}, {}, {},
            std::byte{0},    std::byte{4},  std::byte{192}, std::byte{0}, std::byte{2}, std::byte{last}} {
    base::store_be32(records.data() + 6, ttl);
  }
  [[nodiscard]] dns::AnswerImage image() const {
    return {.records = records, .ttl_offsets = offsets, .ancount = 1, .flags = dns::kFlagRa};
  }
  std::array<std::byte, 16> records;
  std::array<std::uint16_t, 1> offsets{6};
};

class Snapshot : public testing::Test {
 protected:
  Snapshot() : folder_(fs::temp_directory_path() / fs::path("snapshot_test." + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~Snapshot() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path file() const { return folder_ / "cache.snapshot"; }
  static void put(CacheWorld& world, const Key& key, const Address& answer, Kept kept,
                  dns::AnswerKind kind = dns::AnswerKind::kPositive) {
    cache::NewEntry entry{.key = key.view(), .hash = key.hash(), .image = answer.image(), .kind = kind};
    entry.ttl_sec = kept.ttl_sec;
    entry.keep_sec = kept.keep_sec;
    ASSERT_NE(world.cache.insert(entry, world.now), nullptr);
  }
  diag::Result<snapshot::Outcome> write(CacheWorld& world, snapshot::Context context = {kGroups, kUnixMs}) {
    snapshot::Progress progress;
    return snapshot::write(
        file(), {.cache = &world.cache, .qsbr = &world.qsbr, .reader = kReader, .now = world.now, .context = context},
        progress);
  }
  diag::Result<snapshot::Outcome> read(CacheWorld& world, snapshot::Context context = {kGroups, kUnixMs}) {
    snapshot::Progress progress;
    const auto keep = [&](std::span<const cache::NewEntry> entries) {
      for (const cache::NewEntry& entry : entries) world.cache.insert(entry, world.now);
      world.reclaim_all();
      return true;
    };
    return snapshot::read(file(), context, test::keyed_hash(), keep, progress);
  }
  void change_byte(std::uintmax_t at) {
    std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(static_cast<std::streamoff>(at));
    const auto old = static_cast<char>(bytes.get());
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(static_cast<char>(old ^ 0x10));
  }

 private:
  fs::path folder_;
};

TEST_F(Snapshot, EveryAnswerReturnsWithWhatWasStored) {
  CacheWorld before;
  for (std::size_t i = 0; i < 2'000; ++i) {
    put(before, test::numbered(i), Address(300, static_cast<std::uint8_t>(i)), {300, 60});
  }
  const auto written = write(before);
  ASSERT_TRUE(written) << written.error().sentence();
  EXPECT_EQ(written->entries, 2'000U);

  CacheWorld after;
  const auto restored = read(after);
  ASSERT_TRUE(restored) << restored.error().sentence();
  EXPECT_EQ(restored->entries, 2'000U);
  for (std::size_t i = 0; i < 2'000; ++i) {
    const cache::Entry* entry = after.get(test::numbered(i));
    ASSERT_NE(entry, nullptr) << i;
    EXPECT_EQ(entry->key(), test::numbered(i).view());
    EXPECT_EQ(entry->image().records.back(), static_cast<std::byte>(i));
    EXPECT_EQ(entry->image().flags, dns::kFlagRa);
    EXPECT_EQ(entry->kind(), dns::AnswerKind::kPositive);
    EXPECT_EQ(entry->ttl_sec(), 300U);
    EXPECT_EQ(test::ttls_of(entry->image()), std::vector<std::uint32_t>{300});
  }
}

// RFC 1035 §3.2.1: time passes for a record wherever it is kept.
TEST_F(Snapshot, AnswersAreOlderByTheirAgeAndByTheTimeInTheFile) {
  CacheWorld before;
  put(before, Key("www.example"), Address(300), {300, 1'000});
  put(before, Key("short.example"), Address(60), {60, 1'000});
  put(before, Key("dead.example"), Address(60), {60, 5});
  before.advance(20s);
  ASSERT_TRUE(write(before));

  CacheWorld after;
  const auto restored = read(after, {kGroups, kUnixMs + 45'500});  // 46 whole seconds at most
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->passed_over, 1U);
  EXPECT_EQ(after.get(Key("dead.example")), nullptr);
  const cache::Entry* fresh = after.get(Key("www.example"));
  ASSERT_NE(fresh, nullptr);
  EXPECT_EQ(fresh->ttl_sec(), 300U - 20U - 46U);
  EXPECT_EQ(test::ttls_of(fresh->image()), std::vector<std::uint32_t>{300 - 20 - 46});
  const cache::Entry* stale = after.get(Key("short.example"));
  ASSERT_NE(stale, nullptr);
  EXPECT_EQ(stale->freshness(after.now), cache::Freshness::kStale);
  EXPECT_EQ(stale->keep_sec(), 1'000U - 6U);
}

TEST_F(Snapshot, NamesThatWereAskedForAreNoNewcomersAfterwards) {
  CacheWorld before;
  put(before, Key("hot.example"), Address(300), {});
  before.get(Key("hot.example"))->note_use();
  ASSERT_TRUE(write(before));
  CacheWorld after;
  ASSERT_TRUE(read(after));
  EXPECT_EQ(after.get(Key("hot.example"))->uses(), 1U);
  EXPECT_EQ(after.cache.details().classes[0].main, 1U);
}

// RFC 9520: a failure is remembered for seconds, and not beyond a restart.
TEST_F(Snapshot, FailuresAreNotWritten) {
  CacheWorld before;
  put(before, Key("www.example"), Address(300), {}, dns::AnswerKind::kFailure);
  const auto written = write(before);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->entries, 0U);
  EXPECT_EQ(written->passed_over, 1U);
  CacheWorld after;
  EXPECT_TRUE(read(after)) << "an empty file is a good one";
}

TEST_F(Snapshot, AnyChangedByteIsFoundBeforeAnythingIsUsed) {
  CacheWorld before;
  for (std::size_t i = 0; i < 50; ++i) put(before, test::numbered(i), Address(300), {});
  ASSERT_TRUE(write(before));
  const auto size = fs::file_size(file());
  for (std::uintmax_t at = 0; at < size; at += 7) {
    change_byte(at);
    CacheWorld after;
    const auto restored = read(after);
    EXPECT_FALSE(restored) << "byte " << at;
    EXPECT_EQ(after.cache.stats()[cache::Gauge::kEntries], 0U);
    change_byte(at);
  }
  CacheWorld after;
  EXPECT_TRUE(read(after)) << "and whole again";
}

TEST_F(Snapshot, FileThatIsCutOrTooLongIsDamaged) {
  CacheWorld before;
  for (std::size_t i = 0; i < 50; ++i) put(before, test::numbered(i), Address(300), {});
  ASSERT_TRUE(write(before));
  const auto size = fs::file_size(file());
  for (const std::uintmax_t wrong : {std::uintmax_t{0}, std::uintmax_t{63}, std::uintmax_t{64}, size - 1, size + 1}) {
    ASSERT_TRUE(write(before));
    fs::resize_file(file(), wrong);
    CacheWorld after;
    EXPECT_FALSE(read(after)) << wrong;
    EXPECT_EQ(after.cache.stats()[cache::Gauge::kEntries], 0U);
  }
}

TEST_F(Snapshot, FileOfOtherUplinksOrOfTheFutureIsRefusedWithASentence) {
  CacheWorld before;
  put(before, Key("www.example"), Address(300), {});
  ASSERT_TRUE(write(before));
  CacheWorld after;
  const auto foreign = read(after, {kGroups + 1, kUnixMs});
  ASSERT_FALSE(foreign);
  EXPECT_THAT(foreign.error().sentence(), HasSubstr("other uplinks"));
  const auto future = read(after, {kGroups, kUnixMs - 10'000});
  ASSERT_FALSE(future);
  EXPECT_THAT(future.error().sentence(), HasSubstr("in the future"));
  EXPECT_TRUE(read(after, {kGroups, kUnixMs - 1'000})) << "a clock that was set back a little";
}

TEST_F(Snapshot, FileThatIsNoSnapshotIsNeverReplaced) {
  std::ofstream(file()) << "somebody's letter, which is long enough";
  CacheWorld world;
  const auto refused = write(world);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().sentence(), HasSubstr("is not a cache snapshot"));
  std::string text;
  std::getline(std::ifstream(file()) >> std::ws, text);
  EXPECT_THAT(text, HasSubstr("letter"));
}

TEST_F(Snapshot, NewFileIsItsOwnersAloneAndReplacesTheOldOneWhole) {
  CacheWorld world;
  put(world, Key("www.example"), Address(300), {});
  ASSERT_TRUE(write(world));
  struct stat status {};
  ASSERT_EQ(stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_TRUE(write(world));
  EXPECT_EQ(std::distance(fs::directory_iterator(file().parent_path()), fs::directory_iterator()), 1)
      << "nothing is left beside it";
}

TEST_F(Snapshot, FolderThatIsNotThereIsSaid) {
  CacheWorld world;
  snapshot::Progress progress;
  const auto result = snapshot::write(
      "/nonexistent/x",
      {.cache = &world.cache, .qsbr = &world.qsbr, .reader = kReader, .now = world.now, .context = {}}, progress);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().sentence(), HasSubstr("/nonexistent/x"));
}

TEST_F(Snapshot, WritingThatIsGivenUpLeavesTheOldFile) {
  CacheWorld world;
  put(world, Key("www.example"), Address(300), {});
  ASSERT_TRUE(write(world));
  const auto size = fs::file_size(file());
  snapshot::Progress progress;
  progress.cancel = true;
  EXPECT_FALSE(snapshot::write(
      file(), {.cache = &world.cache, .qsbr = &world.qsbr, .reader = kReader, .now = world.now, .context = {}},
      progress));
  EXPECT_EQ(fs::file_size(file()), size);
}

TEST_F(Snapshot, ReaderSlotIsFreeAfterwards) {
  CacheWorld world;
  put(world, Key("www.example"), Address(300), {});
  ASSERT_TRUE(write(world));
  EXPECT_TRUE(world.qsbr.passed(world.qsbr.begin_grace()));
}

}  // namespace
