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

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The digits that begin `text`, at most three.
std::string_view digits(std::string_view text)
{
    std::size_t end = 0;
    while (end < text.size() && end < 3 && is_digit(text[end])) ++end;
    return text.substr(0, end);
}

/// "3.11" of "…/lib/python3.11/…" and of "C:/Python311/…"; empty where the path has no such folder.
std::string version_of(std::string_view path)
{
    constexpr std::string_view k_mark = "/python";
    for (auto at = path.find(k_mark); at != std::string_view::npos; at = path.find(k_mark, at + 1)) {
        const auto rest = path.substr(at + k_mark.size());
        if (rest.empty() || (rest.front() != '3' && rest.front() != '2')) continue;
        const bool dotted = rest.size() > 1 && rest[1] == '.';
        const auto minor = digits(rest.substr(dotted ? 2 : 1));
        const auto after = rest.substr((dotted ? 2 : 1) + minor.size());
        if (minor.empty() || after.empty() || (after.front() != '/' && after.front() != '-')) continue;
        return std::string(1, rest.front()) + "." + std::string(minor);
    }
    return {};
}

/// What the system's own Python looks into, whatever the folder is called, is one install.
std::string install_of(std::string_view root)
{
    std::string name(root);
    if (const auto wide = name.find("/lib64/"); wide != std::string::npos) name.replace(wide, 7, "/lib/");
    // An old virtualenv has its lib a second time.
    if (const auto local = name.find("/local/lib/"); local != std::string::npos && local > 0 && !name.starts_with("/usr/")) {
        name.erase(local, 6);
    }
    return name;
}

/// With slashes, and a path of Windows in small letters: there they are the same.
std::string plain(std::string_view path)
{
    std::string name(path);
    const bool windows = name.find('\\') != std::string::npos || (name.size() > 2 && name[1] == ':');
    std::ranges::replace(name, '\\', '/');
    if (windows) std::ranges::transform(name, name.begin(), lower);
    return name;
}

bool ends_path(char c)
{
    return c == '"' || c == '\'' || c == ' ' || c == '(' || c == ')' || c == ',' || c == '`' || c == '<' || c == '>';
}

/// Where the path that ends before `end` begins: behind a quote, a space, a bracket.
std::string_view path_before(std::string_view line, std::size_t end)
{
    std::size_t begin = end;
    while (begin > 0 && end - begin < k_longest_path && !ends_path(line[begin - 1])) --begin;
    return line.substr(begin, end - begin);
}

/// The file of the line's frame, or the file that the line blames; empty: none.
std::string_view file_of(std::string_view line)
{
    constexpr std::string_view k_mark = "File \"";
    if (const auto at = line.find(k_mark); at != std::string_view::npos) {
        const auto begin = at + k_mark.size();
        const auto end = line.find('"', begin);
        return end == std::string_view::npos ? std::string_view{} : line.substr(begin, end - begin);
    }
    // "~/x/y.py in <module>", "/x/y.py:12 in f", "/x/y.py:12: in f", "(/x/y.py)", "Error: /x/y.so: …"
    for (auto at = line.find(".py"); at != std::string_view::npos; at = line.find(".py", at + 1)) {
        auto end = at + 3;
        if (end < line.size() && line[end] == 'c') ++end;
        const auto rest = line.substr(end);
        const bool numbered = rest.size() > 1 && rest[0] == ':' && is_digit(rest[1]);
        if (numbered || rest.starts_with(" in ") || rest.starts_with(")")) return path_before(line, end);
    }
    constexpr std::string_view k_error = "Error: /";
    if (const auto at = line.find(k_error); at != std::string_view::npos) {
        const auto begin = at + k_error.size() - 1;
        const auto end = line.find_first_of(": ", begin);
        const auto path = line.substr(begin, end - begin);
        if (end != std::string_view::npos && path.ends_with(".so")) return path;
    }
    return {};
}

} // namespace

std::string_view name_of(FrameFact fact)
{
    switch (fact) {
    case FrameFact::several_installs: return "several-installs";
    case FrameFact::two_pythons: return "two-pythons";
    case FrameFact::two_venvs: return "two-venvs";
    case FrameFact::two_package_pythons: return "two-package-pythons";
    case FrameFact::fails_in_packages: return "fails-in-packages";
    case FrameFact::imports_itself: return "imports-itself";
    case FrameFact::foreign_library: return "foreign-library";
    }
    return {};
}

void Frames::see_path(std::string_view path)
{
    const auto name = plain(path.substr(0, k_longest_path));
    const auto version = version_of(name);
    if (!version.empty()) insert(m_versions, version);
    m_last_in_packages = false;
    for (const std::string_view folder : {"/site-packages/", "/dist-packages/"}) {
        const auto at = name.find(folder);
        if (at == std::string::npos || at == 0) continue;
        m_last_in_packages = true;
        auto root = install_of(std::string_view(name).substr(0, at));
        // pip builds in an environment of its own; what fails there is not a mixture.
        if (root.find("pip-build-env") != std::string::npos) continue;
        if (!version.empty()) insert(m_package_versions, version);
        const bool venv = root.find("venv") != std::string::npos || root.find("/envs/") != std::string::npos;
        if (venv) insert(m_venvs, root);
        insert(m_installs, std::move(root));
    }
    see_library(name);
}

