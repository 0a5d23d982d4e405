#include "symptoms/frames.hpp"

#include <algorithm>
#include <array>

namespace envfix::symptoms {

namespace {

constexpr std::size_t k_most = 16;
constexpr std::size_t k_longest_path = 1024;

void insert(std::set<std::string>& names, std::string name)
{
    if (names.size() < k_most) names.insert(std::move(name));
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// "3.11" of "…/lib/python3.11/…"; empty where the path has no such folder.
std::string version_of(std::string_view path)
{
    constexpr std::string_view k_mark = "/python3.";
    const auto at = path.find(k_mark);
    if (at == std::string_view::npos) return {};
    auto end = at + k_mark.size();
    while (end < path.size() && is_digit(path[end])) ++end;
    if (end == at + k_mark.size() || end == path.size() || path[end] != '/') return {};
    return std::string(path.substr(at + 7, end - at - 7));
}

/// What the system's own Python looks into, whatever the folder is called, is one install.
std::string install_of(std::string_view root)
{
    std::string name(root);
    if (const auto wide = name.find("/lib64/"); wide != std::string::npos) name.replace(wide, 7, "/lib/");
    return name;
}

} // namespace

std::string_view name_of(FrameFact fact)
{
    switch (fact) {
    case FrameFact::several_installs: return "several-installs";
    case FrameFact::two_pythons: return "two-pythons";
    case FrameFact::two_venvs: return "two-venvs";
    }
    return {};
}

void Frames::see_path(std::string_view path)
{
    std::string plain(path.substr(0, k_longest_path));
    std::ranges::replace(plain, '\\', '/');
    if (auto version = version_of(plain); !version.empty()) insert(m_versions, std::move(version));
    for (const std::string_view folder : {"/site-packages/", "/dist-packages/"}) {
        const auto at = plain.find(folder);
        if (at == std::string::npos || at == 0) continue;
        auto root = install_of(std::string_view(plain).substr(0, at));
        // pip builds in an environment of its own; what fails there is not a mixture.
        if (root.find("pip-build-env") != std::string::npos) continue;
        const bool venv = root.find("venv") != std::string::npos || root.find("/envs/") != std::string::npos;
        if (venv) insert(m_venvs, root);
        insert(m_installs, std::move(root));
    }
}

void Frames::see(std::string_view line)
{
    constexpr std::string_view k_mark = "File \"";
    const auto at = line.find(k_mark);
    if (at == std::string_view::npos) return;
    const auto begin = at + k_mark.size();
    const auto end = line.find('"', begin);
    if (end != std::string_view::npos) see_path(line.substr(begin, end - begin));
}

bool Frames::holds(FrameFact fact) const
{
    switch (fact) {
    case FrameFact::several_installs: return m_installs.size() > 1;
    case FrameFact::two_pythons: return m_versions.size() > 1;
    case FrameFact::two_venvs: return m_venvs.size() > 1;
    }
    return false;
}

} // namespace envfix::symptoms
