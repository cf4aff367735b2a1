#include "recording/beacon.hpp"

#include "crypto/encoding.hpp"

#include <algorithm>
#include <vector>

namespace invigil::recording {

namespace {

enum class Type : std::uint8_t { cosignature = 1, earlier_part = 2, opaque = 3 };

using Bytes = std::vector<std::byte>;

Bytes begin(Type type) { return {static_cast<std::byte>(type)}; }

void put(Bytes& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(number >> shift & 0xffU));
}
void put(Bytes& out, std::span<const std::byte> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

/// The bytes behind the type. Nothing when there are not `size` of them or the type is another.
std::optional<Bytes> content(std::string_view beacon, Type type, std::size_t size) {
  auto bytes = crypto::parse_base64(beacon);
  if (!bytes || bytes->size() != size + 1 || bytes->front() != static_cast<std::byte>(type))
    return std::nullopt;
  bytes->erase(bytes->begin());
  return bytes;
}

std::uint64_t take_number(std::span<const std::byte>& bytes) {
  std::uint64_t number = 0;
  for (const std::byte b : bytes.first(8)) number = number << 8 | std::to_integer<std::uint64_t>(b);
  bytes = bytes.subspan(8);
  return number;
}
template <std::size_t N>
std::array<std::byte, N> take(std::span<const std::byte>& bytes) {
  std::array<std::byte, N> out;
  std::copy_n(bytes.begin(), N, out.begin());
  bytes = bytes.subspan(N);
  return out;
}

}  // namespace

std::string CosignedHead::beacon() const {
  Bytes bytes = begin(Type::cosignature);
  put(bytes, size);
  put(bytes, cosignature.key_id);
  put(bytes, cosignature.time);
  put(bytes, cosignature.signature);
  return crypto::base64(bytes);
}

std::optional<CosignedHead> CosignedHead::parse(std::string_view beacon) {
  const auto bytes = content(beacon, Type::cosignature, 8 + 4 + 8 + 64);
  if (!bytes) return std::nullopt;
  std::span<const std::byte> left{*bytes};
  CosignedHead head;
  head.size = take_number(left);
  head.cosignature.key_id = take<4>(left);
  head.cosignature.time = take_number(left);
  head.cosignature.signature = take<64>(left);
  return head;
}

std::string EarlierHead::beacon() const {
  Bytes bytes = begin(Type::earlier_part);
  put(bytes, size);
  put(bytes, root);
  return crypto::base64(bytes);
}

std::optional<EarlierHead> EarlierHead::parse(std::string_view beacon) {
  const auto bytes = content(beacon, Type::earlier_part, 8 + 32);
  if (!bytes) return std::nullopt;
  std::span<const std::byte> left{*bytes};
  EarlierHead head;
  head.size = take_number(left);
  head.root = take<32>(left);
  return head;
}

std::string opaque_beacon(std::span<const std::byte> bytes) {
  Bytes all = begin(Type::opaque);
  put(all, bytes);
  return crypto::base64(all);
}

}  // namespace invigil::recording
