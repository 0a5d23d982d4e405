#pragma once

#include "bus/port.hpp"
#include "bus/resolve.hpp"
#include "support/samples.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace envfix {

/// The daemon as the bus sees it, with the values of `samples` and a memory of what was asked of it.
class FakePort : public bus::Port {
public:
    // What it knows; tests change it as they like.
    model::DaemonReport the_daemon = samples::daemon();
    std::vector<model::EnvironmentReport> the_environments{samples::broken(), samples::healthy()};
    std::vector<model::Plan> the_plans{samples::plan()};
    std::vector<model::Run> the_runs{samples::run()};
    model::PolicyList the_policies{.policies = {samples::policy()}, .problems = {}};
    std::vector<model::PolicyOffer> the_offers = samples::status().offers;
    std::vector<model::PolicyProblem> the_problems;
    std::vector<model::EnvironmentReport> checked; ///< what `check_paths` finds; none: the_environments

    // What it does when asked.
    std::optional<std::vector<model::Cause>> the_causes; ///< what diagnose_command finds; none: a cause and an environment
    std::optional<Error> refusal;  ///< every action, and every getter that can fail, answers so
    std::optional<Error> plan_refusal; ///< `plan` and `fix` answer so
    bool throws = false;           ///< every getter and action throws
    bool drops = false;            ///< actions drop `done` uncalled
    bool keeps = false;            ///< `fix` keeps `done` in `kept`
    std::vector<bus::Done<std::string>> kept;
    std::function<bool(const std::string&, const bus::Caller&)> sees; ///< whether a caller may see an environment; none: he may
    std::function<void()> after_fix; ///< called when `fix`, `approve` or `undo` has answered

    std::vector<model::CommandContext> commands; ///< that were to be diagnosed
    std::vector<std::string> texts;              ///< what they wrote
    mutable std::vector<std::string> asked; ///< "fix 3fa1 yes", in order

    [[nodiscard]] model::DaemonReport daemon() const override
    {
        note("daemon");
        return the_daemon;
    }

    [[nodiscard]] Result<model::Status> status(std::string_view env, std::uint32_t limit,
                                               const bus::Caller& caller) const override
    {
        note("status", env);
        if (refusal) return fail(*refusal);
        model::Status status{.daemon = the_daemon,
                             .environments = the_environments,
                             .total = the_environments.size(),
                             .plans = the_plans,
                             .offers = the_offers};
        if (!env.empty()) {
            ENVFIX_TRY(auto report, environment(env, caller));
            status.environments = {report};
            status.total = 1;
        }
        if (status.environments.size() > limit) status.environments.resize(limit);
        return status;
    }

    [[nodiscard]] model::Page<model::EnvironmentReport> environments(std::uint32_t offset,
                                                                     std::uint32_t limit,
                                                                     const bus::Caller&) const override
    {
        note("environments");
        return page_of(the_environments, offset, limit);
    }

    [[nodiscard]] bool may_see(const std::string& environment, const bus::Caller& caller) const override
    {
        return !sees || sees(environment, caller);
    }

    [[nodiscard]] Result<model::EnvironmentReport> environment(std::string_view env, const bus::Caller&) const override
    {
        note("environment", env);
        if (refusal) return fail(*refusal);
        std::vector<model::Environment> known;
        for (const auto& report : the_environments) known.push_back({.id = report.id, .path = report.path});
        ENVFIX_TRY(const auto index, bus::resolve_environment(known, env, [](std::string_view) { return true; }));
        return the_environments[index];
    }

    [[nodiscard]] std::vector<model::Plan> plans() const override
    {
        note("plans");
        return the_plans;
    }

    [[nodiscard]] Result<model::Plan> plan(std::string_view id) const override
    {
        note("plan", id);
        return found(the_plans, id, "plan");
    }

    [[nodiscard]] Result<model::Page<model::Run>> runs(std::string_view env, std::uint32_t offset,
                                                       std::uint32_t limit) const override
    {
        note("runs", env);
        if (refusal) return fail(*refusal);
        return page_of(the_runs, offset, limit);
    }

    [[nodiscard]] Result<model::Run> run(std::string_view id) const override
    {
        note("run", id);
        return found(the_runs, id, "run");
    }

    [[nodiscard]] model::PolicyList policies() const override
    {
        note("policies");
        return the_policies;
    }

    [[nodiscard]] Result<model::PolicyReport> policy(std::string_view name) const override
    {
        note("policy", name);
        if (refusal) return fail(*refusal);
        for (const auto& report : the_policies.policies) {
            if (report.policy.name == name) return report;
        }
        return fail(ErrorCode::not_found, "there is no policy " + std::string{name});
    }

    [[nodiscard]] std::vector<model::PolicyProblem> check_policy(std::string_view name,
                                                                 std::string_view content) const override
    {
        note("check_policy", name, std::to_string(content.size()));
        return the_problems;
    }

    [[nodiscard]] Result<std::vector<model::PolicyVerdict>> why(std::string_view env) const override
    {
        note("why", env);
        if (refusal) return fail(*refusal);
        return std::vector{samples::verdict()};
    }

    [[nodiscard]] Result<std::vector<model::PolicyVerdict>> test_policy(std::string_view name) const override
    {
        note("test_policy", name);
        if (refusal) return fail(*refusal);
        return std::vector{samples::verdict()};
    }

    [[nodiscard]] Result<model::Explanation> explain(std::string_view code) const override
    {
        note("explain", code);
        if (refusal) return fail(*refusal);
        if (code != samples::explanation().code) return fail(ErrorCode::not_found, "no such code: " + std::string{code});
        return samples::explanation();
    }

    [[nodiscard]] model::Doctor doctor() const override
    {
        note("doctor");
        return samples::doctor();
    }

