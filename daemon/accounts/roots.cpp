#include "accounts/roots.hpp"

#include <algorithm>
#include <charconv>

namespace envfix::accounts {

namespace {

constexpr std::uint32_t k_usual_uid_min = 1000;
constexpr std::uint32_t k_least_uid_min = 100; ///< below are the accounts that Debian itself made
constexpr std::uint32_t k_nobody = 65534;
/// What the instance name of a worker may say: `[1-9][0-9]{3,9}`.
constexpr std::uint32_t k_least_instance = 1000;

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view k_blank = " \t\r";
    const auto begin = text.find_first_not_of(k_blank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(k_blank) - begin + 1);
}

bool has_dots(std::string_view path)
{
    for (const auto* part : {"/./", "/../", "//"}) {
        if (path.find(part) != std::string_view::npos) return true;
    }
    return path.ends_with("/.") || path.ends_with("/..");
}

} // namespace

bool may_work(std::uint32_t uid, std::uint32_t uid_min)
{
    return uid >= std::max(uid_min, k_least_instance) && uid != k_nobody;
}

Shares shares_of(const std::vector<NamedRoot>& roots, std::uint32_t uid_min)
{
    Shares shares;
    const auto refuse = [&](const NamedRoot& root, std::string why) {
        shares.refused.push_back({.path = root.path, .why = std::move(why)});
    };
    for (const auto& root : roots) {
        if (!root.owner) {
            refuse(root, root.trouble);
        } else if (*root.owner == 0) {
            shares.own.push_back(root.path);
        } else if (!may_work(*root.owner, uid_min)) {
            refuse(root, "it belongs to uid " + std::to_string(*root.owner) +
                             ", an account of the system's own (below UID_MIN of /etc/login.defs), and nothing runs as that");
        } else if (!shares.of_accounts.contains(*root.owner) && shares.of_accounts.size() == k_most_accounts) {
            refuse(root, "roots of " + std::to_string(k_most_accounts) + " accounts are looked at, and no more");
        } else {
            shares.of_accounts[*root.owner].push_back(root.path);
        }
    }
    return shares;
}

std::uint32_t uid_min_in(std::string_view login_defs)
{
    constexpr std::string_view k_key = "UID_MIN";
    auto found = k_usual_uid_min;
    while (!login_defs.empty()) {
        const auto end = login_defs.find('\n');
        auto line = trimmed(login_defs.substr(0, end));
        login_defs.remove_prefix(end == std::string_view::npos ? login_defs.size() : end + 1);
        if (!line.starts_with(k_key)) continue;
        line.remove_prefix(k_key.size());
        if (line.empty() || (line.front() != ' ' && line.front() != '\t')) continue;
        line = trimmed(line);
        std::uint32_t value = 0;
        const auto read = std::from_chars(line.data(), line.data() + line.size(), value);
        if (read.ec == std::errc{} && read.ptr == line.data() + line.size()) found = value;
    }
    return std::max(found, k_least_uid_min);
}

bool lies_below(std::string_view path, std::string_view folder)
{
    if (!path.starts_with('/') || has_dots(path)) return false;
    while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
    if (folder == "/") return true;
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

} // namespace envfix::accounts
