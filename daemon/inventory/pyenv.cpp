#include "inventory/pyenv.hpp"

#include "inventory/names.hpp"
#include "inventory/prefix.hpp"

#include <algorithm>
#include <charconv>

namespace envfix::inventory {

namespace {

constexpr std::size_t k_version_file_cap{16UL * 1024};
constexpr std::string_view k_blanks = " \t\r\n";

/// The micro version in "3.11.7" for the wanted "3.11"; nothing for another or a pre-release.
std::optional<unsigned> micro_of(std::string_view name, std::string_view wanted)
{
    if (!name.starts_with(wanted) || name.substr(wanted.size(), 1) != ".") return std::nullopt;
    name.remove_prefix(wanted.size() + 1);
    unsigned micro = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), micro);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return micro;
}

std::vector<std::string> wanted_versions(const fs::Tree& tree, const std::string& pyenv_root,
                                         std::string_view folder)
{
    while (true) {
        if (const auto text = tree.read(join(folder, ".python-version"), k_version_file_cap)) {
            auto names = parse_python_version(*text);
            if (!names.empty()) return names;
        }
        if (folder == "/") break;
        folder = parent(folder);
    }
    const auto text = tree.read(join(pyenv_root, "version"), k_version_file_cap);
    return text ? parse_python_version(*text) : std::vector<std::string>{};
}

} // namespace

std::vector<std::string> parse_python_version(std::string_view text)
{
    std::vector<std::string> names;
    for (auto line : split_list(text, '\n')) {
        line = line.substr(0, line.find('#'));
        while (!line.empty()) {
            const auto begin = line.find_first_not_of(k_blanks);
            if (begin == std::string_view::npos) break;
            line.remove_prefix(begin);
            const auto end = std::min(line.find_first_of(k_blanks), line.size());
            const auto name = line.substr(0, end);
            line.remove_prefix(end);
            if (name != "." && name != ".." && name.find('/') == std::string_view::npos)
                names.emplace_back(name);
        }
    }
    return names;
}

std::optional<std::string> match_version(const std::vector<std::string>& names,
                                         std::string_view wanted)
{
    for (const std::string_view prefix : {"", "python-"}) {
        std::string_view rest = wanted;
        if (!rest.starts_with(prefix)) continue;
        rest.remove_prefix(prefix.size());
        if (std::ranges::find(names, rest) != names.end()) return std::string(rest);
    }
    std::optional<std::string> best;
    unsigned highest = 0;
    for (const auto& name : names) {
        const auto micro = micro_of(name, wanted);
        if (!micro || (best && *micro <= highest)) continue;
        best = name;
        highest = *micro;
    }
    return best;
}

std::optional<std::string> pyenv_python(const fs::Tree& tree, const Places& places,
                                        const std::string& folder)
{
    const auto versions = pyenv_versions(places);
    if (versions.empty()) return std::nullopt;
    std::vector<std::string> installed;
    if (const auto entries = tree.list(versions)) {
        for (const auto& entry : *entries)
            installed.push_back(entry.name);
    }
    for (const auto& wanted : wanted_versions(tree, std::string(parent(versions)), folder)) {
        if (wanted == "system") return std::nullopt;
        const auto version = match_version(installed, wanted);
        if (!version) continue;
        auto python = join(join(versions, *version), "bin/python3");
        if (tree.exists(python)) return python;
    }
    return std::nullopt;
}

} // namespace envfix::inventory
