// SPDX-License-Identifier: Apache-2.0
/// @file types.hpp – the numbers of the DNS protocol.
///
/// Purpose    types, classes, opcodes, rcodes, flags and sizes of DNS messages.
/// Threads    constants.
/// RFC        1035 §3.2, §4.1.1; 6891 §6; 8767 §4 (TTLs); 8914 §4 (extended errors); 9715 (1232).
#pragma once

#include <cstddef>
#include <cstdint>

namespace dns {

inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kMaxNameBytes = 255;  // wire form, root label included
inline constexpr std::size_t kMaxLabelBytes = 63;
inline constexpr std::size_t kClassicUdpBytes = 512;   // without EDNS
inline constexpr std::size_t kUdpPayloadBytes = 1232;  // our largest UDP message, both ways
inline constexpr std::size_t kMaxMessageBytes = 65'535;
inline constexpr std::uint32_t kMaxTtlSec = 0x7fff'ffff;  // larger TTLs are read as this one (8767 §4)

enum class Opcode : std::uint8_t { kQuery = 0, kIquery = 1, kStatus = 2, kNotify = 4, kUpdate = 5, kDso = 6 };

enum class Rcode : std::uint16_t {
  kNoError = 0,
  kFormErr = 1,
  kServFail = 2,
  kNxDomain = 3,
  kNotImp = 4,
  kRefused = 5,
  kBadVers = 16,
  kBadCookie = 23,
};

enum class QType : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kHinfo = 13,
  kMx = 15,
  kTxt = 16,
  kRp = 17,
  kAfsdb = 18,
  kSig = 24,
  kKey = 25,
  kPx = 26,
  kAaaa = 28,
  kNxt = 30,
  kSrv = 33,
  kNaptr = 35,
  kKx = 36,
  kDname = 39,
  kOpt = 41,
  kDs = 43,
  kRrsig = 46,
  kNsec = 47,
  kNsec3 = 50,
  kTkey = 249,
  kTsig = 250,
  kIxfr = 251,
  kAxfr = 252,
  kMailb = 253,
  kMaila = 254,
  kAny = 255,
};

enum class QClass : std::uint16_t { kIn = 1, kCh = 3, kHs = 4, kNone = 254, kAny = 255 };

/// Extended DNS error codes that we send. RFC 8914 §4.
enum class Ede : std::uint16_t {
  kNone = 0xffff,  // no option
  kStale = 3,
  kCachedError = 13,
  kNotReady = 14,
  kBlocked = 15,
  kProhibited = 18,
  kStaleNxDomain = 19,
  kNoReachableAuthority = 22,
  kNetworkError = 23,
};

/// Bits of the header's second 16-bit word.
inline constexpr std::uint16_t kFlagQr = 0x8000;
inline constexpr std::uint16_t kFlagAa = 0x0400;
inline constexpr std::uint16_t kFlagTc = 0x0200;
inline constexpr std::uint16_t kFlagRd = 0x0100;
inline constexpr std::uint16_t kFlagRa = 0x0080;
inline constexpr std::uint16_t kFlagZ = 0x0040;
inline constexpr std::uint16_t kFlagAd = 0x0020;
inline constexpr std::uint16_t kFlagCd = 0x0010;
inline constexpr std::uint16_t kOpcodeMask = 0x7800;
inline constexpr std::uint16_t kRcodeMask = 0x000f;

}  // namespace dns
