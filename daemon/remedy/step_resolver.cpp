#include "remedy/step_resolver.hpp"

#include "pep/name.hpp"
#include "pep/requirement.hpp"
#include "pep/specifier_set.hpp"
#include "remedy/consistent_set.hpp"
#include "remedy/rung.hpp"
#include "remedy/stage.hpp"
#include "remedy/system_command.hpp"
#include "remedy/wheels.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

namespace envfix::remedy {

namespace {

constexpr std::size_t k_most_compared = 2000; ///< files of a duplicate whose hashes are looked at

/// The first of that name in the site folder that a fix changes.
const model::Distribution* find_in_site(const model::Snapshot& snapshot, const Target& target,
                                        const std::string& name)
{
    const auto normalized = pep::normalize_name(name);
    const auto found =
        std::ranges::find_if(snapshot.distributions, [&](const model::Distribution& distribution) {
            return distribution.normalized == normalized &&
                   distribution.location == target.site_path();
        });
    return found == snapshot.distributions.end() ? nullptr : &*found;
}

/// A package of which nothing is known but its name.
model::PackageChange unchanged(const std::string& name)
{
    return {.distribution = name, .from = {}, .to = {}, .source = {}, .sha256 = {}};
}

model::PackageChange change_of(const std::string& name, const model::Distribution* here,
                               const Wheel& wheel)
{
    return {.distribution = name,
            .from = here == nullptr ? "" : here->version,
            .to = wheel.version,
            .source = wheel.source,
            .sha256 = wheel.sha256};
}

std::string why_not(const model::Step& step)
{
    return not_feasible({.steps = {step}, .unavailable = {}});
}

} // namespace

asio::awaitable<Result<model::Step>> StepResolver::step(model::StepTemplate wanted, std::string* problem)
{
    model::Step made;
    made.kind = wanted.kind;
    made.location = m_ground.target.site_path();
    switch (wanted.kind) {
    case model::StepKind::restore:
        for (const auto& text : wanted.distributions) {
            note(restore(text, made), problem);
        }
        break;
    case model::StepKind::pip_uninstall:
        for (const auto& text : wanted.distributions) {
            note(uninstall(text, made), problem);
        }
        break;
    case model::StepKind::quarantine: note(quarantine(wanted.quarantine, made), problem); break;
    case model::StepKind::pip_install:
    case model::StepKind::pip_reinstall:
        for (const auto& text : wanted.distributions) {
            auto change = co_await wheel(text, wanted);
            if (!change && change.error().code == ErrorCode::cancelled)
                co_return fail(change.error());
            if (change) {
                made.changes.push_back(*std::move(change));
                continue;
            }
            made.changes.push_back(unchanged(text));
            note(fail(change.error()), problem);
        }
        if (problem->empty() && !made.changes.empty()) {
            auto added = co_await dependencies(wanted, made);
            if (!added && added.error().code == ErrorCode::cancelled)
                co_return fail(added.error());
            note(added, problem);
        }
        break;
    case model::StepKind::advise: made.text = wanted.text; break;
    case model::StepKind::system_packages:
        made.location.clear();
        note(add_system_command(wanted, made), problem);
        break;
    case model::StepKind::venv_create:
    case model::StepKind::venv_recreate:
        note(fail(ErrorCode::not_supported, why_not(made)), problem);
        break;
    }
    co_return made;
}

void StepResolver::note(const Result<void>& result, std::string* problem)
{
    if (!result && problem->empty()) *problem = result.error().message;
}

std::string StepResolver::absolute(const std::string& path) const
{
    return m_ground.target.root + "/" + path;
}

Result<void> StepResolver::restore(const std::string& text, model::Step& made)
{
    ENVFIX_TRY(const auto wanted, parse_wanted(text));
    const auto* here = find_in_site(m_ground.snapshot, m_ground.target, wanted.name);
    model::PackageChange change{.distribution = wanted.name,
                                .from = here == nullptr ? "" : here->version,
                                .to = here == nullptr ? "" : here->version,
                                .source = "store",
                                .sha256 = {}};
    made.changes.push_back(change);
    if (m_store == nullptr)
        return fail(ErrorCode::not_found, "there is no store of known-good files");
    auto kept = kept_for(*m_store, change, m_ground.snapshot, m_ground.target);
    if (!kept) {
        change.to.clear(); // the last version that worked
        kept = kept_for(*m_store, change, m_ground.snapshot, m_ground.target);
    }
    if (!kept) return fail(kept.error());
    made.changes.back().to = kept->version;
    const auto installed = installed_in(m_ground.snapshot, m_root, m_ground.target);
    const bool mend = is_same_version(*kept, installed, m_ground.target);
    const auto files = mend ? missing_or_changed(*kept, m_root, m_ground.target) : kept->files;
    if (files.empty())
        return fail(ErrorCode::not_found,
                    "nothing of " + wanted.name + " is missing or changed");
    for (const auto& file : files) {
        ENVFIX_TRY(const auto path, record_path(m_ground.target.site, file.path, m_ground.target.root));
        made.paths.push_back(absolute(path));
    }
    std::ranges::sort(made.paths);
    return {};
}

Result<std::vector<std::string>> StepResolver::paths_of(const std::set<std::string>& names)
{
    RenameRequest request;
    request.site = m_ground.target.site;
    for (auto& files : installed_in(m_ground.snapshot, m_root, m_ground.target)) {
        auto& list = names.contains(files.distribution) ? request.going : request.staying;
        list.push_back(std::move(files));
    }
    ENVFIX_TRY(const auto renames, list_renames(request, m_ground.target.root, view_of(m_root)));
    std::vector<std::string> paths;
    paths.reserve(renames.size());
    for (const auto& rename : renames) {
        paths.push_back(absolute(rename.path));
    }
    return paths;
}

Result<void> StepResolver::uninstall(const std::string& text, model::Step& made)
{
    ENVFIX_TRY(const auto wanted, parse_wanted(text));
    const auto* here = find_in_site(m_ground.snapshot, m_ground.target, wanted.name);
    made.changes.push_back({.distribution = wanted.name,
                            .from = here == nullptr ? "" : here->version,
                            .to = {},
                            .source = {},
                            .sha256 = {}});
    if (here == nullptr)
        return fail(ErrorCode::not_found,
                    wanted.name + " is not installed in " + m_ground.target.site_path());
    ENVFIX_TRY(const auto paths, paths_of({here->normalized}));
    made.paths.insert(made.paths.end(), paths.begin(), paths.end());
    return {};
}

Result<void> StepResolver::quarantine(const std::string& what, model::Step& made)
{
    const auto prefix = m_ground.target.site_path() + "/";
    if (what == "leftovers") {
        for (const auto& leftover : m_ground.snapshot.leftovers) {
            if (leftover.path.starts_with(prefix)) made.paths.push_back(leftover.path);
        }
    } else if (what == "impostors") {
        std::set<std::string> names;
        for (const auto& link : m_ground.snapshot.links) {
            for (const auto& impostor : link.impostors) {
                if (impostor.location == m_ground.target.site_path())
                    names.insert(impostor.normalized);
            }
        }
        if (!names.empty()) {
            ENVFIX_TRY(made.paths, paths_of(names));
        }
    } else if (what == "duplicates") {
        made.paths = stale_metadata();
    } else {
        return fail(ErrorCode::not_supported, "nothing is known to move aside as " + what);
    }
    // None of them is no reason against a rung whose other steps do the work.
    return {};
}

std::size_t StepResolver::matching(const InstalledFiles& files) const
{
    std::size_t count = 0;
    if (!files.record) return count;
    for (const auto& entry :
         std::span(files.record->entries)
             .first(std::min(files.record->entries.size(), k_most_compared))) {
        const auto hash = formats::hex_digest(entry);
        const auto path = record_path(m_ground.target.site, entry.path, m_ground.target.root);
        if (!hash || !path || entry.algorithm != "sha256") continue;
        const auto there = m_root.sha256(*path);
        if (there && *there == *hash) ++count;
    }
    return count;
}

std::vector<std::string> StepResolver::stale_metadata() const
{
    std::map<std::string, std::vector<InstalledFiles>> by_name;
    for (auto& files : installed_in(m_ground.snapshot, m_root, m_ground.target)) {
        by_name[files.distribution].push_back(std::move(files));
    }
    std::vector<std::string> stale;
    for (const auto& [name, copies] : by_name) {
        if (copies.size() < 2) continue;
        std::vector<std::pair<std::size_t, std::string>> ranked;
        for (const auto& files : copies) {
            ranked.emplace_back(matching(files), files.metadata);
        }
        std::ranges::sort(ranked);
        ranked.pop_back();
        for (const auto& [count, metadata] : ranked) {
            stale.push_back(absolute(metadata));
        }
    }
    std::ranges::sort(stale);
    return stale;
}

asio::awaitable<Result<model::PackageChange>> StepResolver::wheel(std::string text, model::StepTemplate step)
{
    ENVFIX_CO_TRY(const auto wanted, parse_wanted(text));
    const auto* here = find_in_site(m_ground.snapshot, m_ground.target, wanted.name);
    if (step.kind == model::StepKind::pip_install && here != nullptr && here->has_metadata &&
        wanted.specifier.empty() && suits(*here, wanted)) {
        co_return fail(ErrorCode::not_found,
                       wanted.name + " " + here->version + " is installed already");
    }
    const auto requirement = requirement_for(wanted, here, step.kind);
    if (!m_pip) {
        const bool has_own = find_in_site(m_ground.snapshot, m_ground.target, "pip") != nullptr;
        auto found =
            co_await find_pip(m_ground.snapshot.interpreter, has_own, m_ground.surroundings);
        if (!found) co_return fail(found.error());
        m_pip = *std::move(found);
    }
    const auto settings = settings_for(step, m_ground.settings);
    auto got = co_await fetch_wheel(*m_pip, requirement, settings, m_ground.surroundings);
    if (!got) co_return fail(got.error());
    if (got->name != pep::normalize_name(wanted.name)) {
        co_return fail(ErrorCode::malformed,
                       "asked for " + wanted.name + ", pip brought " + got->file);
    }
    co_return change_of(wanted.name, here, *got);
}

bool StepResolver::suits(const model::Distribution& here, const Wanted& wanted) const
{
    const auto asked = pep::Requirement::parse(install_requirement(wanted, m_ground.snapshot));
    return !asked || asked->specifier().contains(here.version, true, true);
}

asio::awaitable<Result<void>> StepResolver::dependencies(model::StepTemplate step, model::Step& made)
{
    if (!m_pip || !can_report(*m_pip) || m_ground.target.entry == Entry::user_base) {
        made.text = "what they need besides is not looked for: " +
                    std::string(m_pip && m_ground.target.entry != Entry::user_base
                                    ? "pip " + m_pip->version + " cannot tell (22.2 can)"
                                    : "pip does not see the user site");
        co_return Result<void>();
    }
    std::set<std::string> asked;
    std::vector<std::string> requirements;
    for (std::size_t i = 0; i < made.changes.size(); ++i) {
        const auto wanted = parse_wanted(step.distributions.at(i));
        if (!wanted) co_return fail(wanted.error());
        const auto extras = wanted->extras.empty() ? "" : "[" + wanted->extras + "]";
        asked.insert(pep::normalize_name(wanted->name));
        requirements.push_back(wanted->name + extras + "==" + made.changes[i].to);
    }
    const auto settings = settings_for(step, m_ground.settings);
    auto constraints = constraints_of(m_ground.snapshot, m_ground.target, asked);
    const auto items = co_await consistent_set(*m_pip, requirements, std::move(constraints),
                                               settings, m_ground.surroundings);
    if (!items && items.error().code == ErrorCode::not_supported) {
        made.text = "what they need besides is not looked for: " + items.error().message;
        co_return Result<void>();
    }
    if (!items) co_return fail(items.error());
    std::vector<std::string> missing;
    for (const auto& item : *items) {
        if (asked.contains(pep::normalize_name(item.name))) continue;
        if (!is_package_name(item.name) || !is_package_version(item.version))
            co_return fail(ErrorCode::malformed, "pip named no package: " + item.name);
        missing.push_back(item.name + "==" + item.version);
    }
    const auto wheels =
        co_await fetch_wheels(*m_pip, missing, settings, m_ground.surroundings);
    if (!wheels) co_return fail(wheels.error());
    for (const auto& wheel : *wheels)
        made.changes.push_back(
            change_of(wheel.name, find_in_site(m_ground.snapshot, m_ground.target, wheel.name), wheel));
    co_return Result<void>();
}

std::string StepResolver::requirement_for(const Wanted& wanted, const model::Distribution* here,
                                          model::StepKind kind) const
{
    if (kind == model::StepKind::pip_reinstall && here != nullptr &&
        is_package_version(here->version)) {
        const auto allowed = pep::SpecifierSet::parse(wanted.specifier);
        if (allowed && allowed->contains(here->version, true, true))
            return wanted.name + "==" + here->version;
    }
    return install_requirement(wanted, m_ground.snapshot);
}

} // namespace envfix::remedy
