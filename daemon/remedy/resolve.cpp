#include "remedy/resolve.hpp"

#include "checks/requirements.hpp"
#include "pep/name.hpp"
#include "pep/requirement.hpp"
#include "pep/specifier_set.hpp"
#include "remedy/adopted.hpp"
#include "remedy/consistent_set.hpp"
#include "remedy/create.hpp"
#include "remedy/pip.hpp"
#include "remedy/recreate.hpp"
#include "remedy/rung.hpp"
#include "remedy/stage.hpp"
#include "remedy/system_command.hpp"
#include "remedy/target.hpp"
#include "remedy/wheels.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
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

/// The command is shown; a person gives it, since it needs a right that we do not have.
Result<void> add_system_command(const model::StepTemplate& wanted, model::Step& made)
{
    for (const auto& command : system_commands(wanted.distributions)) {
        if (!has_program(command.program)) continue;
        made.text = command.line;
        for (const auto& name : command.packages)
            made.changes.push_back(unchanged(name));
        return {};
    }
    for (const auto& text : wanted.distributions)
        made.changes.push_back(unchanged(text));
    return fail(ErrorCode::not_supported,
                "the policy names no packages for this machine's package manager");
}

std::string why_not(const model::Step& step)
{
    return not_feasible({.steps = {step}, .unavailable = {}});
}

/// Works out one plan's ladder.
class Resolver {
public:
    Resolver(ResolveRequest request, Store* store, Target target, fs::WriteTree root)
        : m_request(std::move(request)), m_store(store), m_target(std::move(target)),
          m_root(std::move(root))
    {
    }

