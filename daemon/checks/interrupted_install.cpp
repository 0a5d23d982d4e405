#include "checks/interrupted_install.hpp"

#include "checks/facts.hpp"

#include <algorithm>
#include <string_view>

namespace envfix::checks {

namespace {

constexpr std::size_t k_most_evidence = 8;

bool is_module_file(std::string_view path)
{
    return path.ends_with(".py") || path.ends_with(".so");
}

/// Images are slimmed by deleting the tests that packages bring; nothing that runs misses them.
bool is_test_file(std::string_view path)
{
    return path.find("/tests/") != std::string_view::npos ||
           path.find("/test/") != std::string_view::npos;
}

/// The compiled modules that extension-presence has told of already.
bool is_reported_extension(const model::LinkState& link, std::string_view path)
{
    return std::ranges::any_of(link.extensions, [&](const model::ModuleFile& module) {
        if (module.kind == model::ModuleKind::extension) return false;
        const auto leaf = module.module.substr(module.module.rfind('.') + 1);
        const auto name = path.substr(path.rfind('/') + 1);
        return name.starts_with(leaf + ".");
    });
}

model::Findings lost_files(const model::Snapshot& snapshot)
{
    model::Findings found;
    for (const auto& link : snapshot.links) {
        if (!link.impostors.empty()) continue; // wrong-distribution tells why they differ
        model::Finding finding{.code = "interrupted-install",
                               .severity = model::Severity::warning,
                               .distribution = link.distribution};
        std::size_t count = 0;
        for (const auto& file : link.damaged) {
            const bool is_gone = file.damage == model::Damage::missing;
            if (!is_gone && file.damage != model::Damage::not_regular) continue;
            if (is_reported_extension(link, file.path)) continue;
            ++count;
            if (is_module_file(file.path) && !is_test_file(file.path)) {
                finding.severity = model::Severity::error;
            }
            if (finding.evidence.size() < k_most_evidence) {
                finding.evidence.push_back({.path = file.path,
                                            .owner = titled(link),
                                            .expected = "a file that RECORD lists",
                                            .actual = is_gone ? "no such file" : "something that is no file"});
            }
        }
        if (count == 0) continue;
        finding.summary = std::to_string(count) + (count == 1 ? " file" : " files") + " of " +
                          titled(link) + " " + (count == 1 ? "is" : "are") +
                          " missing, though it counts as installed: " + finding.evidence.front().path;
        finding.remedies = {reinstall_command(snapshot, link)};
        found.push_back(std::move(finding));
    }
    return found;
}

/// What keeps Python from using a source, as capture says it; empty: nothing that is known. A file that was edited is no fault.
std::string fault_of(const model::DamagedFile& file)
{
    if (!file.path.ends_with(".py") || is_test_file(file.path)) return {};
    if (file.damage == model::Damage::size_differs && file.actual == "0") return "is empty";
    const auto fault = file.actual.find("; ");
    return fault == std::string::npos ? std::string{} : "has " + file.actual.substr(fault + 2);
}

/// Whether an import of the link executes this file whatever else it does. Of others we do not know who imports them, but nobody
/// writes an empty one on purpose where a package came with a full one.
bool fails_for_certain(const model::LinkState& link, const model::DamagedFile& file)
{
    return file.actual == "0" || std::ranges::find(link.imports, file.path, &model::ModuleFile::path) != link.imports.end();
}

model::Findings altered_sources(const model::Snapshot& snapshot)
{
    model::Findings found;
    for (const auto& link : snapshot.links) {
        if (!link.impostors.empty()) continue;
        model::Finding finding{.code = "interrupted-install",
                               .severity = model::Severity::warning,
                               .distribution = link.distribution,
                               .remedies = {reinstall_command(snapshot, link)}};
        for (const auto& file : link.damaged) {
            const auto fault = fault_of(file);
            if (fault.empty()) continue;
            const bool certain = fails_for_certain(link, file);
            if (finding.summary.empty() || (certain && finding.severity == model::Severity::warning)) {
                finding.summary = "a file of " + titled(link) + " " + fault + ": " + file.path;
            }
            if (certain) finding.severity = model::Severity::error;
            if (finding.evidence.size() == k_most_evidence) continue;
            finding.evidence.push_back({.path = file.path,
                                        .owner = titled(link),
                                        .expected = file.expected + (file.damage == model::Damage::size_differs ? " bytes" : ""),
                                        .actual = file.actual == "0" ? "0 bytes" : "a file that " + fault});
        }
        if (!finding.evidence.empty()) found.push_back(std::move(finding));
    }
    return found;
}

/// Counts as installed, and yet there is nothing that an import would take.
model::Findings unimportable(const model::Snapshot& snapshot)
{
    model::Findings found;
    if (!knows_extensions(snapshot)) return found;
    for (const auto& link : snapshot.links) {
        const bool explained = !link.impostors.empty() || std::ranges::find(link.damaged, model::Damage::missing,
                                                                            &model::DamagedFile::damage) != link.damaged.end();
        if (!link.installed || link.installed->editable || explained) continue;
        const auto lost = std::ranges::find_if(link.imports, [](const model::ModuleFile& module) {
            return module.kind == model::ModuleKind::absent || module.kind == model::ModuleKind::namespace_package;
        });
        if (lost == link.imports.end()) continue;
        found.push_back({.code = "interrupted-install",
                         .severity = model::Severity::error,
                         .distribution = link.distribution,
                         .summary = titled(link) + " counts as installed, but there is no module " + lost->module +
                                    " that could be imported",
                         .evidence = {{.path = link.installed->metadata_path,
                                       .owner = titled(link),
                                       .expected = "a module " + lost->module + " on sys.path",
                                       .actual = lost->path.empty() ? "none" : "a folder without __init__.py: " + lost->path}},
                         .remedies = {reinstall_command(snapshot, link)}});
    }
    return found;
}

model::Findings twins(const model::Snapshot& snapshot)
{
    model::Findings found;
    for (const auto& link : snapshot.links) {
        if (!link.installed) continue;
        for (const auto& other : link.others) {
            const bool same_place = other.location == link.installed->location &&
                                    other.form == model::MetadataForm::dist_info &&
                                    link.installed->form == model::MetadataForm::dist_info;
            if (!same_place) continue;
            found.push_back(
                {.code = "interrupted-install",
                 .severity = model::Severity::warning,
                 .distribution = link.distribution,
                 .summary = "two metadata folders of " + link.distribution + " lie side by side (" +
                            link.installed->version + " and " + other.version +
                            "): an update stopped half-way, and which of them counts is chance",
                 .evidence = {{.path = link.installed->metadata_path,
                               .owner = link.distribution,
                               .expected = "one metadata folder",
                               .actual = link.installed->version},
                              {.path = other.metadata_path,
                               .owner = link.distribution,
                               .expected = "one metadata folder",
                               .actual = other.version}},
                 .remedies = {"move " + other.metadata_path + " aside and run " +
                              reinstall_command(snapshot, link)}});
            break;
        }
    }
    return found;
}

/// pip moves a package's folders aside under its name with `~` for the first letter, and back or away at the end.
bool is_half_moved(const model::Snapshot& snapshot, const model::LinkState& link)
{
    const auto name = normalized(link.distribution).substr(1);
    return std::ranges::any_of(snapshot.leftovers, [&](const model::Leftover& leftover) {
        const auto folder = leftover.path.substr(leftover.path.rfind('/') + 2);
        return normalized(folder.substr(0, folder.find('-'))) == name || normalized(folder) == name;
    });
}

/// Sources that lie on the path by themselves (PYTHONPATH, a .pth file) need no metadata.
bool is_in_site_folder(const model::Snapshot& snapshot, const std::string& location)
{
    const auto entry = std::ranges::find(snapshot.sys_path, location, &model::PathEntry::path);
    return entry != snapshot.sys_path.end() && entry->origin != model::PathOrigin::pth &&
           entry->origin != model::PathOrigin::pythonpath;
}

model::Findings lost_metadata(const model::Snapshot& snapshot)
{
    model::Findings found;
    if (!knows_what_is_absent(snapshot)) return found;
    for (const auto& link : snapshot.links) {
        const bool lost_contents = link.installed && !link.installed->has_metadata;
        const auto* package = link.imports.empty() ? nullptr : &link.imports.front();
        const bool lost_folder = !link.installed && link.impostors.empty() && package != nullptr &&
                                 (package->kind == model::ModuleKind::package ||
                                  package->kind == model::ModuleKind::source) &&
                                 is_in_site_folder(snapshot, package->location);
        if (!lost_contents && !lost_folder) continue;
        const auto path = lost_contents ? link.installed->metadata_path : package->path;
        const bool half_moved = lost_folder && is_half_moved(snapshot, link);
        found.push_back({.code = "interrupted-install",
                         .severity = half_moved ? model::Severity::error : model::Severity::warning,
                         .distribution = link.distribution,
                         .summary = lost_contents
                                        ? "the metadata folder of " + link.distribution +
                                              " has no METADATA: " + path
                                        : link.distribution +
                                              " can be imported, but its metadata folder is gone: " + path,
                         .evidence = {{.path = path,
                                       .owner = link.distribution,
                                       .expected = "a dist-info folder with METADATA",
                                       .actual = lost_contents ? "no METADATA" : "no dist-info folder"}},
                         .remedies = {reinstall_command(snapshot, link)}});
    }
    return found;
}

model::Findings left_overs(const model::Snapshot& snapshot)
{
    if (snapshot.leftovers.empty()) return {};
    model::Finding finding{.code = "interrupted-install", .severity = model::Severity::warning};
    const auto count = snapshot.leftovers.size();
    finding.summary = "an installer was stopped half-way and left " + std::to_string(count) +
                      (count == 1 ? " folder" : " folders") + " behind: " + snapshot.leftovers.front().path;
    for (const auto& leftover : snapshot.leftovers) {
        if (finding.evidence.size() >= k_most_evidence) break;
        finding.evidence.push_back({.path = leftover.path,
                                    .owner = {},
                                    .expected = "nothing",
                                    .actual = "a folder that pip had moved aside"});
    }
    finding.remedies = {"move " + snapshot.leftovers.front().path + " out of " +
                        snapshot.leftovers.front().location};
    return {std::move(finding)};
}

} // namespace

model::Findings interrupted_install(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings all;
    for (auto* part : {lost_files, altered_sources, unimportable, twins, lost_metadata, left_overs}) {
        auto found = part(snapshot);
        all.insert(all.end(), std::move_iterator(found.begin()), std::move_iterator(found.end()));
    }
    return all;
}

} // namespace envfix::checks
