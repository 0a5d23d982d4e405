#pragma once

#include "base/result.hpp"
#include "model/snapshot.hpp"

#include <string>
#include <string_view>

/// The distributions that a step of a policy names.
namespace envfix::remedy {

/// A distribution as a policy names it.
struct Wanted {
    std::string name;      ///< as written
    std::string specifier; ///< ">=1.16,<2"; may be empty
    std::string extras{};  ///< "crypto,test"; may be empty

    bool operator==(const Wanted&) const = default;
};

/// Reads "cffi>=1.16" or "PyJWT[crypto]"; what an extra brings in, the plan names as well. ErrorCode::malformed for what is no
/// name or no specifier. Pure.
Result<Wanted> parse_wanted(std::string_view text);

/// What is asked of pip to install a distribution that is not there: the policy's own specifier
/// and those of all that require it here. Pure.
std::string install_requirement(const Wanted& wanted, const model::Snapshot& snapshot);

} // namespace envfix::remedy