    void check(std::string env, bool probe, bus::Caller caller,
               bus::Done<std::vector<model::EnvironmentReport>> done) override
    {
        note("check", env, probe ? "probe" : "");
        if (env.empty()) return act(done, the_environments);
        auto report = environment(env, caller);
        act(done, report ? std::vector{*report} : std::vector<model::EnvironmentReport>{});
    }

    void check_paths(std::vector<std::string> paths, bool probe, bus::Caller,
                     bus::Done<std::vector<model::EnvironmentReport>> done) override
    {
        note("check_paths", paths.front(), probe ? "probe" : "");
        act(done, checked.empty() ? the_environments : checked);
    }

    void diagnose(std::string text, bus::Done<std::vector<model::Cause>> done) override
    {
        note("diagnose", std::to_string(text.size()));
        act(done, std::vector{samples::cause()});
    }

    void diagnose_command(std::string text, model::CommandContext command,
                          bus::Done<model::CommandDiagnosis> done) override
    {
        note("diagnose_command", command.program, std::to_string(text.size()));
        commands.push_back(command);
        texts.push_back(std::move(text));
        if (!the_causes) return act(done, model::CommandDiagnosis{.causes = {samples::cause()}, .environment = "/srv/.venv"});
        act(done, model::CommandDiagnosis{.causes = *the_causes, .environment = {}});
    }

    void plan(std::string env, bus::Done<std::optional<model::Plan>> done) override
    {
        note("plan", env);
        if (plan_refusal) return done(fail(*plan_refusal));
        act(done, the_plans.empty() ? std::nullopt : std::optional{the_plans.front()});
    }

    void fix(std::string env, bool consent, bus::Caller caller, bus::Done<std::string> done) override
    {
        note("fix", env, consent ? "yes" : "no");
        if (plan_refusal) return done(fail(*plan_refusal));
        callers.push_back(caller);
        if (keeps) {
            kept.push_back(std::move(done));
            return;
        }
        act(done, the_runs.empty() ? std::string{} : the_runs.front().id);
        if (after_fix) after_fix();
    }

    void approve(std::string id, std::string digest, bus::Caller caller, bus::Done<std::string> done) override
    {
        note("approve", id, digest.substr(0, 12));
        callers.push_back(caller);
        act(done, the_runs.front().id);
        if (after_fix) after_fix();
    }

    void reject(std::string id, bus::Caller, bus::Done<void> done) override
    {
        note("reject", id);
        act(done);
    }

    void undo(std::string id, bus::Caller, bus::Done<std::string> done) override
    {
        note("undo", id);
        act(done, id);
        if (after_fix) after_fix();
    }

    void approve_policy(std::string name, std::string sha256, bus::Caller, bus::Done<void> done) override
    {
        note("approve_policy", name, sha256.substr(0, 4));
        act(done);
    }

    void revoke_policy(std::string name, bus::Caller, bus::Done<void> done) override
    {
        note("revoke_policy", name);
        act(done);
    }

    void add_root(std::string path, bus::Done<void> done) override
    {
        note("add_root", path);
        act(done);
    }

    void remove_root(std::string path, bus::Done<void> done) override
    {
        note("remove_root", path);
        act(done);
    }

    void hold(std::string env, std::uint64_t seconds, std::string reason, bus::Caller, bus::Done<void> done) override
    {
        note("hold", env, std::to_string(seconds) + " " + reason);
        act(done);
    }

    void release(std::string env, bus::Done<void> done) override
    {
        note("release", env);
        act(done);
    }

    void reload(bus::Done<std::vector<model::PolicyProblem>> done) override
    {
        note("reload");
        act(done, the_problems);
    }

    void package_versions(std::vector<std::string> names, bus::Done<std::vector<model::PackageVersion>> done) override
    {
        note("package_versions", names.front(), names.back());
        act(done, the_versions);
    }

    void install_packages(std::vector<model::PackageVersion> packages, bus::Caller caller, bus::Done<std::string> done) override
    {
        note("install_packages", packages.front().name, packages.front().version);
        callers.push_back(caller);
        if (keeps) {
            kept.push_back(std::move(done));
            return;
        }
        act(done, the_runs.front().id);
    }

    std::vector<model::PackageVersion> the_versions{{.name = "python3-jwt", .version = "2.6.0-1"}};
    std::vector<bus::Caller> callers;

private:
    void note(std::string_view what, std::string_view a = {}, std::string_view b = {}) const
    {
        if (throws) throw std::logic_error("the port is broken");
        std::string line{what};
        if (!a.empty()) line.append(" ").append(a);
        if (!b.empty()) line.append(" ").append(b);
        asked.push_back(std::move(line));
    }

    template <typename T> void act(const bus::Done<T>& done, T value) const
    {
        if (drops) return;
        if (refusal) return done(fail(*refusal));
        done(std::move(value));
    }

    void act(const bus::Done<void>& done) const
    {
        if (drops) return;
        if (refusal) return done(fail(*refusal));
        done({});
    }

    template <typename T> static model::Page<T> page_of(const std::vector<T>& all, std::uint32_t offset, std::uint32_t limit)
    {
        model::Page<T> page;
        page.total = all.size();
        for (std::size_t i = offset; i < all.size() && page.items.size() < limit; ++i) page.items.push_back(all[i]);
        return page;
    }

    template <typename T> Result<T> found(const std::vector<T>& all, std::string_view id, const std::string& what) const
    {
        if (refusal) return fail(*refusal);
        for (const auto& one : all) {
            if (one.id.starts_with(id)) return one;
        }
        return fail(ErrorCode::not_found, "there is no " + what + ' ' + std::string{id});
    }
};

} // namespace envfix
