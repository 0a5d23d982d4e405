#include "bus/manager.hpp"

#include "bus/limits.hpp"
#include "bus/paths.hpp"
#include "wire/conversions.hpp"
#include "wire/sdbus_compat.hpp"

#include <algorithm>
#include <tuple>

namespace envfix::bus {

namespace {

wire::Array<wire::Environment> reports(const std::vector<model::EnvironmentReport>& environments)
{
    return wire::list_to_wire(environments);
}

wire::Array<wire::Problem> problems(const std::vector<model::PolicyProblem>& found)
{
    return wire::list_to_wire(found);
}

constexpr const char* k_text_too_long = "a text of more than 4 MiB is not read";

std::string_view as_text(const std::vector<std::uint8_t>& bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

Manager::Manager(sdbus::IConnection& connection, Context& context, bool lists_objects)
    : AdaptorInterfaces(connection, sdbus::ObjectPath{k_manager_path}), m_context(context)
{
    if (lists_objects) getObject().addObjectManager();
    registerAdaptor();
}

Manager::~Manager()
{
    unregisterAdaptor();
}

void Manager::daemon_changed()
{
    tell("DaemonChanged", {}, wire::to_wire(m_context.port().daemon()));
    m_context.audience().tell_properties(getObject(), org::envfix1::Manager_adaptor::INTERFACE_NAME, {}, {"State", "Degraded"});
}

void Manager::environment_changed(const model::EnvironmentReport& report)
{
    tell("EnvironmentChanged", report.id, wire::to_wire(report));
}

void Manager::environment_removed(const std::string& id, const std::string& path)
{
    tell("EnvironmentRemoved", id, wire::text_to_wire(id), wire::text_to_wire(path));
}

void Manager::plan_changed(const model::Plan& plan)
{
    tell("PlanChanged", plan.environment_id, wire::to_wire(plan));
}

void Manager::run_changed(const model::Run& run)
{
    tell("RunChanged", run.environment_id, wire::to_wire(run));
}

void Manager::run_progress(const model::Run& run, const model::RunEvent& event)
{
    tell("RunProgress", run.environment_id, wire::text_to_wire(run.id), wire::to_wire(event));
}

void Manager::policies_changed()
{
    tell("PoliciesChanged", {});
}

void Manager::Subscribe()
{
    m_context.answer(getObject(), [&](const Caller& caller) { return m_context.audience().subscribe(caller).map([] { return true; }); });
}

void Manager::Unsubscribe()
{
    m_context.answer(getObject(), [&](const Caller& caller) {
        m_context.audience().unsubscribe(caller);
        return Result<bool>(true);
    });
}

wire::Status Manager::Status(const std::string& env, const std::uint32_t& limit)
{
    return m_context.answer(getObject(), [&](const Caller& caller) -> Result<wire::Status> {
        ENVFIX_TRY(const auto checked, environment_or_all(env));
        return m_context.port().status(checked, std::min(limit, k_page), caller).map([](const model::Status& status) {
            return wire::to_wire(status);
        });
    });
}

Manager::Paged<wire::Environment> Manager::List(const std::uint32_t& offset, const std::uint32_t& limit)
{
    return m_context.answer(getObject(), [&](const Caller& caller) -> Result<Paged<wire::Environment>> {
        const auto page = m_context.port().environments(offset, std::min(limit, k_page), caller);
        return Paged<wire::Environment>{wire::list_to_wire(page.items), page.total};
    });
}

wire::Environment Manager::Show(const std::string& env)
{
    return m_context.answer(getObject(), [&](const Caller& caller) -> Result<wire::Environment> {
        ENVFIX_TRY(const auto checked, environment_named(env));
        ENVFIX_TRY(const auto report, m_context.port().environment(checked, caller));
        return wire::to_wire(report);
    });
}

void Manager::Check(Reply<wire::Array<wire::Environment>>&& reply, std::string env, bool probe)
{
    m_context.act<std::vector<model::EnvironmentReport>>(
        getObject(), std::move(reply),
        [&port = m_context.port(), env = std::move(env), probe](const Caller& caller, auto done) {
            auto checked = environment_or_all(env);
            if (!checked) return done(fail(checked.error()));
            port.check(*checked, probe, caller, std::move(done));
        },
        reports);
}

void Manager::CheckPaths(Reply<wire::Array<wire::Environment>>&& reply, wire::Strings paths, bool probe)
{
    m_context.act<std::vector<model::EnvironmentReport>>(
        getObject(), std::move(reply),
        [&port = m_context.port(), paths = std::move(paths), probe](const Caller& caller, auto done) mutable {
            const auto checked = absolute_paths(paths);
            if (!checked) return done(fail(checked.error()));
            port.check_paths(std::move(paths), probe, caller, std::move(done));
        },
        reports);
}

void Manager::Diagnose(Reply<wire::Array<wire::Cause>>&& reply, std::vector<std::uint8_t> text)
{
    m_context.act<std::vector<model::Cause>>(
        getObject(), std::move(reply),
        [&port = m_context.port(), text = std::move(text)](const Caller&, auto done) {
            if (text.size() > k_longest_traceback) return done(fail(ErrorCode::too_large, k_text_too_long));
            port.diagnose(std::string{as_text(text)}, std::move(done));
        },
        [](const std::vector<model::Cause>& causes) { return wire::list_to_wire(causes); });
}

void Manager::DiagnoseCommand(sdbus::Result<wire::Array<wire::Cause>, std::string>&& reply, std::vector<std::uint8_t> text,
                              std::string program, std::string path, std::string virtual_env, std::string python_path)
{
    m_context.act<model::CommandDiagnosis>(
        getObject(), std::move(reply),
        [&port = m_context.port(), text = std::move(text), program = std::move(program), path = std::move(path),
         virtual_env = std::move(virtual_env), python_path = std::move(python_path)](const Caller&, auto done) mutable {
            if (text.size() > k_longest_traceback) return done(fail(ErrorCode::too_large, k_text_too_long));
            if (const auto checked = program_and_lists(program, {path, virtual_env, python_path}); !checked) {
                return done(fail(checked.error()));
            }
            port.diagnose_command(std::string{as_text(text)},
                                              {.program = std::move(program),
                                               .path = std::move(path),
                                               .virtual_env = std::move(virtual_env),
                                               .python_path = std::move(python_path)},
                                              std::move(done));
        },
        [](const model::CommandDiagnosis& diagnosis) {
            return std::tuple{wire::list_to_wire(diagnosis.causes), wire::text_to_wire(diagnosis.environment)};
        });
}

wire::Explanation Manager::Explain(const std::string& code)
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Explanation> {
        ENVFIX_TRY(const auto name, short_text(code, "code"));
        ENVFIX_TRY(const auto explanation, m_context.port().explain(name));
        return wire::to_wire(explanation);
    });
}

void Manager::Plan(Reply<wire::Array<wire::Plan>>&& reply, std::string env)
{
    m_context.act<std::optional<model::Plan>>(
        getObject(), std::move(reply),
        [&port = m_context.port(), env = std::move(env)](const Caller&, auto done) {
            auto checked = environment_named(env);
            if (!checked) return done(fail(checked.error()));
            port.plan(*checked, std::move(done));
        },
        [](const std::optional<model::Plan>& plan) {
            return plan ? wire::Array<wire::Plan>{wire::to_wire(*plan)} : wire::Array<wire::Plan>{};
        });
}

wire::Array<wire::Plan> Manager::Plans()
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Array<wire::Plan>> {
        auto plans = m_context.port().plans();
        if (plans.size() > k_page) plans.erase(plans.begin(), plans.end() - k_page); // the latest tell most
        return wire::list_to_wire(plans);
    });
}

