// The payload of an age file: chunks of 64 KiB, each sealed under its number (STREAM).
#pragma once

#include "crypto/buffered_source.hpp"
#include "crypto/primitives.hpp"

#include <cstdint>
#include <memory>

namespace invigil::crypto {

inline constexpr std::size_t payload_nonce_size = 16;
inline constexpr std::size_t chunk_size = std::size_t{64} << 10;
inline constexpr std::size_t sealed_chunk_size = chunk_size + tag_size;

/// The number of a chunk as its nonce. Never repeats under one key: the counter has 88 bits, and every
/// payload has a key of its own.
[[nodiscard]] Nonce chunk_nonce(std::uint64_t counter, bool last);

/// Seals what is written and appends it to `destination`; `close()` seals the last chunk.
[[nodiscard]] std::unique_ptr<ByteSink> seal_payload(std::unique_ptr<ByteSink> destination, const Key& key);

/// Opens the chunks that begin where `source` stands.
[[nodiscard]] std::unique_ptr<ByteSource> open_payload(BufferedSource source, const Key& key);

}  // namespace invigil::crypto
