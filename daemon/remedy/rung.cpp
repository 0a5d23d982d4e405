#include "remedy/rung.hpp"

#include "formats/dist_names.hpp"
#include "pep/name.hpp"
#include "remedy/stage.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

constexpr std::size_t k_record_cap = std::size_t{16} * 1024 * 1024;

bool is_whole(const model::Step& step)
{
    return step.kind == model::StepKind::venv_create || step.kind == model::StepKind::venv_recreate;
}

bool brings_wheels(model::StepKind kind)
{
    return kind == model::StepKind::pip_install || kind == model::StepKind::pip_reinstall;
}

std::vector<model::PackageChange> wheels_of(const model::Rung& rung)
{
    std::vector<model::PackageChange> packages;
    for (const auto& step : rung.steps) {
        if (brings_wheels(step.kind))
            packages.insert(packages.end(), step.changes.begin(), step.changes.end());
    }
    return packages;
}

/// Relative to the root; an error for what does not lie below it.
Result<std::string> below_root(const std::string& path, const Target& target)
{
    return record_path(target.site, path, target.root);
}

std::string action_of(model::StepKind kind)
{
    switch (kind) {
    case model::StepKind::restore: return "restored from the store";
    case model::StepKind::pip_install: return "installed";
    case model::StepKind::pip_reinstall: return "reinstalled";
    case model::StepKind::pip_uninstall: return "removed";
    case model::StepKind::quarantine: return "moved aside";
    case model::StepKind::advise: return "advised";
    case model::StepKind::venv_create: return "created";
    case model::StepKind::venv_recreate: return "recreated";
    case model::StepKind::system_packages: return "installed by the system";
    }
    return {};
}

} // namespace

bool is_whole_environment(const model::Rung& rung)
{
    return std::ranges::any_of(rung.steps, is_whole);
}

std::string not_feasible(const model::Rung& rung)
{
    if (rung.steps.empty()) return "it has no step";
    for (const auto& step : rung.steps) {
        switch (step.kind) {
        case model::StepKind::restore:
        case model::StepKind::pip_install:
        case model::StepKind::pip_reinstall:
        case model::StepKind::pip_uninstall:
        case model::StepKind::quarantine:
        case model::StepKind::venv_create:
        case model::StepKind::venv_recreate: break;
        case model::StepKind::advise: return "only a person can do it: " + step.text;
        case model::StepKind::system_packages:
            return "packages of the system are installed by a person: " + step.text;
        }
    }
    return {};
}

std::vector<InstalledFiles> installed_in(const model::Snapshot& snapshot, const fs::WriteTree& root,
                                         const Target& target)
{
    std::vector<InstalledFiles> installed;
    const auto prefix = target.site_path() + "/";
    for (const auto& distribution : snapshot.distributions) {
        if (!distribution.metadata_path.starts_with(prefix)) continue;
        InstalledFiles files{.distribution = distribution.normalized,
                             .metadata = target.site + "/" +
                                         distribution.metadata_path.substr(prefix.size()),
                             .record = std::nullopt,
                             .replaced = false};
        if (const auto text = root.read(files.metadata + "/RECORD", k_record_cap)) {
            files.record = formats::parse_record(*text);
            // Our own work area is nobody's: such a line must not keep the rest from being fixed.
            std::erase_if(files.record->entries, [&](const formats::RecordEntry& entry) {
                return is_in_work_area(target.site, entry.path, target.root);
            });
        }
        installed.push_back(std::move(files));
    }
    return installed;
}

Result<RenameRequest> rename_request(const model::Rung& rung, std::vector<InstalledFiles> installed,
                                     const Target& target)
{
    RenameRequest request;
    request.site = target.site;
    std::set<std::string> leaving;
    std::set<std::string> replaced;
    for (const auto& step : rung.steps) {
        if (brings_wheels(step.kind) || step.kind == model::StepKind::pip_uninstall) {
            for (const auto& change : step.changes) {
                const auto name = pep::normalize_name(change.distribution);
                leaving.insert(name);
                if (brings_wheels(step.kind)) replaced.insert(name);
            }
        }
        if (step.kind == model::StepKind::quarantine) {
            for (const auto& path : step.paths) {
                ENVFIX_TRY(auto relative, below_root(path, target));
                request.aside.push_back(std::move(relative));
            }
        }
    }
    for (auto& files : installed) {
        if (std::ranges::find(request.aside, files.metadata) != request.aside.end()) continue;
        files.replaced = replaced.contains(files.distribution);
        auto& list = leaving.contains(files.distribution) ? request.going : request.staying;
        list.push_back(std::move(files));
    }
    return request;
}

Result<KeptDistribution> kept_for(const Store& store, const model::PackageChange& change,
                                  const model::Snapshot& snapshot, const Target& target)
{
    const auto name = pep::normalize_name(change.distribution);
    bool seen = false;
    for (auto& kept : store.find(name, {}, target.site_path())) {
        if (!change.to.empty() && kept.version != change.to) continue;
        if (!kept.soabi.empty() && kept.soabi != snapshot.interpreter.soabi) continue;
        seen = true;
        if (store.has_all(kept)) return std::move(kept);
    }
    return fail(ErrorCode::not_found,
                seen ? "the store has lost files of " + change.distribution
                     : "the store of known-good files has no " + change.distribution +
                           (change.to.empty() ? "" : " " + change.to) + " of this environment");
}