/// Debian's Python alone reads dist-packages, and its standard library is /usr/lib. A virtualenv of old has a copy of it.
void Frames::see_library(std::string_view name)
{
    if (name.starts_with("/usr/") && name.find("/dist-packages/") != std::string_view::npos) m_distribution_packages = true;
    const auto at = name.find("/lib/python");
    if (m_last_in_packages || at == std::string_view::npos || version_of(name).empty()) return;
    const auto prefix = name.substr(0, at);
    const bool copied = prefix.find("venv") != std::string_view::npos || prefix.find("virtualenv") != std::string_view::npos ||
                        prefix.ends_with("/env");
    if (prefix != "/usr" && !prefix.empty() && !copied) m_foreign_library = true;
}

/// The part of an absolute path that names an environment: "/v" of "/v/lib/python3.11/site-packages/x.py" and of "/v/bin/pip".
/// The user's own site is named by the folder of its packages; the system's programs name nothing.
void Frames::see_place(std::string_view path)
{
    if (!path.starts_with('/') || path.size() > k_longest_path) return;
    model::NamedPlace place;
    for (const std::string_view folder : {"/site-packages", "/dist-packages"}) {
        const auto at = path.find(folder);
        if (at == std::string_view::npos) continue;
        place = {.path = std::string(path.substr(0, at)), .version = version_of(path)};
        const auto lib = place.path.rfind("/lib");
        const bool user = place.path.find("/.local/lib") != std::string::npos;
        if (user) {
            place.path += folder;
        } else if (folder == "/dist-packages" && place.path.starts_with("/usr/")) {
            place.path = "/usr"; // Debian's Python reads /usr/local/lib/python3.X/dist-packages as well
        } else if (lib != std::string::npos && lib > 0) {
            place.path.resize(lib);
        }
    }
    if (place.path.empty()) {
        const auto bin = path.find("/bin/");
        const auto prefix = bin == std::string_view::npos ? std::string_view{} : path.substr(0, bin);
        if (prefix.empty() || prefix == "/usr" || prefix == "/usr/local") return;
        place.path = std::string(prefix);
    }
    std::erase_if(m_places, [&](const auto& known) { return known == place; });
    if (m_places.size() == k_most) m_places.erase(m_places.begin());
    m_places.push_back(std::move(place));
}

/// "x.py" that was started and imports x is run a second time, as /srv/x.py: two bodies of one file, one after the other. Folders
/// that differ are two modules of one name, such as the models of two parts of a program.
void Frames::see_body(std::string_view line, std::string_view path)
{
    if (path.starts_with('<')) return; // the import system's own frames, where a debugger shows them
    if (m_last_in_packages || line.find("in <module>") == std::string_view::npos) {
        m_last_body.clear();
        return;
    }
    auto name = plain(path.substr(0, k_longest_path));
    const auto folder = [](std::string_view file) { return file.substr(0, file.rfind('/') + 1); };
    const std::string_view last = m_last_body;
    const auto before = folder(last);
    const auto now = folder(name);
    const bool same_name = !last.empty() && last.substr(before.size()) == std::string_view(name).substr(now.size());
    if (same_name && (before == now || before.size() <= 1 || now.size() <= 1)) m_imports_itself = true;
    m_last_body = std::move(name);
}

void Frames::see(std::string_view line)
{
    if (const auto file = file_of(line); !file.empty()) {
        see_path(file);
        see_place(file);
        see_body(line, file);
        return;
    }
    // "bash: /v/bin/pip: /old/bin/python3: bad interpreter", "No such file or directory: '/v/bin/python'"
    constexpr std::string_view k_bin = "/bin/";
    const auto bin = line.find(k_bin);
    if (bin == std::string_view::npos) return;
    const auto path = path_before(line, bin);
    if (path.starts_with('/')) see_place(line.substr(bin - path.size(), path.size() + k_bin.size()));
}

bool Frames::holds(FrameFact fact) const
{
    switch (fact) {
    case FrameFact::several_installs: return m_installs.size() > 1;
    case FrameFact::two_pythons: return m_versions.size() > 1;
    case FrameFact::two_venvs: return m_venvs.size() > 1;
    case FrameFact::two_package_pythons: return m_package_versions.size() > 1;
    case FrameFact::fails_in_packages: return m_last_in_packages;
    case FrameFact::imports_itself: return m_imports_itself;
    case FrameFact::foreign_library: return m_distribution_packages && m_foreign_library;
    }
    return false;
}

} // namespace envfix::symptoms
