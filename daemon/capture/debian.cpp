#include "capture/debian.hpp"

#include "pep/name.hpp"

namespace envfix::capture {

namespace {
constexpr const char* k_lists = "/var/lib/dpkg/info";
constexpr std::size_t k_list_cap = 1024UL * 1024;

/// The first package whose name begins with `prefix` and whose list holds `text`.
std::string package_with(const fs::Tree& tree, std::string_view prefix, std::string_view text)
{
    const auto folder = tree.directory(k_lists);
    if (!folder) return {};
    const auto entries = folder->list();
    if (!entries) return {};
    constexpr std::string_view k_ending = ".list";
    for (const auto& entry : *entries) {
        if (!entry.name.starts_with(prefix) || !entry.name.ends_with(k_ending)) continue;
        const auto list = folder->read(entry.name, k_list_cap);
        if (!list || list->find(text) == std::string::npos) continue;
        const auto name = entry.name.substr(0, entry.name.size() - k_ending.size());
        return name.substr(0, name.find(':')); // "python3-cffi-backend:amd64"
    }
    return {};
}

} // namespace

std::string debian_package_of(const fs::Tree& tree, std::string_view distribution, std::string_view text)
{
    return package_with(tree, "python3-" + pep::normalize_name(distribution), text);
}

std::string debian_owner_of(const fs::Tree& tree, const std::string& path)
{
    return package_with(tree, "python3-", path + "\n");
}

} // namespace envfix::capture
