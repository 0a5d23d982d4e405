#include "policy/steps.hpp"

#include "pep/specifier_set.hpp"
#include "policy/fix_policy.hpp"
#include "policy/names.hpp"

#include <algorithm>
#include <array>

namespace envfix::policy {

namespace {

using model::StepKind;
using model::StepTemplate;

constexpr std::size_t k_most_rungs = 16;
constexpr std::size_t k_most_steps = 8;
constexpr std::size_t k_most_names = 64;

constexpr std::array<std::string_view, 6> k_steps{"advise",          "pip", "quarantine", "restore",
                                                  "system-packages", "venv"};

bool is_version_number(std::string_view text)
{
    bool at_start = true;
    if (text.size() > 16) return false;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && (c != '.' || at_start)) return false;
        at_start = !digit;
    }
    return !at_start;
}

/// A name of a Debian, Red Hat or Alpine package.
bool is_system_package(std::string_view text)
{
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 128 && plain(text.front()) &&
           std::ranges::all_of(text, [&](char c) {
               return plain(c) || c == '.' || c == '+' || c == '-' || c == '_';
           });
}

/// "cffi", or "cffi>=1.16" where `with_versions`.
void check_distribution(Reader& reader, const Node& node, std::string_view text, bool with_versions)
{
    const auto end = text.find_first_of("<>=!~");
    auto name = text.substr(0, end);
    while (name.ends_with(' '))
        name.remove_suffix(1);
    if (!is_distribution_name(name)) {
        reader.problem(node.at, "not the name of a distribution");
    } else if (end != std::string_view::npos && !with_versions) {
        reader.problem(node.at, "a name without a version; this step takes what is installed");
    } else if (end != std::string_view::npos && !pep::SpecifierSet::parse(text.substr(end))) {
        reader.problem(node.at, "bad version specifier (PEP 440); such as '>=1.16,<2'");
    }
}

std::vector<std::string> read_distributions(Reader& reader, const Node& node, std::string_view what,
                                            bool with_versions)
{
    std::vector<std::string> names;
    const auto items = reader.list(node, what);
    if (items.size() > k_most_names) {
        reader.problem(node.at, "more than 64 distributions in one step");
        return names;
    }
    for (const auto* item : items) {
        const auto text = reader.text(*item, what);
        if (!text) continue;
        check_distribution(reader, *item, *text, with_versions);
        names.push_back(*text);
    }
    return names;
}

bool is_url(std::string_view text)
{
    const bool known =
        text.starts_with("https://") || text.starts_with("http://") || text.starts_with("file:///");
    return known && text.find_first_of(" \t\n") == std::string_view::npos;
}

void read_pip(Reader& reader, const Node& node, std::string_view home, StepTemplate& step)
{
    MapReader map(reader, node, "'pip'",
                  {"install", "reinstall", "uninstall", "index-url", "find-links"});
    constexpr std::array<std::pair<std::string_view, StepKind>, 3> k_verbs{{
        {"install", StepKind::pip_install},
        {"reinstall", StepKind::pip_reinstall},
        {"uninstall", StepKind::pip_uninstall},
    }};
    int verbs = 0;
    for (const auto& [verb, kind] : k_verbs) {
        const auto* names = map.find(verb);
        if (names == nullptr) continue;
        ++verbs;
        step.kind = kind;
        step.distributions =
            read_distributions(reader, *names, verb, kind != StepKind::pip_uninstall);
    }
    if (map.valid() && verbs != 1) {
        reader.problem(map.at(), "'pip' needs one of install, reinstall and uninstall");
    }
    if (const auto* index = map.find("index-url")) {
        const auto url = reader.text(*index, "index-url");
        if (url && !is_url(*url)) reader.problem(index->at, "'index-url' must be an https URL");
        step.index_url = url.value_or("");
    }
    if (const auto* links = map.find("find-links")) {
        for (const auto* item : reader.list(*links, "find-links")) {
            const auto text = reader.text(*item, "find-links");
            if (!text) continue;
            if (!is_url(*text) && !text->starts_with('/') && !text->starts_with("~/")) {
                reader.problem(item->at, "'find-links' must be an absolute folder or a URL");
            }
            step.find_links.push_back(expand_home(*text, home));
        }
    }
}

