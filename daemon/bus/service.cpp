#include "bus/service.hpp"

#include "bus/context.hpp"
#include "bus/environment_object.hpp"
#include "bus/manager.hpp"
#include "bus/paths.hpp"
#include "bus/plan_object.hpp"
#include "bus/polkit.hpp"
#include "bus/policy_object.hpp"
#include "bus/pump.hpp"
#include "bus/run_object.hpp"
#include "wire/conversions.hpp"
#include "wire/sdbus_compat.hpp"

#include <deque>
#include <exception>
#include <map>

namespace envfix::bus {

namespace {
/// Ended runs and plans that stay on the bus as objects; all of them are in the history.
constexpr std::size_t k_ended_kept = 64;
constexpr std::uint32_t k_runs_at_start = 64;
/// Of each user of the machine (THREATS.md B6).
constexpr Limits k_of_each_user{.calls_per_second = 200, .burst = 400, .in_flight = 32};
} // namespace

struct Service::Impl {
    template <typename Object> using Objects = std::map<std::string, std::unique_ptr<Object>>;

    Impl(const asio::any_io_executor& executor, std::unique_ptr<sdbus::IConnection> opened, Credentials credentials,
         Port& port, const Options& options)
        : connection(std::move(opened)), guarded(options.system || options.authority != nullptr), audience(*connection, port, guarded),
          pump(executor, *connection), polkit(*connection, [this] { pump.kick(); }),
          units(*connection, [this] { pump.kick(); }),
          context(port, audience, std::move(credentials), options.system ? k_of_each_user : Limits{}, [this] { pump.kick(); },
                  options.authority != nullptr || !options.system ? options.authority : &polkit),
          manager(*connection, context, !guarded)
    {
    }

    /// Publishes; a bus that is lost is noticed by the pump, not here.
    template <typename Work> void tell(const Work& work) noexcept
    {
        try {
            work();
            pump.kick();
        } catch (const std::exception&) {
            pump.kick();
        }
    }

    /// Puts a value on the bus as an object, or shows it on the one there is. False: nothing changed.
    template <typename Object, typename Value>
    bool show(Objects<Object>& objects, const std::string& key, const Value& value)
    {
        const auto found = objects.find(key);
        if (found != objects.end()) {
            if (found->second->shown() == value) return false;
            found->second->show(value);
            return true;
        }
        auto& made = objects[key];
        made = std::make_unique<Object>(*connection, context, value);
        if (live && !guarded) made->emitInterfacesAddedSignal();
        return true;
    }

    template <typename Object> void hide(Objects<Object>& objects, const std::string& key)
    {
        const auto found = objects.find(key);
        if (found == objects.end()) return;
        if (live && !guarded) found->second->emitInterfacesRemovedSignal();
        objects.erase(found);
    }

    template <typename Object> void keep_latest(Objects<Object>& objects, std::deque<std::string>& ended, std::string id)
    {
        std::erase(ended, id);
        ended.push_back(std::move(id));
        while (ended.size() > k_ended_kept) {
            hide(objects, ended.front());
            ended.pop_front();
        }
    }

    bool show_plan(const model::Plan& plan)
    {
        const bool changed = show(plans, plan.id, plan);
        const bool lives = plan.state == model::PlanState::waiting || plan.state == model::PlanState::approved ||
                           plan.state == model::PlanState::running || plan.state == model::PlanState::advice;
        if (!lives) keep_latest(plans, ended_plans, plan.id);
        return changed;
    }

    bool show_run(const model::Run& run)
    {
        const bool changed = show(runs, run.id, run);
        if (run.state != model::RunState::running) keep_latest(runs, ended_runs, run.id);
        return changed;
    }

    bool show_policies()
    {
        const auto list = context.port().policies();
        std::map<std::string, const model::PolicyReport*> now;
        for (const auto& report : list.policies) now.emplace(report.policy.name, &report);
        std::vector<std::string> gone;
        for (const auto& [name, object] : policies) {
            if (!now.contains(name)) gone.push_back(name);
        }
        for (const auto& name : gone) hide(policies, name);
        bool changed = !gone.empty();
        for (const auto& [name, report] : now) changed = show(policies, name, *report) || changed;
        return changed;
    }