wire::Plan Manager::GetPlan(const std::string& plan)
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Plan> {
        ENVFIX_TRY(const auto id, short_text(plan, "plan"));
        ENVFIX_TRY(const auto found, m_context.port().plan(id));
        return wire::to_wire(found);
    });
}

void Manager::Fix(Reply<Path>&& reply, std::string env, bool consent)
{
    m_context.act<std::string>(
        getObject(), std::move(reply),
        [&port = m_context.port(), env = std::move(env), consent](const Caller& caller, auto done) {
            auto checked = environment_named(env);
            if (!checked) return done(fail(checked.error()));
            port.fix(*checked, consent, caller, std::move(done));
        },
        run_path);
}

void Manager::Approve(Reply<Path>&& reply, std::string plan, std::string digest)
{
    m_context.act<std::string>(
        getObject(), std::move(reply),
        [&port = m_context.port(), plan = std::move(plan), digest = std::move(digest)](const Caller& caller, auto done) {
            auto id = short_text(plan, "plan");
            auto frozen = short_text(digest, "digest");
            if (!id) return done(fail(id.error()));
            if (!frozen) return done(fail(frozen.error()));
            port.approve(*id, *frozen, caller, std::move(done));
        },
        run_path);
}

void Manager::Reject(sdbus::Result<>&& reply, std::string plan)
{
    m_context.act(getObject(), std::move(reply),
                  [&port = m_context.port(), plan = std::move(plan)](const Caller& caller, auto done) {
        auto id = short_text(plan, "plan");
        if (!id) return done(fail(id.error()));
        port.reject(*id, caller, std::move(done));
    });
}