bool is_same_version(const KeptDistribution& kept, const std::vector<InstalledFiles>& installed,
                     const Target& target)
{
    // The folder of the metadata says the version, whatever state its files are in.
    const auto metadata = fs::parent_of(kept.record);
    std::size_t count = 0;
    bool same = true;
    for (const auto& files : installed) {
        if (files.distribution != kept.name) continue;
        ++count;
        same = same && files.metadata == target.site + "/" + metadata;
    }
    return same && count <= 1;
}

namespace {

/// What a kept distribution is once its missing files are back. Those that are right already are
/// left as they are: they must not go with another distribution that lists them too.
InstalledFiles mended(const KeptDistribution& kept, const Target& target)
{
    InstalledFiles files{.distribution = kept.name,
                         .metadata = target.site + "/" + fs::parent_of(kept.record),
                         .record = formats::Record{},
                         .replaced = false};
    for (const auto& file : kept.files)
        files.record->entries.push_back(
            {.path = file.path, .algorithm = {}, .digest = {}, .size = {}});
    return files;
}

} // namespace

asio::awaitable<Result<std::vector<Change>>> prepare_rung(model::Rung rung,
                                                          model::Snapshot snapshot, Target target,
                                                          std::string stage,
                                                          Surroundings surroundings, Store* store)
{
    if (auto why = not_feasible(rung); !why.empty())
        co_return fail(ErrorCode::not_supported, std::move(why));
    ENVFIX_CO_TRY(const auto root, fs::WriteTree::open(target.root));
    auto installed = installed_in(snapshot, root, target);
    std::vector<Incoming> incoming;
    std::set<std::string> replaced_by_store;
    std::vector<InstalledFiles> mended_by_store;

    for (const auto& step : rung.steps) {
        if (step.kind != model::StepKind::restore) continue;
        for (const auto& change : step.changes) {
            if (store == nullptr)
                co_return fail(ErrorCode::not_found, "there is no store of known-good files");
            ENVFIX_CO_TRY(const auto kept, kept_for(*store, change, snapshot, target));
            const bool mend = is_same_version(kept, installed, target);
            if (mend) {
                mended_by_store.push_back(mended(kept, target));
            } else {
                replaced_by_store.insert(kept.name);
            }
            const auto files = mend ? missing_or_changed(kept, root, target) : kept.files;
            ENVFIX_CO_TRY(auto staged, stage_kept(*store, kept, files, root, stage, target));
            incoming.insert(incoming.end(), staged.files.begin(), staged.files.end());
        }
    }
    const auto packages = wheels_of(rung);
    if (!packages.empty()) {
        const bool has_own = std::ranges::any_of(snapshot.distributions,
                                                 [](const model::Distribution& distribution) {
                                                     return distribution.normalized == "pip";
                                                 });
        auto pip = co_await find_pip(snapshot.interpreter, has_own, surroundings);
        if (!pip) co_return fail(pip.error());
        auto staged = co_await stage_wheels(target, stage, packages, *pip, surroundings);
        if (!staged) co_return fail(staged.error());
        incoming.insert(incoming.end(), staged->files.begin(), staged->files.end());
    }
    ENVFIX_CO_TRY(auto request, rename_request(rung, std::move(installed), target));
    // A version that gives way to a kept one goes like one that gives way to a wheel.
    for (auto files = request.staying.begin(); files != request.staying.end();) {
        if (!replaced_by_store.contains(files->distribution)) {
            ++files;
            continue;
        }
        files->replaced = true;
        request.going.push_back(std::move(*files));
        files = request.staying.erase(files);
    }
    std::ranges::move(mended_by_store, std::back_inserter(request.staying));
    request.incoming = std::move(incoming);
    auto renames = list_renames(request, target.root, view_of(root));
    if (renames && renames->empty())
        co_return fail(ErrorCode::not_found, "there is nothing that it would change");
    co_return renames;
}

std::string describe(const model::Rung& rung)
{
    std::string text;
    const auto add = [&text](const std::string& piece) {
        if (!text.empty()) text += ", ";
        text += piece;
    };
    for (const auto& step : rung.steps) {
        if (is_whole(step)) {
            add("the environment " + action_of(step.kind) + " with " + step.text + " and its " +
                std::to_string(step.changes.size()) + " distributions");
            continue;
        }
        for (const auto& change : step.changes) {
            const auto& version = change.to.empty() ? change.from : change.to;
            add(change.distribution + (version.empty() ? "" : " " + version) + " " +
                action_of(step.kind));
        }
        if (step.kind == model::StepKind::quarantine) {
            add(std::to_string(step.paths.size()) +
                (step.paths.size() == 1 ? " path " : " paths ") + "moved aside");
        }
        if (step.kind == model::StepKind::advise) add(step.text);
    }
    return text;
}

} // namespace envfix::remedy
