#include "service/keeper.hpp"

#include "app/explain.hpp"
#include "inventory/inventory.hpp"
#include "inventory/names.hpp"
#include "inventory/roots.hpp"
#include "service/accounts.hpp"
#include "service/diagnosing.hpp"
#include "service/health.hpp"
#include "service/packages.hpp"
#include "service/planning.hpp"
#include "service/policies.hpp"
#include "service/project_place.hpp"
#include "service/publishing.hpp"
#include "service/runs.hpp"
#include "service/system_fix.hpp"
#include "service/visible.hpp"

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace envfix::service {

namespace {

constexpr std::size_t k_most_status_plans = 200;
/// For all paths of one request together: nobody else is served meanwhile.
constexpr std::chrono::milliseconds k_time_to_locate{2'000};
constexpr std::size_t k_entries_to_locate = 100'000;
constexpr const char* k_packages_are_the_machines = "packages of the system are installed by the machine's daemon, org.envfix1 on the system "
                                                    "bus; this is a user's";
constexpr const char* k_roots_are_configured = "folders of the machine's daemon are named in /etc/envfix/envfixd.yaml (roots:)";

/// What is wrong first, then by path.
int urgency(const model::EnvironmentReport& report)
{
    switch (report.state) {
    case model::EnvironmentState::broken: return 0;
    case model::EnvironmentState::awaiting_approval: return 1;
    case model::EnvironmentState::quarantined: return 2;
    case model::EnvironmentState::fixing: return 3;
    case model::EnvironmentState::degraded: return 4;
    case model::EnvironmentState::unverifiable: return 5;
    case model::EnvironmentState::healthy: return 6;
    }
    return 7;
}

bool is_open(const model::Plan& plan)
{
    return plan.state == model::PlanState::waiting || plan.state == model::PlanState::approved ||
           plan.state == model::PlanState::running || plan.state == model::PlanState::advice;
}

} // namespace

Keeper::Keeper(World& world, Judging& judging, Fixing& fixing, std::function<void()> reload, Survey survey)
    : m_world(world), m_judging(judging), m_fixing(fixing), m_reload(std::move(reload)), m_survey(std::move(survey))
{
}

model::DaemonReport Keeper::daemon() const
{
    return daemon_report(m_world);
}

std::vector<model::PolicyOffer> Keeper::offers_for(const Known& known) const
{
    std::vector<model::PolicyOffer> offers;
    for (const auto& draft : m_fixing.drafts_for(known)) {
        offers.push_back({.environment_id = known.environment.id,
                          .policy = draft.policy.name,
                          .describe = draft.policy.describe,
                          .approved = draft.approved,
                          .findings = draft.findings,
                          .advice = advice_of(draft)});
    }
    return offers;
}

Result<std::vector<std::string>> Keeper::ids_of(std::string_view env) const
{
    if (env.empty()) return m_world.catalogue.by_path();
    ENVFIX_TRY(auto id, m_world.catalogue.resolve(env));
    return std::vector<std::string>{std::move(id)};
}

Result<model::Status> Keeper::status(std::string_view env, std::uint32_t limit, const bus::Caller& caller) const
{
    const Visible visible(m_world, caller);
    ENVFIX_TRY(const auto ids, visible.named(env));
    model::Status status;
    status.daemon = daemon();
    status.total = ids.size();
    status.plans = plans();
    std::erase_if(status.plans, [](const model::Plan& plan) { return !is_open(plan); });
    std::ranges::stable_partition(status.plans, [](const model::Plan& plan) { return plan.state != model::PlanState::advice; });
    if (status.plans.size() > k_most_status_plans) status.plans.resize(k_most_status_plans);
    for (const auto& id : ids) {
        auto report = visible.report(id);
        const auto* known = visible.is_of_account(id) ? nullptr : m_world.catalogue.find(id);
        if (known != nullptr && !report.findings.empty()) {
            auto offers = offers_for(*known);
            status.offers.insert(status.offers.end(), offers.begin(), offers.end());
        }
        status.environments.push_back(std::move(report));
    }
    std::ranges::stable_sort(status.environments, {}, urgency);
    if (limit > 0 && status.environments.size() > limit) status.environments.resize(limit);
    return status;
}

model::Page<model::EnvironmentReport> Keeper::environments(std::uint32_t offset, std::uint32_t limit,
                                                               const bus::Caller& caller) const
{
    const Visible visible(m_world, caller);
    const auto ids = visible.ids();
    model::Page<model::EnvironmentReport> page{.total = ids.size()};
    for (std::size_t i = offset; i < ids.size() && page.items.size() < limit; ++i) {
        page.items.push_back(visible.report(ids[i]));
    }
    return page;
}

bool Keeper::may_see(const std::string& environment, const bus::Caller& caller) const
{
    if (!is_system(m_world) || caller.uid == 0 || m_world.catalogue.find(environment) != nullptr) return true;
    return m_world.accounts != nullptr && m_world.accounts->owner_of(environment, caller.uid).has_value();
}

Result<model::EnvironmentReport> Keeper::environment(std::string_view env, const bus::Caller& caller) const
{
    const Visible visible(m_world, caller);
    ENVFIX_TRY(const auto ids, visible.named(env));
    if (ids.size() != 1) return fail(ErrorCode::malformed, "no environment is named");
    return visible.report(ids.front());
}

std::vector<model::Plan> Keeper::plans() const
{
    return m_world.plans.all();
}

Result<model::Plan> Keeper::plan(std::string_view id) const
{
    return m_world.plans.find(id);
}

Result<model::Page<model::Run>> Keeper::runs(std::string_view env, std::uint32_t offset, std::uint32_t limit) const
{
    if (env.empty()) return m_world.journal.runs({}, offset, limit);
    ENVFIX_TRY(const auto id, m_world.catalogue.resolve(env));
    return m_world.journal.runs(id, offset, limit, other_id_of(m_world.catalogue.find(id)->environment));
}

Result<model::Run> Keeper::run(std::string_view id) const
{
    return find_run(m_world.journal, id);
}

model::PolicyList Keeper::policies() const
{
    return policy_list(m_world);
}

Result<model::PolicyReport> Keeper::policy(std::string_view name) const
{
    return policy_named(m_world, name);
}

std::vector<model::PolicyProblem> Keeper::check_policy(std::string_view name, std::string_view content) const
{
    return problems_of_policy(m_world, name, content);
}

Result<std::vector<model::PolicyVerdict>> Keeper::why(std::string_view env) const
{
    ENVFIX_TRY(const auto id, m_world.catalogue.resolve(env));
    return verdicts_on_environment(m_world, id);
}

Result<std::vector<model::PolicyVerdict>> Keeper::test_policy(std::string_view name) const
{
    ENVFIX_TRY(const auto report, policy_named(m_world, name));
    return verdicts_of_policy(m_world, report.policy);
}

Result<model::Explanation> Keeper::explain(std::string_view code) const
{
    return app::explain(code);
}

model::Doctor Keeper::doctor() const
{
    return examine(m_world);
}

asio::awaitable<void> Keeper::check_all(std::vector<model::Environment> environments, std::vector<std::string> of_accounts, uid_t user,
                                        bool probe, bus::Done<std::vector<model::EnvironmentReport>> done)
{
    std::vector<model::EnvironmentReport> reports;
    for (const auto& environment : environments) {
        co_await asio::post(m_world.loop, asio::use_awaitable); // others get their turn between two of them
        app::Judgement judgement;
        const auto* entry = m_world.catalogue.find(environment.id);
        const bool same_project = entry != nullptr && (environment.project.empty() || environment.project == entry->environment.project);
        const bool as_known = entry != nullptr && same_project;
        if (as_known) {
            auto judged = m_judging.judge_now(environment.id, false);
            if (!judged) continue; // it vanished while others were judged
            judgement = *std::move(judged);
            entry = m_world.catalogue.find(environment.id);
        } else {
            judgement = judge_environment(m_world, environment); // for that project
        }
        auto report = judgement.report;
        if (as_known && entry != nullptr) report = shown_report(m_world, *entry);
        // A project without an environment has no interpreter of its own to ask.
        if (probe && environment.kind != model::EnvironmentKind::project) {
            const auto request = app::probe_request(judgement, m_world.configuration.chain, m_world.surroundings.home,
                                                    m_world.surroundings.search_path, m_world.surroundings.state_dir);
            const auto probed = co_await probe::run(request);
            if (probed) {
                app::add_probe(report, *probed);
            } else {
                app::add_probe(report, model::ProbeResult{.error = probed.error().message});
            }
        }
        if (report.state_reason.empty()) report.state_reason = inventory::why_taken(environment);
        reports.push_back(std::move(report));
    }
    if (!of_accounts.empty()) {
        auto more = co_await m_world.accounts->check(of_accounts, user, probe);
        reports.insert(reports.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    done(std::move(reports));
}

asio::awaitable<void> Keeper::locate_and_check(std::vector<std::string> paths, bool probe,
                                               bus::Done<std::vector<model::EnvironmentReport>> done)
{
    std::ranges::sort(paths);
    const auto again = std::ranges::unique(paths);
    paths.erase(again.begin(), again.end());
    std::vector<model::Environment> environments;
    inventory::Limits limits{.entries = k_entries_to_locate, .time = k_time_to_locate, .stop = {}};
    for (const auto& path : paths) {
        co_await asio::post(m_world.loop, asio::use_awaitable);
        const auto begun = std::chrono::steady_clock::now();
        auto located = inventory::locate(m_world.tree, path, places_of(m_world), limits);
        limits.time -= std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
        limits.time = std::max(limits.time, std::chrono::milliseconds{0});
        if (!located) {
            done(fail(located.error()));
            co_return;
        }
        for (auto& environment : *located) {
            const auto known = std::ranges::find(environments, environment.id, &model::Environment::id);
            if (known == environments.end()) environments.push_back(std::move(environment));
        }
    }
    std::vector<std::string> of_accounts; // what callers name by path is looked at by us
    co_await check_all(std::move(environments), std::move(of_accounts), ::geteuid(), probe, std::move(done));
}

template <typename T> bool Keeper::refused_here(const bus::Done<T>& done, const char* why) const
{
    if (!is_system(m_world)) return false;
    done(fail(ErrorCode::not_supported, why));
    return true;
}

void Keeper::check(std::string env, bool probe, bus::Caller caller, bus::Done<std::vector<model::EnvironmentReport>> done)
{
    const Visible visible(m_world, caller);
    const auto ids = visible.named(env);
    if (!ids) {
        done(fail(ids.error()));
        return;
    }
    std::vector<model::Environment> environments;
    std::vector<std::string> of_accounts;
    for (const auto& id : *ids) {
        if (visible.is_of_account(id)) {
            of_accounts.push_back(id);
        } else {
            environments.push_back(m_world.catalogue.find(id)->environment);
        }
    }
    constexpr const char* k_no_probe = "the machine's daemon starts no interpreter of its own, so it cannot probe that; "
                                       "envfixd check --probe does, as you";
    if (probe && !environments.empty() && refused_here(done, k_no_probe)) return;
    m_world.tasks->start("check", check_all(std::move(environments), std::move(of_accounts), caller.uid, probe, std::move(done)));
}

void Keeper::check_paths(std::vector<std::string> paths, bool probe, bus::Caller caller,
                         bus::Done<std::vector<model::EnvironmentReport>> done)
{
    // Of paths only the names of what it knows: a caller has nothing looked at that it would not look at by itself.
    if (paths.size() == 1 && m_world.accounts != nullptr) {
        const Visible visible(m_world, caller);
        const auto named = visible.named(paths.front());
        if (named && visible.is_of_account(named->front())) return check(named->front(), probe, std::move(caller), std::move(done));
    }
    if (refused_here(done, "the machine's daemon takes no paths from its callers; envfixd check PATH looks there, as you")) return;
    m_world.tasks->start("check", locate_and_check(std::move(paths), probe, std::move(done)));
}

void Keeper::diagnose(std::string text, bus::Done<std::vector<model::Cause>> done)
{
    m_world.tasks->start("diagnose", diagnose_text(m_world, m_judging, std::move(text), std::move(done)));
}

void Keeper::diagnose_command(std::string text, model::CommandContext command, bus::Done<model::CommandDiagnosis> done)
{
    // What the caller's variables name is not looked at by the machine's daemon: the text alone has to do.
    if (is_system(m_world)) command = {};
    m_world.tasks->start("diagnose",
                         service::diagnose_command(m_world, m_judging, std::move(text), std::move(command), std::move(done)));
}

void Keeper::plan(std::string env, bus::Done<std::optional<model::Plan>> done)
{
    auto id = m_world.catalogue.resolve(env);
    if (!id) {
        const auto why = why_only_watched(m_world, env);
        done(fail(why.empty() ? id.error() : Error{.code = ErrorCode::not_supported, .message = why}));
        return;
    }
    m_fixing.plan(*std::move(id), std::move(done));
}

void Keeper::fix(std::string env, bool consent, bus::Caller caller, bus::Done<std::string> done)
{
    auto id = m_world.catalogue.resolve(env);
    if (!id) {
        const auto why = why_only_watched(m_world, env);
        done(fail(why.empty() ? id.error() : Error{.code = ErrorCode::not_supported, .message = why}));
        return;
    }
    m_fixing.fix(*std::move(id), consent, std::move(caller), std::move(done));
}

void Keeper::approve(std::string plan, std::string digest, bus::Caller caller, bus::Done<std::string> done)
{
    m_fixing.approve(std::move(plan), std::move(digest), std::move(caller), std::move(done));
}

void Keeper::reject(std::string plan, bus::Caller caller, bus::Done<void> done)
{
    m_fixing.reject(std::move(plan), std::move(caller), std::move(done));
}

void Keeper::undo(std::string run, bus::Caller caller, bus::Done<std::string> done)
{
    if (refused_here(done, "what apt-get installed is taken back with apt-get")) return;
    m_fixing.undo(std::move(run), std::move(caller), std::move(done));
}

void Keeper::approve_policy(std::string name, std::string sha256, bus::Caller caller, bus::Done<void> done)
{
    const auto approved = service::approve_policy(m_world, name, sha256, caller);
    if (approved) m_judging.enqueue_all(); // a policy in mode auto may act now
    done(approved);
}

void Keeper::revoke_policy(std::string name, bus::Caller, bus::Done<void> done)
{
    done(service::revoke_policy(m_world, name));
}

void Keeper::add_root(std::string path, bus::Done<void> done)
{
    if (refused_here(done, k_roots_are_configured)) return;
    path = inventory::absolute_path(path, "/");
    if (!m_world.tree.is_directory(path)) {
        done(fail(ErrorCode::not_found, path + " is no folder that can be read"));
        return;
    }
    for (const auto& each : {path, m_world.tree.real_path(path).value_or(path)}) {
        if (auto may = inventory::may_hold_projects(each); !may) {
            done(fail(may.error()));
            return;
        }
    }
    auto& roots = m_world.remembered.roots;
    const auto place = std::ranges::lower_bound(roots, path);
    if (place == roots.end() || *place != path) {
        roots.insert(place, path);
        const auto saved = save_remembered(m_world.surroundings.state_dir, m_world.remembered);
        if (!saved) {
            std::erase(roots, path);
            done(fail(saved.error()));
            return;
        }
    }
    m_survey([done = std::move(done)] { done({}); });
}

void Keeper::remove_root(std::string path, bus::Done<void> done)
{
    if (refused_here(done, k_roots_are_configured)) return;
    path = inventory::absolute_path(path, "/");
    auto& roots = m_world.remembered.roots;
    if (std::erase(roots, path) == 0) {
        done(fail(ErrorCode::not_found, path + " is no folder that was added; `envfixctl doctor` lists them"));
        return;
    }
    const auto saved = save_remembered(m_world.surroundings.state_dir, m_world.remembered);
    if (!saved) {
        done(fail(saved.error()));
        return;
    }
    m_survey([done = std::move(done)] { done({}); });
}

void Keeper::hold(std::string env, std::uint64_t seconds, std::string reason, bus::Caller caller, bus::Done<void> done)
{
    const auto ids = ids_of(env);
    if (!ids) {
        done(fail(ids.error()));
        return;
    }
    const Hold hold{.until_s = seconds == 0 ? 0 : wall_clock_s() + static_cast<std::int64_t>(seconds),
                    .reason = std::move(reason),
                    .by = std::to_string(caller.uid)};
    for (const auto& id : *ids) {
        m_world.remembered.holds[id] = hold;
        m_world.catalogue.find(id)->hold = hold;
    }
    const auto saved = save_remembered(m_world.surroundings.state_dir, m_world.remembered);
    for (const auto& id : *ids) publish_environment(m_world, id);
    done(saved);
}

void Keeper::release(std::string env, bus::Done<void> done)
{
    const auto ids = ids_of(env);
    if (!ids) {
        done(fail(ids.error()));
        return;
    }
    for (const auto& id : *ids) {
        m_world.remembered.holds.erase(id);
        m_world.remembered.quarantines.erase(id);
        m_world.remembered.releases[id] = wall_clock_s();
        auto& known = *m_world.catalogue.find(id);
        known.hold.reset();
        known.quarantine.reset();
    }
    const auto saved = save_remembered(m_world.surroundings.state_dir, m_world.remembered);
    for (const auto& id : *ids) {
        publish_environment(m_world, id);
        m_judging.enqueue(id, engine::Urgency::damage);
    }
    done(saved);
}

void Keeper::reload(bus::Done<std::vector<model::PolicyProblem>> done)
{
    m_reload();
    done(m_world.configuration.problems);
}

void Keeper::package_versions(std::vector<std::string> names, bus::Done<std::vector<model::PackageVersion>> done)
{
    if (!is_system(m_world)) {
        done(fail(ErrorCode::not_supported, k_packages_are_the_machines));
        return;
    }
    done(versions_of(m_world.tree, std::move(names)));
}

void Keeper::install_packages(std::vector<model::PackageVersion> packages, bus::Caller caller, bus::Done<std::string> done)
{
    if (!is_system(m_world)) {
        done(fail(ErrorCode::not_supported, k_packages_are_the_machines));
        return;
    }
    done(m_fixing.install(packages, caller));
}

} // namespace envfix::service