Manager::Paged<wire::Run> Manager::History(const std::string& env, const std::uint32_t& offset,
                                           const std::uint32_t& limit)
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<Paged<wire::Run>> {
        ENVFIX_TRY(const auto checked, environment_or_all(env));
        ENVFIX_TRY(const auto page, m_context.port().runs(checked, offset, std::min(limit, k_page)));
        return Paged<wire::Run>{wire::list_to_wire(page.items), page.total};
    });
}

wire::Run Manager::GetRun(const std::string& run)
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Run> {
        ENVFIX_TRY(const auto id, short_text(run, "run"));
        ENVFIX_TRY(const auto found, m_context.port().run(id));
        return wire::to_wire(found);
    });
}

void Manager::Undo(Reply<Path>&& reply, std::string run)
{
    m_context.act<std::string>(
        getObject(), std::move(reply),
        [&port = m_context.port(), run = std::move(run)](const Caller& caller, auto done) {
            auto id = short_text(run, "run");
            if (!id) return done(fail(id.error()));
            port.undo(*id, caller, std::move(done));
        },
        run_path);
}

wire::Policies Manager::Policies()
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Policies> {
        return wire::to_wire(m_context.port().policies());
    });
}

wire::Policy Manager::GetPolicy(const std::string& name)
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Policy> {
        ENVFIX_TRY(const auto known, short_text(name, "policy"));
        ENVFIX_TRY(const auto found, m_context.port().policy(known));
        return wire::to_wire(found);
    });
}

wire::Array<wire::Problem> Manager::CheckPolicy(const std::string& file, const std::vector<std::uint8_t>& content)
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Array<wire::Problem>> {
        ENVFIX_TRY(const auto name, short_text(file, "file"));
        if (content.size() > k_longest_policy) return fail(ErrorCode::too_large, "a policy has at most 256 KiB");
        return problems(m_context.port().check_policy(name, as_text(content)));
    });
}

wire::Array<wire::Verdict> Manager::WhyPolicies(const std::string& env)
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Array<wire::Verdict>> {
        ENVFIX_TRY(const auto checked, environment_named(env));
        ENVFIX_TRY(const auto verdicts, m_context.port().why(checked));
        return wire::list_to_wire(verdicts);
    });
}

wire::Array<wire::Verdict> Manager::TestPolicy(const std::string& name)
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Array<wire::Verdict>> {
        ENVFIX_TRY(const auto known, short_text(name, "policy"));
        ENVFIX_TRY(const auto verdicts, m_context.port().test_policy(known));
        return wire::list_to_wire(verdicts);
    });
}

void Manager::ApprovePolicy(sdbus::Result<>&& reply, std::string name, std::string sha256)
{
    m_context.act(getObject(), std::move(reply), [&port = m_context.port(), name = std::move(name),
                                                  sha256 = std::move(sha256)](const Caller& caller, auto done) {
        auto known = short_text(name, "policy");
        auto digest = short_text(sha256, "digest");
        if (!known) return done(fail(known.error()));
        if (!digest) return done(fail(digest.error()));
        port.approve_policy(*known, *digest, caller, std::move(done));
    });
}

void Manager::RevokePolicy(sdbus::Result<>&& reply, std::string name)
{
    m_context.act(getObject(), std::move(reply),
                  [&port = m_context.port(), name = std::move(name)](const Caller& caller, auto done) {
        auto known = short_text(name, "policy");
        if (!known) return done(fail(known.error()));
        port.revoke_policy(*known, caller, std::move(done));
    });
}

