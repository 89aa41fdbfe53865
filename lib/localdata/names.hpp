// SPDX-License-Identifier: Apache-2.0
// Local data by name, while it is collected. Private to this library.
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

/// The order does not matter.
struct WireLess {
  bool operator()(const Wire& a, const Wire& b) const noexcept {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

/// RFC 6303 §3: TTL of the records of an empty zone, and of its negative answers.
inline constexpr std::uint32_t kEmptyZoneTtlSec = 10'800;

struct Record {
  Wire owner;  // folded; a first label "*" means every name below the rest
  dns::QType qtype{};
  std::uint32_t ttl_sec = 0;
  Wire rdata;
};

struct Rrset {
  std::uint32_t ttl_sec = 0;  // the lowest of its records (RFC 2181 §5.2)
  std::vector<Wire> rdata;
};

/// Records of a name, or of all names below it.
struct NameData {
  enum class Kind : std::uint8_t { kNone, kAskUpstream, kAnswers };
  Kind kind = Kind::kNone;
  dns::Rcode otherwise = dns::Rcode::kNoError;  // of types without records
  std::map<dns::QType, Rrset> rrsets;

  [[nodiscard]] bool is_set() const noexcept { return kind != Kind::kNone; }
  [[nodiscard]] const Rrset* find(dns::QType qtype) const {
    const auto found = rrsets.find(qtype);
    return found == rrsets.end() ? nullptr : &found->second;
  }
};

struct NameNode {
  NameData at;
  NameData below;
  bool is_cut = false;  // apex of a local zone
};

/// A name in lower case with its final dot, as wire form. Empty when it is none.
[[nodiscard]] Wire folded_wire(std::string_view name);
[[nodiscard]] std::string name_text(base::Bytes wire);
/// The name without its first label; empty when there is none.
[[nodiscard]] base::Bytes parent_of(base::Bytes name) noexcept;
[[nodiscard]] std::size_t labels_of(base::Bytes name) noexcept;

enum class Override : std::uint8_t {
  kLocalZones,  // only inside names that local data answers
  kAlways,
};

/// All local data, by name.
class Names {
 public:
  using Map = std::map<Wire, NameNode, WireLess>;

  /// Returns what is wrong with the record, also in combination with earlier ones, or an empty string.
  [[nodiscard]] std::string add(const Record& record);
  [[nodiscard]] bool has(const Wire& name, dns::QType qtype) const;

  /// NXDOMAIN for all names below `apex`; no effect if a suffix covers them.
  void add_empty_zone(const Wire& apex);
  /// RFC 6761 §6.3.
  void add_localhost(const Wire& apex);
  /// An uplink answers for this zone: data of shorter names does not apply there.
  void ask_upstream(const Wire& zone, Override how);
  /// Names of empty zones with names below them exist: NODATA, not NXDOMAIN (RFC 8020).
  void fill_empty_zones();
  /// The start of a CNAME chain that loops or exceeds kMaxChain, or an empty string.
  [[nodiscard]] std::string looping_name() const;

  /// The data that answers a question for `name`: of the longest name with data.
  struct Match {
    const NameData* data = nullptr;  // null: none, or "ask upstream"
    base::Bytes where;
  };
  [[nodiscard]] Match match(base::Bytes name) const;
  /// The closest local zone that contains `name`, or an empty name.
  [[nodiscard]] base::Bytes zone_of(base::Bytes name) const;
  [[nodiscard]] const Map& map() const noexcept { return map_; }

 private:
  [[nodiscard]] const Map::value_type* entry(base::Bytes name) const;
  Map map_;
};

}  // namespace localdata
