// The low-level functions of libcrypto: EVP would load OpenSSL's configuration and a provider first, which
// costs more than hashing what we hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.hpp"

#include <openssl/sha.h>

#include <array>

namespace envfix {

struct Sha256::State {
    SHA256_CTX context{};
};

Sha256::Sha256() : m_state(std::make_unique<State>())
{
    SHA256_Init(&m_state->context);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::string_view bytes)
{
    SHA256_Update(&m_state->context, bytes.data(), bytes.size());
}

std::string Sha256::finish()
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256_Final(digest.data(), &m_state->context);
    std::string hex;
    hex.reserve(2 * digest.size());
    constexpr std::string_view k_digits = "0123456789abcdef";
    for (const unsigned char byte : digest) {
        hex += k_digits[byte >> 4U];
        hex += k_digits[byte & 15U];
    }
    return hex;
}

std::string sha256_hex(std::string_view bytes)
{
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

} // namespace envfix