    // In this order: replies and objects refer to the connection, and go before it.
    std::unique_ptr<sdbus::IConnection> connection;
    bool guarded; ///< callers of other users: an authority is asked, nothing lists all objects, and signals go one by one
    Audience audience;
    Pump pump;
    Polkit polkit;
    Units units;
    Context context;
    Manager manager;
    Objects<EnvironmentObject> environments;
    Objects<PlanObject> plans;
    Objects<RunObject> runs;
    Objects<PolicyObject> policies;
    std::deque<std::string> ended_plans;
    std::deque<std::string> ended_runs;
    bool live = false; ///< the name is ours, so somebody may listen
};

Service::Service(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

Service::~Service() = default;
Service::Service(Service&&) noexcept = default;
Service& Service::operator=(Service&&) noexcept = default;

Result<Service> Service::open(const asio::any_io_executor& executor, Port& port)
{
    return open(executor, port, Options{});
}

Result<Service> Service::open(const asio::any_io_executor& executor, Port& port, Options options)
{
    try {
        auto connection = options.system ? sdbus::createSystemBusConnection() : sdbus::createSessionBusConnection();
        ENVFIX_TRY(auto credentials, Credentials::open(options.system));
        return Service(std::make_unique<Impl>(executor, std::move(connection), std::move(credentials), port, options));
    } catch (const sdbus::Error& error) {
        if (options.system) return fail(ErrorCode::io, "connecting to the system bus: " + wire::message_of(error));
        return fail(ErrorCode::io, "connecting to the session bus: " + wire::message_of(error) +
                                       "; is there one? (DBUS_SESSION_BUS_ADDRESS, or dbus-run-session)");
    } catch (const std::exception& error) {
        return fail(ErrorCode::io, std::string{"connecting to the bus: "} + error.what());
    }
}

void Service::publish_all()
{
    m_impl->tell([&] {
        auto& port = m_impl->context.port();
        for (std::uint32_t offset = 0;; offset += Manager::k_page) {
            const auto page = port.environments(offset, Manager::k_page, k_everybody);
            for (const auto& report : page.items) m_impl->show(m_impl->environments, report.id, report);
            if (page.items.empty() || offset + page.items.size() >= page.total) break;
        }
        for (const auto& plan : port.plans()) m_impl->show_plan(plan);
        if (const auto runs = port.runs({}, 0, k_runs_at_start)) {
            for (auto run = runs->items.rbegin(); run != runs->items.rend(); ++run) m_impl->show_run(*run);
        }
        m_impl->show_policies();
    });
}

Result<void> Service::claim_name()
{
    try {
        wire::take_name(*m_impl->connection, k_name);
        m_impl->live = true;
        m_impl->pump.kick();
        return {};
    } catch (const sdbus::Error& error) {
        if (wire::name_of(error) == "org.freedesktop.DBus.Error.FileExists") { // EEXIST, as sd-bus words it
            return fail(ErrorCode::busy, std::string{"another daemon already serves "} + k_name + " on this bus");
        }
        return fail(ErrorCode::io, std::string{"taking the name "} + k_name + ": " + wire::message_of(error));
    }
}

asio::awaitable<Result<void>> Service::run()
{
    return m_impl->pump.run();
}

void Service::environment_changed(const model::EnvironmentReport& report)
{
    m_impl->tell([&] {
        if (m_impl->show(m_impl->environments, report.id, report) && m_impl->live) {
            m_impl->manager.environment_changed(report);
        }
    });
}

void Service::environment_gone(const std::string& id)
{
    m_impl->tell([&] {
        const auto found = m_impl->environments.find(id);
        if (found == m_impl->environments.end()) return;
        const auto path = found->second->shown().path;
        m_impl->hide(m_impl->environments, id);
        if (m_impl->live) m_impl->manager.environment_removed(id, path);
    });
}

void Service::plan_changed(const model::Plan& plan)
{
    m_impl->tell([&] {
        if (m_impl->show_plan(plan) && m_impl->live) m_impl->manager.plan_changed(plan);
    });
}

void Service::plan_gone(const std::string& id)
{
    m_impl->tell([&] {
        std::erase(m_impl->ended_plans, id);
        m_impl->hide(m_impl->plans, id);
    });
}

void Service::run_changed(const model::Run& run)
{
    m_impl->tell([&] {
        if (m_impl->show_run(run) && m_impl->live) m_impl->manager.run_changed(run);
    });
}

void Service::run_progress(const std::string& run_id, const model::RunEvent& event)
{
    m_impl->tell([&] {
        const auto run = m_impl->runs.find(run_id); // which says whose it is
        if (m_impl->live && run != m_impl->runs.end()) m_impl->manager.run_progress(run->second->shown(), event);
    });
}

void Service::policies_changed()
{
    m_impl->tell([&] {
        if (m_impl->show_policies() && m_impl->live) m_impl->manager.policies_changed();
    });
}

Units& Service::units()
{
    return m_impl->units;
}

void Service::daemon_changed()
{
    m_impl->tell([&] {
        if (m_impl->live) m_impl->manager.daemon_changed();
    });
}

} // namespace envfix::bus
