#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::accounts {

/// A root of the configuration, as it lies there.
struct NamedRoot {
    std::string path;
    std::optional<std::uint32_t> owner; ///< nothing: it could not be looked at
    std::string trouble;                ///< then why

    bool operator==(const NamedRoot&) const = default;
};

/// A root that nobody looks at.
struct RefusedRoot {
    std::string path;
    std::string why;

    bool operator==(const RefusedRoot&) const = default;
};

/// Who looks at which root.
struct Shares {
    std::map<std::uint32_t, std::vector<std::string>> of_accounts; ///< by uid: a worker of that account
    std::vector<std::string> own;                                  ///< root's: the monitor itself, as far as everybody may read
    std::vector<RefusedRoot> refused;

    bool operator==(const Shares&) const = default;
};

/// So many accounts have a worker; the records of all of them stay below MemoryMax.
inline constexpr std::size_t k_most_accounts = 32;

/// The account of a root is whoever owns the folder. No code of root's, and none of the system's own accounts (below `uid_min`,
/// login.defs(5)), is run or watched by a worker.
Shares shares_of(const std::vector<NamedRoot>& roots, std::uint32_t uid_min);

/// Whether something may run as this uid on an account's behalf: not root, not the system's own, not nobody.
bool may_work(std::uint32_t uid, std::uint32_t uid_min);

/// UID_MIN of a text as in login.defs(5); 1000 where it does not say, and never less than 100.
std::uint32_t uid_min_in(std::string_view login_defs);

/// Whether an absolute path is the folder or lies in it, by the text alone; no part of it is "." or "..".
bool lies_below(std::string_view path, std::string_view folder);

} // namespace envfix::accounts
