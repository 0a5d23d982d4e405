#include "capture/stated_requirements.hpp"

#include "formats/asked_packages.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace envfix::capture {

namespace {

constexpr std::size_t k_file_cap = 256UL * 1024;
constexpr std::size_t k_most = 1000;

void add(std::vector<std::string>& out, std::string requirement)
{
    // The control characters of a TOML string belong into no requirement.
    const bool plain = std::ranges::none_of(requirement, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    const bool known = std::ranges::find(out, requirement) != out.end();
    if (plain && !requirement.empty() && !known && out.size() < k_most) out.push_back(std::move(requirement));
}

std::string written(const toml::node& value)
{
    if (const auto* text = value.as_string()) return '"' + text->get() + '"';
    std::ostringstream out;
    value.visit([&](const auto& each) { out << each; });
    auto line = out.str();
    std::ranges::replace(line, '\n', ' ');
    return line;
}

void add_pyproject(const std::string& text, std::vector<std::string>& out)
{
    const toml::parse_result parsed = toml::parse(std::string_view{text});
    if (!parsed) return;
    const auto project = parsed.table()["project"];
    if (const auto* python = project["requires-python"].as_string()) add(out, "python" + python->get());
    if (const auto* list = project["dependencies"].as_array()) {
        for (const auto& item : *list) {
            if (const auto* requirement = item.as_string()) add(out, requirement->get());
        }
        return;
    }
    if (const auto* table = parsed.table()["tool"]["poetry"]["dependencies"].as_table()) {
        for (const auto& [key, value] : *table) {
            if (key.str() != "python") add(out, std::string(key.str()) + " = " + written(value));
        }
    }
}

} // namespace

std::vector<std::string> stated_requirements(const fs::Tree& tree, const std::string& project)
{
    std::vector<std::string> found;
    if (const auto text = tree.read(project + "/pyproject.toml", k_file_cap)) add_pyproject(*text, found);
    if (const auto text = tree.read(project + "/requirements.txt", k_file_cap)) {
        for (auto& line : formats::requirement_lines(*text, k_most)) add(found, std::move(line));
    }
    return found;
}

} // namespace envfix::capture
