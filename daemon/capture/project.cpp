#include "capture/project.hpp"

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

} // namespace

std::vector<std::string> project_requirements(const fs::Tree& tree, const std::string& project)
{
    std::vector<std::string> found;
    if (project.empty()) return found;
    if (const auto text = tree.read(project + "/pyproject.toml", k_file_cap)) add_pyproject(*text, found);
    if (const auto text = tree.read(project + "/requirements.txt", k_file_cap)) add_requirements_txt(*text, found);
    return found;
}

} // namespace envfix::capture
