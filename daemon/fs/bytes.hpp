#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace envfix::fs {

/// Writes values one after the other for a record of our own: little-endian, texts with their
/// length before them. ByteReader reads the same values in the same order.
class ByteWriter {
public:
    ByteWriter& u8(std::uint8_t value);
    ByteWriter& u32(std::uint32_t value);
    ByteWriter& u64(std::uint64_t value);

    ByteWriter& i64(std::int64_t value) { return u64(static_cast<std::uint64_t>(value)); }

    ByteWriter& boolean(bool value) { return u8(value ? 1 : 0); }

    ByteWriter& text(std::string_view value);

    [[nodiscard]] const std::string& bytes() const { return m_bytes; }

private:
    std::string m_bytes;
};

/// Reads what ByteWriter wrote. After the first value that is not there every further one is 0 or
/// empty, and finish() says so: a record is judged once, at its end.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : m_rest(bytes) {}

    std::uint8_t u8();
    std::uint32_t u32();
    std::uint64_t u64();

    std::int64_t i64() { return static_cast<std::int64_t>(u64()); }

    bool boolean() { return u8() != 0; }

    std::string text();
    /// The length of a list whose elements take `least` bytes or more each; 0 where they cannot all
    /// be there.
    std::size_t count(std::size_t least);

    [[nodiscard]] bool ok() const { return m_ok; }

    /// ErrorCode::malformed unless everything was there and nothing is left. `what` is for the
    /// message.
    [[nodiscard]] Result<void> finish(const std::string& what) const;

private:
    std::string_view take(std::size_t size);

    std::string_view m_rest;
    bool m_ok = true;
};

} // namespace envfix::fs
