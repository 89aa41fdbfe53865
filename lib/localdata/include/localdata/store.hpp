// SPDX-License-Identifier: Apache-2.0
/// @file store.hpp – local data as the data path wants it: names, sets, ready-made answers.
///
/// Purpose    owns what policy::LocalData borrows. Does not know the appliance's hash: whoever makes a settings
///            generation gives slots and hash.
/// Threads    immutable once built; read by all.
/// Ownership  owns its bytes; never moves once views of it are out, so it is shared, not copied.
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
