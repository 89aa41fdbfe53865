// SPDX-License-Identifier: Apache-2.0
/// @file store.hpp – local data as the data path reads it: names, sets, answers in wire form.
///
/// Purpose    owns what policy::LocalData borrows. The hash key is not part of it: each settings generation brings
///            its own slots and hash.
/// Threads    immutable once built; read by all.
/// Ownership  owns its bytes; never moves or changes while views of it exist: it is shared, not copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/local_data.hpp"

namespace localdata {

class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] policy::LocalTables tables() const noexcept {
    return {.names = names_,
            .sets = sets_,
            .answers = answers_,
            .images = images_,
            .loop_probe = loop_probe_,
            .plain_name = plain_name_};
  }

 private:
  friend class Images;
  friend class Builder;
  std::vector<std::byte> name_bytes_;
  std::vector<std::byte> record_bytes_;
  std::vector<std::uint16_t> ttl_offsets_;
  std::vector<policy::LocalName> names_;
  std::vector<policy::LocalSet> sets_;
  std::vector<policy::LocalAnswer> answers_;
  std::vector<dns::AnswerImage> images_;
  std::uint32_t loop_probe_ = policy::kNoImage;
  std::uint32_t plain_name_ = policy::kNoImage;
};

}  // namespace localdata