void read_venv(Reader& reader, const Node& node, StepTemplate& step)
{
    MapReader map(reader, node, "'venv'", {"create", "recreate"});
    const auto* create = map.find("create");
    const auto* recreate = map.find("recreate");
    if (!map.valid()) return;
    if ((create == nullptr) == (recreate == nullptr)) {
        reader.problem(map.at(), "'venv' needs one of create and recreate");
        return;
    }
    step.kind = create != nullptr ? StepKind::venv_create : StepKind::venv_recreate;
    MapReader inner(reader, create != nullptr ? *create : *recreate, "a step of 'venv'",
                    {"python", "system-site-packages"});
    if (const auto* sites = inner.find("system-site-packages")) {
        const auto seen = reader.boolean(*sites, "system-site-packages");
        if (create != nullptr) {
            reader.problem(sites->at, "'system-site-packages' is for recreate; a new venv sees no packages but its own");
        } else if (seen.value_or(false)) {
            reader.problem(sites->at, "'system-site-packages' can only be false; what the old venv says is kept without it");
        }
        step.isolated = true;
    }
    const auto* pythons = inner.require("python");
    if (pythons == nullptr) return;
    for (const auto* item : reader.list(*pythons, "python")) {
        const auto text = reader.text(*item, "python");
        if (!text) continue;
        if (*text == "same" && create != nullptr) {
            reader.problem(item->at, "'same' is for recreate; a new venv has none to be the same as");
        } else if (*text != "same" && !is_version_number(*text)) {
            reader.problem(item->at, "'python' must be a version such as \"3.13\", or 'same'");
        }
        step.pythons.push_back(*text);
    }
}

void read_system_packages(Reader& reader, const Node& node, StepTemplate& step)
{
    step.kind = StepKind::system_packages;
    MapReader map(reader, node, "'system-packages'", {"apk", "apt", "dnf", "pacman", "zypper"});
    if (!map.valid()) return;
    for (const auto& entry : node.entries) {
        if (entry.value.kind == Node::Kind::empty) continue;
        for (const auto* item : reader.list(entry.value, "packages")) {
            const auto text = reader.text(*item, "packages");
            if (!text) continue;
            if (!is_system_package(*text)) reader.problem(item->at, "not the name of a package");
            step.distributions.push_back(entry.key + ":" + *text);
        }
    }
    if (node.entries.empty()) reader.problem(node.at, "'system-packages' names no package manager");
}

StepTemplate read_step(Reader& reader, const Node& node, std::string_view home)
{
    StepTemplate step;
    if (node.kind != Node::Kind::map || node.entries.size() != 1) {
        reader.problem(node.at, "a step must be a map with one key: " + joined(k_steps, "or"));
        return step;
    }
    const auto& [key, at, value] = node.entries.front();
    if (value.kind == Node::Kind::empty) {
        MapReader(reader, node, "a step",
                  {"advise", "pip", "quarantine", "restore", "system-packages", "venv"});
    } else if (key == "restore") {
        step.kind = StepKind::restore;
        step.distributions = read_distributions(reader, value, "restore", false);
    } else if (key == "pip") {
        read_pip(reader, value, home, step);
    } else if (key == "venv") {
        read_venv(reader, value, step);
    } else if (key == "quarantine") {
        constexpr std::array<std::string_view, 3> k_what{"duplicates", "impostors", "leftovers"};
        step.kind = StepKind::quarantine;
        step.quarantine = reader.word(value, "quarantine", k_what).value_or("");
    } else if (key == "advise") {
        step.kind = StepKind::advise;
        step.text = reader.text(value, "advise").value_or("");
    } else if (key == "system-packages") {
        read_system_packages(reader, value, step);
    } else {
        MapReader(reader, node, "a step",
                  {"advise", "pip", "quarantine", "restore", "system-packages", "venv"});
    }
    return step;
}

/// What cannot be proved, or exchanges everything, cannot be one half of a rung.
bool stands_alone(const Node& step)
{
    return step.kind == Node::Kind::map && step.entries.size() == 1 &&
           (step.entries.front().key == "advise" || step.entries.front().key == "venv");
}

} // namespace

std::string expand_home(std::string_view path, std::string_view home)
{
    if (home.empty() || !(path == "~" || path.starts_with("~/"))) return std::string(path);
    return std::string(home) + std::string(path.substr(1));
}

std::vector<std::vector<StepTemplate>> read_ladder(Reader& reader, const Node& node,
                                                   std::string_view home)
{
    std::vector<std::vector<StepTemplate>> ladder;
    if (node.kind != Node::Kind::list || node.items.empty()) {
        reader.problem(node.at, "'do' must be a list of steps, best first");
        return ladder;
    }
    if (node.items.size() > k_most_rungs) {
        reader.problem(node.at, "'do' has more than 16 rungs");
        return ladder;
    }
    for (const auto& rung : node.items) {
        auto& steps = ladder.emplace_back();
        if (rung.kind != Node::Kind::list) {
            steps.push_back(read_step(reader, rung, home));
            continue;
        }
        if (rung.items.empty() || rung.items.size() > k_most_steps) {
            reader.problem(rung.at, "a rung must have 1 to 8 steps");
            continue;
        }
        for (const auto& item : rung.items) {
            steps.push_back(read_step(reader, item, home));
            if (rung.items.size() > 1 && stands_alone(item)) {
                reader.problem(item.at, "'advise' and 'venv' must be a rung of their own");
            }
        }
    }
    return ladder;
}

} // namespace envfix::policy