    /// `problem` is set where the step cannot be done; the step then says what it was to be.
    asio::awaitable<Result<model::Step>> step(model::StepTemplate wanted, std::string* problem)
    {
        model::Step made;
        made.kind = wanted.kind;
        made.location = m_target.site_path();
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

private:
    /// Keeps the first reason.
    static void note(const Result<void>& result, std::string* problem)
    {
        if (!result && problem->empty()) *problem = result.error().message;
    }

    [[nodiscard]] std::string absolute(const std::string& path) const
    {
        return m_target.root + "/" + path;
    }

    Result<void> restore(const std::string& text, model::Step& made)
    {
        ENVFIX_TRY(const auto wanted, parse_wanted(text));
        const auto* here = find_in_site(m_request.snapshot, m_target, wanted.name);
        model::PackageChange change{.distribution = wanted.name,
                                    .from = here == nullptr ? "" : here->version,
                                    .to = here == nullptr ? "" : here->version,
                                    .source = "store",
                                    .sha256 = {}};
        made.changes.push_back(change);
        if (m_store == nullptr)
            return fail(ErrorCode::not_found, "there is no store of known-good files");
        auto kept = kept_for(*m_store, change, m_request.snapshot, m_target);
        if (!kept) {
            change.to.clear(); // the last version that worked
            kept = kept_for(*m_store, change, m_request.snapshot, m_target);
        }
        if (!kept) return fail(kept.error());
        made.changes.back().to = kept->version;
        const auto installed = installed_in(m_request.snapshot, m_root, m_target);
        const bool mend = is_same_version(*kept, installed, m_target);
        const auto files = mend ? missing_or_changed(*kept, m_root, m_target) : kept->files;
        if (files.empty())
            return fail(ErrorCode::not_found,
                        "nothing of " + wanted.name + " is missing or changed");
        for (const auto& file : files) {
            ENVFIX_TRY(const auto path, record_path(m_target.site, file.path, m_target.root));
            made.paths.push_back(absolute(path));
        }
        std::ranges::sort(made.paths);
        return {};
    }

    /// What goes with these distributions, unless others have it too.
    Result<std::vector<std::string>> paths_of(const std::set<std::string>& names)
    {
        RenameRequest request;
        request.site = m_target.site;
        for (auto& files : installed_in(m_request.snapshot, m_root, m_target)) {
            auto& list = names.contains(files.distribution) ? request.going : request.staying;
            list.push_back(std::move(files));
        }
        ENVFIX_TRY(const auto renames, list_renames(request, m_target.root, view_of(m_root)));
        std::vector<std::string> paths;
        paths.reserve(renames.size());
        for (const auto& rename : renames) {
            paths.push_back(absolute(rename.path));
        }
        return paths;
    }

    Result<void> uninstall(const std::string& text, model::Step& made)
    {
        ENVFIX_TRY(const auto wanted, parse_wanted(text));
        const auto* here = find_in_site(m_request.snapshot, m_target, wanted.name);
        made.changes.push_back({.distribution = wanted.name,
                                .from = here == nullptr ? "" : here->version,
                                .to = {},
                                .source = {},
                                .sha256 = {}});
        if (here == nullptr)
            return fail(ErrorCode::not_found,
                        wanted.name + " is not installed in " + m_target.site_path());
        ENVFIX_TRY(const auto paths, paths_of({here->normalized}));
        made.paths.insert(made.paths.end(), paths.begin(), paths.end());
        return {};
    }

    Result<void> quarantine(const std::string& what, model::Step& made)
    {
        const auto prefix = m_target.site_path() + "/";
        if (what == "leftovers") {
            for (const auto& leftover : m_request.snapshot.leftovers) {
                if (leftover.path.starts_with(prefix)) made.paths.push_back(leftover.path);
            }
        } else if (what == "impostors") {
            std::set<std::string> names;
            for (const auto& link : m_request.snapshot.links) {
                for (const auto& impostor : link.impostors) {
                    if (impostor.location == m_target.site_path())
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

    /// How much of what a RECORD lists is there as it says.
    [[nodiscard]] std::size_t matching(const InstalledFiles& files) const
    {
        std::size_t count = 0;
        if (!files.record) return count;
        for (const auto& entry :
             std::span(files.record->entries)
                 .first(std::min(files.record->entries.size(), k_most_compared))) {
            const auto hash = formats::hex_digest(entry);
            const auto path = record_path(m_target.site, entry.path, m_target.root);
            if (!hash || !path || entry.algorithm != "sha256") continue;
            const auto there = m_root.sha256(*path);
            if (there && *there == *hash) ++count;
        }
        return count;
    }

    /// Of several metadata folders of one name all but the one that describes the files best: the
    /// newest version where they describe them equally well.
    [[nodiscard]] std::vector<std::string> stale_metadata() const
    {
        std::map<std::string, std::vector<InstalledFiles>> by_name;
        for (auto& files : installed_in(m_request.snapshot, m_root, m_target)) {
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

    asio::awaitable<Result<model::PackageChange>> wheel(std::string text, model::StepTemplate step)
    {
        ENVFIX_CO_TRY(const auto wanted, parse_wanted(text));
        const auto* here = find_in_site(m_request.snapshot, m_target, wanted.name);
        if (step.kind == model::StepKind::pip_install && here != nullptr && here->has_metadata &&
            wanted.specifier.empty() && suits(*here, wanted)) {
            co_return fail(ErrorCode::not_found,
                           wanted.name + " " + here->version + " is installed already");
        }
        const auto requirement = requirement_for(wanted, here, step.kind);
        if (!m_pip) {
            const bool has_own = find_in_site(m_request.snapshot, m_target, "pip") != nullptr;
            auto found =
                co_await find_pip(m_request.snapshot.interpreter, has_own, m_request.surroundings);
            if (!found) co_return fail(found.error());
            m_pip = *std::move(found);
        }
        const auto settings = settings_for(step, m_request.settings);
        auto got = co_await fetch_wheel(*m_pip, requirement, settings, m_request.surroundings);
        if (!got) co_return fail(got.error());
        if (got->name != pep::normalize_name(wanted.name)) {
            co_return fail(ErrorCode::malformed,
                           "asked for " + wanted.name + ", pip brought " + got->file);
        }
        co_return change_of(wanted.name, here, *got);
    }

    /// Whether its version is one that all who require it take.
    [[nodiscard]] bool suits(const model::Distribution& here, const Wanted& wanted) const
    {
        const auto asked = pep::Requirement::parse(install_requirement(wanted, m_request.snapshot));
        return !asked || asked->specifier().contains(here.version, true, true);
    }

    /// What the step's packages need and what is not there, as part of the plan. Where pip cannot
    /// tell, the plan says so and brings the packages alone.
    asio::awaitable<Result<void>> dependencies(model::StepTemplate step, model::Step& made)
    {
        if (!m_pip || !can_report(*m_pip) || m_target.entry == Entry::user_base) {
            made.text = "what they need besides is not looked for: " +
                        std::string(m_pip && m_target.entry != Entry::user_base
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
        const auto settings = settings_for(step, m_request.settings);
        auto constraints = constraints_of(m_request.snapshot, m_target, asked);
        const auto items = co_await consistent_set(*m_pip, requirements, std::move(constraints),
                                                   settings, m_request.surroundings);
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
            co_await fetch_wheels(*m_pip, missing, settings, m_request.surroundings);
        if (!wheels) co_return fail(wheels.error());
        for (const auto& wheel : *wheels)
            made.changes.push_back(
                change_of(wheel.name, find_in_site(m_request.snapshot, m_target, wheel.name), wheel));
        co_return Result<void>();
    }

    [[nodiscard]] std::string requirement_for(const Wanted& wanted, const model::Distribution* here,
                                              model::StepKind kind) const
    {
        if (kind == model::StepKind::pip_reinstall && here != nullptr &&
            is_package_version(here->version)) {
            const auto allowed = pep::SpecifierSet::parse(wanted.specifier);
            if (allowed && allowed->contains(here->version, true, true))
                return wanted.name + "==" + here->version;
        }
        return install_requirement(wanted, m_request.snapshot);
    }

    ResolveRequest m_request;
    Store* m_store;
    Target m_target;
    fs::WriteTree m_root;
    std::optional<Pip> m_pip;
};

/// A rung of which nothing could be worked out, for display.
model::Rung unresolved(const std::vector<model::StepTemplate>& templates, const std::string& why)
{
    model::Rung rung;
    bool only_advice = true;
    for (const auto& step : templates) {
        model::Step made;
        made.kind = step.kind;
        made.text = step.text;
        for (const auto& name : step.distributions) {
            made.changes.push_back(
                {.distribution = name, .from = {}, .to = {}, .source = {}, .sha256 = {}});
        }
        only_advice = only_advice && step.kind == model::StepKind::advise;
        rung.steps.push_back(std::move(made));
    }
    if (!only_advice) rung.unavailable = why;
    return rung;
}

bool has_work(const model::Rung& rung)
{
    return std::ranges::any_of(rung.steps, [](const model::Step& step) {
        return !step.changes.empty() || !step.paths.empty() || step.kind == model::StepKind::advise;
    });
}

} // namespace

Result<Wanted> parse_wanted(std::string_view text)
{
    const auto requirement = pep::Requirement::parse(text);
    if (!requirement) return fail(requirement.error());
    if (requirement->url() || requirement->marker() || !is_package_name(requirement->name())) {
        return fail(ErrorCode::malformed, "not a name and specifiers: " + std::string(text));
    }
    Wanted wanted{.name = requirement->name(), .specifier = requirement->specifier().to_string()};
    for (const auto& extra : requirement->extras())
        wanted.extras += (wanted.extras.empty() ? "" : ",") + extra;
    return wanted;
}

std::string install_requirement(const Wanted& wanted, const model::Snapshot& snapshot)
{
    std::vector<std::string> roots;
    for (const auto& distribution : snapshot.distributions) {
        roots.push_back(distribution.normalized);
    }
    const auto name = pep::normalize_name(wanted.name);
    std::set<std::string> clauses;
    const auto add = [&clauses](const pep::SpecifierSet& set) {
        for (const auto& clause : set.clauses()) {
            clauses.insert(clause.to_string());
        }
    };
    if (const auto own = pep::SpecifierSet::parse(wanted.specifier)) add(*own);
    for (const auto& asked : checks::requirements_of(snapshot, roots)) {
        if (asked.name != name) continue;
        if (const auto requirement = pep::Requirement::parse(asked.text))
            add(requirement->specifier());
    }
    for (const auto& link : snapshot.links) {
        const auto requirement = pep::Requirement::parse(link.project_requirement);
        if (requirement && pep::normalize_name(requirement->name()) == name)
            add(requirement->specifier());
    }
    std::string text = wanted.name;
    for (const auto& clause : clauses) {
        text += (text.size() == wanted.name.size() ? "" : ",") + clause;
    }
    return text;
}

PipSettings settings_for(const model::StepTemplate& step, PipSettings settings)
{
    if (step.index_url.empty() && step.find_links.empty()) return settings;
    settings.index_url = step.index_url;
    settings.extra_index_urls.clear();
    settings.find_links = step.find_links;
    settings.no_index = step.index_url.empty();
    return settings;
}

namespace {

bool is_whole(const std::vector<model::StepTemplate>& templates)
{
    return std::ranges::any_of(templates, [](const model::StepTemplate& step) {
        return step.kind == model::StepKind::venv_recreate ||
               step.kind == model::StepKind::venv_create;
    });
}

/// Packages of the system are the same whatever environment asks for them.
bool is_for_system(const std::vector<model::StepTemplate>& templates)
{
    return std::ranges::all_of(templates, [](const model::StepTemplate& step) {
        return step.kind == model::StepKind::system_packages;
    });
}

model::Rung system_rung(const std::vector<model::StepTemplate>& templates)
{
    model::Rung rung;
    for (const auto& wanted : templates) {
        model::Step made;
        made.kind = wanted.kind;
        if (const auto added = add_system_command(wanted, made); !added && rung.unavailable.empty())
            rung.unavailable = added.error().message;
        rung.steps.push_back(std::move(made));
    }
    return rung;
}

RecreateRequest recreate_request(const ResolveRequest& request, const model::StepTemplate& step)
{
    return {.venv = request.snapshot.environment.path,
            .pythons = step.pythons,
            .interpreters = request.interpreters,
            .isolated = step.isolated,
            .adopted = step.isolated ? adopted_by(request.snapshot) : std::vector<Adopted>(),
            .settings = request.settings,
            .surroundings = request.surroundings};
}

CreateRequest create_request(const ResolveRequest& request, const model::StepTemplate& step)
{
    return {.project = request.snapshot.environment.path,
            .pythons = step.pythons,
            .interpreters = request.interpreters,
            .requirements = request.snapshot.requirements,
            .settings = request.settings,
            .surroundings = request.surroundings};
}

/// Why an environment of this kind cannot be made, or made again; empty: it can.
std::string why_not_whole(const model::Environment& environment, model::StepKind step)
{
    using model::EnvironmentKind;
    if (step == model::StepKind::venv_create) {
        return environment.kind == EnvironmentKind::project
                   ? ""
                   : environment.path + " is no project without an environment";
    }
    const bool is_venv =
        environment.kind == EnvironmentKind::venv || environment.kind == EnvironmentKind::pipx;
    return is_venv ? "" : environment.path + " is no venv that could be made again";
}

/// A rung that makes the whole environment, or makes it again.
asio::awaitable<Result<model::Rung>> whole_rung(ResolveRequest request,
                                                std::vector<model::StepTemplate> templates,
                                                Store* store)
{
    const auto wanted = templates.front();
    if (const auto why = why_not_whole(request.snapshot.environment, wanted.kind); !why.empty())
        co_return unresolved(templates, why);
    Result<model::Step> step;
    if (wanted.kind == model::StepKind::venv_create) {
        auto asked = create_request(request, wanted);
        step = co_await plan_create(std::move(asked));
    } else {
        auto asked = recreate_request(request, wanted);
        step = co_await plan_recreate(std::move(asked), store);
    }
    if (!step && step.error().code == ErrorCode::cancelled) co_return fail(step.error());
    if (!step) co_return unresolved(templates, step.error().message);
    model::Rung rung;
    rung.steps.push_back(*std::move(step));
    co_return rung;
}

} // namespace

asio::awaitable<Result<std::vector<model::Rung>>> resolve(ResolveRequest request, Store* store)
{
    std::vector<model::Rung> rungs;
    const auto ladder = request.ladder;
    const auto target = target_of(request.snapshot, request.allow_externally_managed);
    auto root =
        target ? fs::WriteTree::open(target->root) : Result<fs::WriteTree>(fail(target.error()));
    std::optional<Resolver> resolver;
    if (root) resolver.emplace(request, store, *target, *std::move(root));
    for (const auto& templates : ladder) {
        if (is_whole(templates)) {
            auto rung = co_await whole_rung(request, templates, store);
            if (!rung) co_return fail(rung.error());
            rungs.push_back(*std::move(rung));
            continue;
        }
        if (is_for_system(templates)) {
            rungs.push_back(system_rung(templates));
            continue;
        }
        if (!resolver) {
            const auto& error = target ? root.error() : target.error();
            rungs.push_back(unresolved(templates, error.message));
            continue;
        }
        model::Rung rung;
        for (const auto& wanted : templates) {
            auto step = co_await resolver->step(wanted, &rung.unavailable);
            if (!step) co_return fail(step.error());
            rung.steps.push_back(*std::move(step));
        }
        if (rung.unavailable.empty() && !has_work(rung))
            rung.unavailable = "there is nothing here that it would change";
        rungs.push_back(std::move(rung));
    }
    co_return rungs;
}

} // namespace envfix::remedy
