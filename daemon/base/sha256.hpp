#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace envfix {

/// SHA-256 (FIPS 180-4) over bytes given in pieces.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void add(std::string_view bytes);

    /// The digest in 64 lower-case hexadecimal digits. The object may not be used afterwards.
    [[nodiscard]] std::string finish();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// The digest of one text, in 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

} // namespace envfix
