// SPDX-License-Identifier: Apache-2.0
// What local data says of names, while it is collected. Private to this library.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "dns/types.hpp"
#include "localdata/compiler.hpp"

namespace localdata {

/// Any order will do.
struct WireLess {
  bool operator()(const Wire& a, const Wire& b) const noexcept {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

/// RFC 6303 §3: what an empty zone of ours says, and how long that may be kept.
inline constexpr std::uint32_t kEmptyZoneTtlSec = 10'800;

struct Record {
  Wire owner;  // folded; with the label "*" in front: every name below the rest
  dns::QType qtype{};
  std::uint32_t ttl_sec = 0;
  Wire rdata;
};

struct Rrset {
  std::uint32_t ttl_sec = 0;  // the lowest of its records (RFC 2181 §5.2)
  std::vector<Wire> rdata;
};

/// What a name says of itself, or of the names below it.
struct Saying {
  enum class Kind : std::uint8_t { kUnsaid, kAskUpstream, kAnswers };
  Kind kind = Kind::kUnsaid;
  dns::Rcode otherwise = dns::Rcode::kNoError;  // of types without records
  std::map<dns::QType, Rrset> rrsets;

  [[nodiscard]] bool said() const noexcept { return kind != Kind::kUnsaid; }
  [[nodiscard]] const Rrset* find(dns::QType qtype) const {
    const auto found = rrsets.find(qtype);
    return found == rrsets.end() ? nullptr : &found->second;
  }
};

struct Sayings {
  Saying at;
  Saying below;
  bool is_cut = false;  // apex of a zone of ours
};

/// A name in lower case with its final dot, as wire form. Empty when it is none.
[[nodiscard]] Wire folded_wire(std::string_view name);
[[nodiscard]] std::string name_text(base::Bytes wire);
/// The name without its first label; empty when there is none.
[[nodiscard]] base::Bytes parent_of(base::Bytes name) noexcept;
[[nodiscard]] std::size_t labels_of(base::Bytes name) noexcept;

enum class Standing : std::uint8_t {
  kInsideOnly,  // counts where a shorter name says something
  kEvenAlone,
};

/// All that is said, by name.
class Names {
 public:
  using Map = std::map<Wire, Sayings, WireLess>;

  /// What is wrong with the record beside those that are there, or nothing.
  [[nodiscard]] std::string add(const Record& record);
  [[nodiscard]] bool has(const Wire& name, dns::QType qtype) const;

  /// NXDOMAIN for all below `apex`; says nothing where a suffix stands.
  void add_empty_zone(const Wire& apex);
  /// RFC 6761 §6.3.
  void add_localhost(const Wire& apex);
  /// An uplink answers for this zone: what shorter names say does not count there.
  void ask_upstream(const Wire& zone, Standing standing);
  /// Names of empty zones that have something below them exist: NODATA, not NXDOMAIN (RFC 8020).
  void fill_empty_zones();
  /// A CNAME that leads back to itself, or nothing.
  [[nodiscard]] std::string looping_name() const;

  /// What a question for `name` meets: the longest name that says something, and what it says.
  struct Met {
    const Saying* saying = nullptr;  // null: nothing, or "ask upstream"
    base::Bytes where;
  };
  [[nodiscard]] Met meet(base::Bytes name) const;
  /// The closest zone of ours that holds `name`, or nothing.
  [[nodiscard]] base::Bytes zone_of(base::Bytes name) const;
  [[nodiscard]] const Map& map() const noexcept { return map_; }

 private:
  [[nodiscard]] const Map::value_type* entry(base::Bytes name) const;
  Map map_;
};

}  // namespace localdata
