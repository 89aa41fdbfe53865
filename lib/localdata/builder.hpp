// SPDX-License-Identifier: Apache-2.0
// Writes the answers of all names into a Store, each once. Private to this library.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "localdata/store.hpp"
#include "names.hpp"

namespace localdata {

/// Answers as images: records behind the question.
class Images {
 public:
  explicit Images(Store& store) noexcept : store_(store) {}

  /// Owner of a record: the question's name, or another one.
  struct Owner {
    base::Bytes name;  // empty: the question's
  };
  struct Link {
    Owner owner;
    dns::QType qtype{};
    const Rrset* rrset = nullptr;
  };
  /// Answer records in their order; `soa` goes to authority when it is not null.
  struct Draft {
    std::vector<Link> answer;
    dns::Rcode rcode = dns::Rcode::kNoError;
    bool has_soa = false;
    Owner soa;
    std::uint32_t soa_ttl_sec = 0;
  };
  /// Returns the index of the image in the store.
  [[nodiscard]] std::uint32_t add(const Draft& draft);
  /// Makes the views; call it after the last add().
  void finish();

 private:
  struct Place {
    std::size_t record_at = 0;
    std::size_t record_bytes = 0;
    std::size_t ttl_at = 0;
    std::size_t ttls = 0;
  };
  void write(const Owner& owner, dns::QType qtype, std::uint32_t ttl_sec, base::Bytes rdata);
  void write_name(const Owner& owner);
  void write_soa(const Owner& owner, std::uint32_t ttl_sec);
  void u16(std::uint16_t value);
  void u32(std::uint32_t value);

  Store& store_;
  std::vector<Place> places_;
};

class Builder {
 public:
  Builder(const Names& names, std::uint32_t ttl_sec) noexcept : names_(names), ttl_sec_(ttl_sec) {}
  /// The answer of names below `loop_zone` becomes Store::loop_probe, if the zone exists.
  [[nodiscard]] std::shared_ptr<const Store> build(PlainNames plain, const Wire& loop_zone);

 private:
  /// A chain of aliases that was followed.
  struct Chain {
    std::vector<Images::Link> links;
    const NameData* end = nullptr;  // null: the last target is not local data
    base::Bytes end_name;           // empty: the question's
    base::Bytes end_where;          // the name whose data it is
  };
  [[nodiscard]] std::uint32_t place_of(const NameData& data, base::Bytes where);
  [[nodiscard]] Chain follow(const NameData& data, base::Bytes where);
  [[nodiscard]] std::uint32_t positive(const Chain& chain, dns::QType qtype, const Rrset& rrset);
  [[nodiscard]] std::uint32_t negative(const Chain& chain);
  void add_set(const NameData& data, base::Bytes where);
  void add_names(const std::vector<std::pair<Wire, policy::LocalName>>& names);

  const Names& names_;
  std::uint32_t ttl_sec_;
  std::shared_ptr<Store> store_ = std::make_shared<Store>();
  Images images_{*store_};
  std::map<dns::Rcode, std::map<Wire, std::uint32_t, WireLess>> bare_negatives_;  // by owner of the SOA
};

}  // namespace localdata
