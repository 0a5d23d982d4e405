#include "capture/project.hpp"

#include "pep/name.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <cctype>
#include <string_view>

namespace envfix::capture {

namespace {

constexpr std::size_t k_file_cap = 256UL * 1024;
constexpr std::size_t k_most_requirements = 1000;

std::string_view stripped(std::string_view text)
{
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
    return text;
}

void add_requirements_txt(std::string_view text, std::vector<std::string>& out)
{
    while (!text.empty() && out.size() < k_most_requirements) {
        const auto end = text.find('\n');
        auto line = stripped(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const auto comment = line.find(" #");
        if (comment != std::string_view::npos) line = stripped(line.substr(0, comment));
        // Options (-r, -e, --hash), URLs and paths name no project by themselves.
        const bool names_project = !line.empty() && std::isalnum(static_cast<unsigned char>(line.front())) != 0 &&
                                   line.find("://") == std::string_view::npos;
        if (!names_project) continue;
        const auto option = line.find(" --");
        out.emplace_back(stripped(line.substr(0, option)));
    }
}

void add_pyproject(const std::string& text, std::vector<std::string>& out)
{
    const toml::parse_result parsed = toml::parse(std::string_view{text});
    if (!parsed) return;
    if (const auto* list = parsed.table()["project"]["dependencies"].as_array()) {
        for (const auto& item : *list) {
            const auto* requirement = item.as_string();
            if (requirement != nullptr && out.size() < k_most_requirements) out.push_back(requirement->get());
        }
    }
    if (const auto* table = parsed.table()["tool"]["poetry"]["dependencies"].as_table()) {
        for (const auto& [key, value] : *table) {
            if (key.str() != "python" && out.size() < k_most_requirements) out.emplace_back(key.str());
        }
    }
}

std::string name_in_pyproject(const std::string& text)
{
    const toml::parse_result parsed = toml::parse(std::string_view{text});
    if (!parsed) return {};
    if (const auto* name = parsed.table()["project"]["name"].as_string()) return name->get();
    if (const auto* name = parsed.table()["tool"]["poetry"]["name"].as_string()) return name->get();
    return {};
}

/// The value behind `name =` in setup.cfg, or `name=` in the call in setup.py.
std::string name_in_setup(std::string_view text)
{
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = stripped(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.starts_with("setup(")) line = stripped(line.substr(6));
        if (!line.starts_with("name")) continue;
        line = stripped(line.substr(4));
        if (!line.starts_with('=')) continue;
        line = stripped(line.substr(1));
        const bool quoted = !line.empty() && (line.front() == '"' || line.front() == '\'');
        if (!quoted) return std::string(line);
        const auto closing = line.find(line.front(), 1);
        return closing == std::string_view::npos ? std::string{} : std::string(line.substr(1, closing - 1));
    }
    return {};
}

} // namespace

std::string project_name(const fs::Tree& tree, const std::string& project)
{
    std::string name;
    if (const auto text = tree.read(project + "/pyproject.toml", k_file_cap)) name = name_in_pyproject(*text);
    for (const auto* file : {"/setup.cfg", "/setup.py"}) {
        if (!name.empty()) break;
        if (const auto text = tree.read(project + file, k_file_cap)) name = name_in_setup(*text);
    }
    return pep::normalize_name(name);
}

std::vector<std::string> project_requirements(const fs::Tree& tree, const std::string& project)
{
    std::vector<std::string> found;
    if (project.empty()) return found;
    if (const auto text = tree.read(project + "/pyproject.toml", k_file_cap)) add_pyproject(*text, found);
    if (const auto text = tree.read(project + "/requirements.txt", k_file_cap)) add_requirements_txt(*text, found);
    return found;
}

} // namespace envfix::capture
