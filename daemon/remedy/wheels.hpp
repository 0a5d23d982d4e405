#pragma once

#include "base/result.hpp"
#include "remedy/pip.hpp"

#include <asio/awaitable.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

/// Wheels that plans name: below `surroundings.wheels`, each in a folder named by its SHA-256.
namespace envfix::remedy {

struct Wheel {
    std::string name;    ///< PEP 503
    std::string version; ///< as pip wants it: "1.15.1"
    std::string file;    ///< "cffi-1.15.1-cp311-cp311-linux_x86_64.whl"
    std::string sha256;
    std::string source; ///< an absolute path, a URL without password, or the settings in words

    bool operator==(const Wheel&) const = default;
};

/// Asks pip for the one wheel that fits this requirement and this interpreter, from an index or
/// from folders, and keeps it. `requirement` is a name and specifiers.
/// ErrorCode::not_found: no wheel fits; the message says what there is. io: the index cannot be
/// reached.
asio::awaitable<Result<Wheel>> fetch_wheel(Pip pip, std::string requirement, PipSettings settings,
                                           Surroundings surroundings);

/// The same for several requirements, by one call of pip; in the order of the requirements.
/// ErrorCode::not_found where one of them has no wheel: the message holds pip's own words.
asio::awaitable<Result<std::vector<Wheel>>> fetch_wheels(Pip pip,
                                                         std::vector<std::string> requirements,
                                                         PipSettings settings,
                                                         Surroundings surroundings);

/// Removes the wheels that no plan names and that have lain there since before `oldest_ns` (wall
/// clock, nanoseconds since the epoch), and what broken downloads left. `in_use` holds their
/// SHA-256.
Result<void> expire_wheels(const std::string& wheels, const std::set<std::string>& in_use,
                           std::int64_t oldest_ns);

/// Why pip found nothing, for a person. Pure.
Error fetch_error(const std::string& requirement, const process::Ended& ended,
                  const PipSettings& settings);

} // namespace envfix::remedy