void Manager::AddRoot(sdbus::Result<>&& reply, std::string path)
{
    m_context.act(getObject(), std::move(reply),
                  [&port = m_context.port(), path = std::move(path)](const Caller&, auto done) mutable {
        const auto checked = absolute_paths({path});
        if (!checked) return done(fail(checked.error()));
        port.add_root(std::move(path), std::move(done));
    });
}

void Manager::RemoveRoot(sdbus::Result<>&& reply, std::string path)
{
    m_context.act(getObject(), std::move(reply),
                  [&port = m_context.port(), path = std::move(path)](const Caller&, auto done) mutable {
        const auto checked = absolute_paths({path});
        if (!checked) return done(fail(checked.error()));
        port.remove_root(std::move(path), std::move(done));
    });
}

void Manager::Hold(sdbus::Result<>&& reply, std::string env, std::uint64_t seconds, std::string reason)
{
    m_context.act(getObject(), std::move(reply), [&port = m_context.port(), env = std::move(env), seconds,
                                                  reason = std::move(reason)](const Caller& caller, auto done) mutable {
        auto checked = environment_or_all(env);
        if (!checked) return done(fail(checked.error()));
        if (reason.size() > k_longest_text) return done(fail(ErrorCode::too_large, "the reason is too long"));
        port.hold(*checked, seconds, std::move(reason), caller, std::move(done));
    });
}

void Manager::Release(sdbus::Result<>&& reply, std::string env)
{
    m_context.act(getObject(), std::move(reply),
                  [&port = m_context.port(), env = std::move(env)](const Caller&, auto done) {
        auto checked = environment_or_all(env);
        if (!checked) return done(fail(checked.error()));
        port.release(*checked, std::move(done));
    });
}

void Manager::Reload(Reply<wire::Array<wire::Problem>>&& reply)
{
    m_context.act<std::vector<model::PolicyProblem>>(
        getObject(), std::move(reply), [&port = m_context.port()](const Caller&, auto done) { port.reload(std::move(done)); },
        problems);
}

void Manager::PackageVersions(Reply<wire::Array<wire::Package>>&& reply, wire::Strings names)
{
    m_context.act<std::vector<model::PackageVersion>>(
        getObject(), std::move(reply),
        [&port = m_context.port(), names = std::move(names)](const Caller&, auto done) mutable {
            if (const auto listed = packages_listed(names.size()); !listed) return done(fail(listed.error()));
            port.package_versions(std::move(names), std::move(done));
        },
        [](const std::vector<model::PackageVersion>& versions) {
            wire::Array<wire::Package> packages;
            for (const auto& each : versions) packages.emplace_back(wire::text_to_wire(each.name), wire::text_to_wire(each.version));
            return packages;
        });
}

void Manager::InstallPackages(Reply<Path>&& reply, wire::Array<wire::Package> packages)
{
    m_context.act<std::string>(
        getObject(), std::move(reply),
        [&port = m_context.port(), packages = std::move(packages)](const Caller& caller, auto done) {
            if (const auto listed = packages_listed(packages.size()); !listed) return done(fail(listed.error()));
            std::vector<model::PackageVersion> wanted;
            for (const auto& each : packages) wanted.push_back({.name = std::get<0>(each), .version = std::get<1>(each)});
            port.install_packages(std::move(wanted), caller, std::move(done));
        },
        run_path);
}

wire::Doctor Manager::Doctor()
{
    return m_context.answer(getObject(), [&](const Caller&) -> Result<wire::Doctor> {
        return wire::to_wire(m_context.port().doctor());
    });
}

std::string Manager::Version()
{
    return m_context.property([&] { return wire::text_to_wire(m_context.port().daemon().version); });
}

std::string Manager::Instance()
{
    return m_context.property([&] { return wire::text_to_wire(m_context.port().daemon().instance); });
}

std::string Manager::State()
{
    return m_context.property([&] { return wire::text_to_wire(m_context.port().daemon().state); });
}

wire::Strings Manager::Degraded()
{
    return m_context.property([&] { return wire::texts_to_wire(m_context.port().daemon().degraded); });
}

std::uint64_t Manager::Watches()
{
    return m_context.property([&] { return m_context.port().daemon().watches; });
}

} // namespace envfix::bus
