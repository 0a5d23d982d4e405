#include "capture/chain_link.hpp"

#include "capture/binary.hpp"
#include "capture/debian.hpp"
#include "capture/distributions.hpp"
#include "capture/modules.hpp"
#include "capture/verify.hpp"
#include "formats/direct_url.hpp"
#include "formats/wheel_info.hpp"
#include "pep/name.hpp"

#include <algorithm>

namespace envfix::capture {

namespace {

constexpr std::size_t k_source_cap = 256UL * 1024;
constexpr std::size_t k_direct_url_cap = 64UL * 1024;
constexpr std::size_t k_wheel_cap = 64UL * 1024;
constexpr std::size_t k_longest_version = 64;

/// The quoted text behind `marker` in a source file: `__version__ = "1.15.1"`.
std::string version_in_source(const fs::Tree& tree, const std::string& path, const std::string& marker)
{
    const auto text = tree.read(path, k_source_cap);
    if (!text) return {};
    const auto start = text->find(marker);
    if (start == std::string::npos) return {};
    const auto from = start + marker.size();
    const auto end = text->find_first_of("\"'\n", from);
    if (end == std::string::npos || end - from > k_longest_version) return {};
    return text->substr(from, end - from);
}

/// PEP 610: an editable install's modules lie elsewhere, found by code that we do not run.
bool is_editable(const fs::Tree& tree, const model::Distribution& distribution, const Recall& recall)
{
    if (distribution.form != model::MetadataForm::dist_info) return false;
    const auto text = read_note(tree, distribution.metadata_path + "/direct_url.json", k_direct_url_cap, recall);
    if (!text) return false;
    const auto url = formats::parse_direct_url(*text);
    return url && url->editable;
}

/// What the wheel was built for, as its WHEEL says; empty for what came otherwise.
std::vector<std::string> wheel_tags_of(const fs::Tree& tree, const model::Distribution& distribution, const Recall& recall)
{
    if (distribution.form != model::MetadataForm::dist_info) return {};
    const auto text = read_note(tree, distribution.metadata_path + "/WHEEL", k_wheel_cap, recall);
    return text ? formats::parse_wheel_info(*text).tags : std::vector<std::string>{};
}

/// How what stands in for the link came here.
void read_origin(const LinkView& view, model::LinkState& state)
{
    auto& installed = *state.installed;
    installed.installer = installer_of(view.tree, installed, view.folders.recall());
    installed.editable = is_editable(view.tree, installed, view.folders.recall());
    state.wheel_tags = wheel_tags_of(view.tree, installed, view.folders.recall());
}

} // namespace

model::LinkState find_link(const LinkView& view, const model::ChainLink& link)
{
    model::LinkState state{.distribution = link.distribution};
    const auto wanted = pep::normalize_name(link.distribution);
    for (const auto& distribution : view.distributions) {
        if (distribution.normalized == wanted) {
            if (!state.installed) {
                state.installed = distribution;
            } else {
                state.others.push_back(distribution);
            }
        }
        const bool impostor = std::ranges::any_of(link.impostors, [&](const std::string& name) {
            return pep::normalize_name(name) == distribution.normalized;
        });
        if (impostor) state.impostors.push_back(distribution);
    }
    return state;
}

// They are looked into even where their size is the right one: a disk that lost power gives back zeros.
void read_sources(const LinkView& view, model::LinkState& state)
{
    for (const auto& module : state.imports) {
        const bool is_source = module.kind == model::ModuleKind::package || module.kind == model::ModuleKind::source;
        if (!is_source || !module.path.ends_with(".py")) continue;
        const auto damage = std::ranges::find(state.damaged, module.path, &model::DamagedFile::path);
        if (damage != state.damaged.end() && (damage->actual == "0" || damage->actual.find("; ") != std::string::npos)) continue;
        auto fault = fault_in_source(view.tree, module.path, view.folders.recall());
        if (!fault) {
            const bool in_archive = fault.error().code == ErrorCode::not_found;
            if (!in_archive) view.unreadable.push_back({module.path, std::move(fault).error().message});
            continue;
        }
        if (fault->empty()) continue;
        state.damaged.push_back({.path = module.path,
                                 .distribution = pep::normalize_name(state.distribution),
                                 .damage = model::Damage::hash_differs,
                                 .expected = "Python source",
                                 .actual = *std::move(fault)});
    }
}

namespace {

void read_halves(const LinkView& view, const model::ChainLink& link, model::LinkState& state)
{
    if (link.version_extension.empty()) return;
    if (!link.version_source.empty() && !state.imports.empty()) {
        const auto& package = state.imports.front();
        const bool is_source = package.kind == model::ModuleKind::package ||
                               package.kind == model::ModuleKind::source;
        if (is_source) {
            state.source_version = version_in_source(view.tree, package.location + "/" + link.version_source,
                                                     link.version_marker);
        }
    }
    std::string expected = state.source_version;
    if (expected.empty() && state.installed) expected = state.installed->version;
    for (auto& extension : state.extensions) {
        if (extension.module != link.version_extension || !extension.binary) continue;
        extension.binary->stated_version = version_in_binary(view.tree, extension.path, expected, view.folders.recall());
    }
}

/// Debian's packages are repaired by apt, so the finding has to name them.
void find_debian_package(const LinkView& view, const model::ChainLink& link, model::LinkState& state)
{
    const bool lost = std::ranges::any_of(state.extensions, [](const model::ModuleFile& module) {
        return module.kind == model::ModuleKind::absent || module.kind == model::ModuleKind::namespace_package;
    });
    const bool debian = std::ranges::any_of(view.folders.paths(), [](const std::string& path) {
        return path.ends_with(k_debian_packages);
    });
    if (!lost || !debian) return;
    const auto& module = link.extensions.front();
    state.debian_package = debian_package_of(view.tree, link.distribution, module.substr(module.rfind('.') + 1) + ".");
}

/// Of two copies of which one is Debian's: whose that one is.
void find_owner_of_copy(const LinkView& view, model::LinkState& state)
{
    if (!state.installed || state.others.empty() || !state.debian_package.empty()) return;
    const auto is_debians = [](const model::Distribution& copy) { return copy.location == k_debian_packages; };
    const auto other = std::ranges::find_if(state.others, is_debians);
    if (is_debians(*state.installed)) {
        state.debian_package = debian_owner_of(view.tree, state.installed->metadata_path);
    } else if (other != state.others.end()) {
        state.debian_package = debian_owner_of(view.tree, other->metadata_path);
    }
}

} // namespace

void read_modules(const LinkView& view, const model::ChainLink& link, model::LinkState& state)
{
    if (state.installed) read_origin(view, state);
    for (const auto& module : link.imports) {
        state.imports.push_back(find_module_file(view.tree, view.folders, view.interpreter, module));
    }
    for (const auto& module : link.extensions) {
        state.extensions.push_back(find_module_file(view.tree, view.folders, view.interpreter, module));
    }
    for (const auto* modules : {&state.imports, &state.extensions}) {
        for (const auto& module : *modules) {
            const bool hidden = module.binary && module.binary->format == model::BinaryFile::Format::unreadable;
            if (hidden) view.unreadable.push_back({module.path, "its content could not be read"});
        }
    }
    read_halves(view, link, state);
    find_debian_package(view, link, state);
    find_owner_of_copy(view, state);
}

} // namespace envfix::capture
