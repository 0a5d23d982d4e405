// The order of the members of Daemon is the order in which they need one another; they go in the reverse one.
#include "service/service.hpp"

#include "base/printable.hpp"
#include "bus/service.hpp"
#include "fs/lock.hpp"
#include "fs/write_tree.hpp"
#include "inventory/names.hpp"
#include "process/sandbox.hpp"
#include "service/accounts.hpp"
#include "service/chronicle.hpp"
#include "service/fixing.hpp"
#include "service/installers.hpp"
#include "service/judging.hpp"
#include "service/keeper.hpp"
#include "service/log.hpp"
#include "service/notify.hpp"
#include "service/notifying.hpp"
#include "service/observer.hpp"
#include "service/open_world.hpp"
#include "service/publishing.hpp"
#include "service/system_fix.hpp"
#include "service/tasks.hpp"
#include "service/upkeep.hpp"
#include "service/world.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

namespace envfix::service {

namespace {

using namespace std::chrono_literals;

/// Systemd is promised an end within this time; what is then in flight is finished or reverted at the next start.
constexpr auto k_end_within = 800ms;
/// A first look that takes longer must not keep systemd and whoever waits for the name.
constexpr auto k_first_look = 5s;
/// How often it is asked anew whose the roots are: one may come late, or change hands.
constexpr auto k_whose_roots = 5min;

void complain(const std::string& text)
{
    std::fprintf(stderr, "envfixd: %s\n", escape_untrusted(text).c_str());
}

class Daemon {
public:
    explicit Daemon(World world)
        : m_world(std::move(world)), m_tasks(m_io.get_executor(), [this](const std::exception_ptr&) { end(1); }),
          m_fixing(m_world),
          m_judging(m_world, [this](const app::Judgement& judgement, bool may_repair) {
              after_judgement(judgement, may_repair);
          }),
          m_keeper(m_world, m_judging, m_fixing, [this] { reload(); }, [this](auto done) { survey(std::move(done)); }),
          m_notifying(m_world, m_io.get_executor(), [this](const auto& digest, auto done) { approve(digest, std::move(done)); }),
          m_signals(m_io, SIGTERM, SIGINT, SIGHUP), m_watchdog(m_io), m_upkeep(m_io), m_deadline(m_io), m_whose(m_io)
    {
        m_world.loop = m_io.get_executor();
        m_world.pool = m_pool.get_executor();
        m_world.tasks = &m_tasks;
        m_world.notifying = &m_notifying;
        m_fixing.use(m_judging);
    }

    int run()
    {
        constexpr std::int64_t k_week_s = 7L * 24 * 3600;
        m_world.plans.load(m_world.journal, wall_clock_s() - k_week_s);
        recover();
        if (const auto opened = open(); !opened) {
            complain(opened.error().message);
            return 1;
        }
        wait_for_signal();
        keep_watchdog_quiet();
        survey([this] {
            m_notifying.surveyed();
            go_public();
            m_fixing.end_interrupted();
        });
        m_deadline.expires_after(k_first_look);
        m_deadline.async_wait([this](const asio::error_code& error) {
            if (!error) go_public();
        });
        m_io.run();
        m_pool.stop();
        m_pool.join();
        m_world.hashes.save();
        m_notifying.save();
        return m_exit;
    }

private:
    void recover()
    {
        auto recovery = m_fixing.recovery();
        for (const auto& recovered : remedy::recover(m_world.transactions)) {
            spdlog::warn("{} (run={})", escape_untrusted(recovered.text), recovered.run);
            recovery.recovered(recovered);
        }
        recovery.close_dead_runs();
    }

    Result<void> open()
    {
        const auto& config = m_world.configuration.daemon;
        watch::Options options{.poll_every = config.poll,
                               .sweep_every = config.sweep,
                               .most_watches = static_cast<std::size_t>(config.most_watches)};
        options.limits.watched_depth = config.depth;
        options.library_files = {"/etc/ld.so.cache", "/var/lib/dpkg/status"}; // both are replaced by a rename
        ENVFIX_TRY(auto tree, fs::Tree::open());
        ENVFIX_TRY(m_observer, Observer::open(m_world.loop, m_world.pool, std::move(tree), options,
                                              {.quiet = config.quiet, .patience = config.patience}, sink()));
        m_world.observer = m_observer.get();
        if (is_system(m_world)) {
            m_accounts.emplace(m_world.loop, m_tasks, accounts_world());
            m_world.accounts = &*m_accounts;
        }
        ENVFIX_TRY(auto bus, bus::Service::open(m_world.loop, m_keeper, {.system = is_system(m_world), .authority = nullptr}));
        m_bus.emplace(std::move(bus));
        m_world.bus = &*m_bus;
        m_tasks.start("observer", observe());
        m_tasks.start("bus", serve());
        record_problems(m_world);
        m_notifying.configured();
        return {};
    }

    Accounts::World accounts_world()
    {
        return {.start = [this](const auto& unit, auto done) { m_bus->units().start(unit, std::move(done)); },
                .stop = [this](const auto& unit, auto done) { m_bus->units().stop(unit, std::move(done)); },
                .changed =
                    [this] {
                        if (m_public) m_bus->daemon_changed();
                        m_world.summary_is_old = true;
                        publish_summary(m_world);
                    }};
    }

    /// The roots that are ours to look at: root's, where others belong to accounts.
    std::vector<std::string> own_roots()
    {
        auto all = m_world.configuration.daemon.roots;
        for (const auto& root : m_world.remembered.roots) all.push_back(root);
        if (!m_accounts) return all;
        m_whose.expires_after(k_whose_roots);
        m_whose.async_wait([this](const asio::error_code& error) {
            if (error) return;
            const auto before = m_own_roots;
            if (own_roots() != before) survey({});
        });
        m_own_roots = m_accounts->share_out(m_world.tree, all);
        return m_own_roots;
    }

    void after_judgement(const app::Judgement& judgement, bool may_repair)
    {
        m_fixing.after_judgement(judgement, may_repair);
        const auto* known = m_world.catalogue.find(judgement.report.id);
        if (known != nullptr) m_notifying.look(shown_report(m_world, *known), may_repair);
    }

    /// The person pressed a button on his own desktop.
    void approve(const std::string& digest, bus::Done<std::string> done)
    {
        constexpr std::size_t k_id_size = 12;
        m_keeper.approve(digest.substr(0, k_id_size), digest, {.uid = ::geteuid(), .bus_name = {}}, std::move(done));
    }

    ObserverSink sink()
    {
        return {.appeared = [this](const auto& environments) { appeared(environments); },
                .vanished = [this](const auto& environments) { vanished(environments); },
                .settled =
                    [this](const engine::Settled& settled) {
                        const auto urgency = settled.why == engine::Why::damage ? engine::Urgency::damage
                                                                                : engine::Urgency::change;
                        m_judging.enqueue(settled.environment, urgency, settled.may_repair);
                    },
                .events_lost = [this] { m_judging.enqueue_all(); },
                .needing_libraries = [this] { return needing_libraries(); },
                .surveyed = [this] { surveyed(); },
                .installer_at_work =
                    [this](const std::string& id) {
                        const auto* known = m_world.catalogue.find(id);
                        return known != nullptr && installer_at_work(m_world, known->environment).has_value();
                    }};
    }

    std::vector<std::string> needing_libraries() const
    {
        std::vector<std::string> ids;
        for (const auto& [id, known] : m_world.catalogue.all()) {
            if (known.needs_libraries) ids.push_back(id);
        }
        return ids;
    }

    void appeared(const std::vector<model::Environment>& environments)
    {
        for (const auto& environment : environments) {
            if (policy::is_ignored(m_world.configuration.daemon, environment.path)) continue;
            if (m_accounts && m_accounts->looks_at(environment.path)) continue;
            if (m_world.catalogue.add(environment)) {
                auto& known = *m_world.catalogue.find(environment.id);
                const auto& remembered = m_world.remembered;
                if (const auto hold = remembered.holds.find(environment.id); hold != remembered.holds.end()) {
                    known.hold = hold->second;
                }
                if (const auto why = remembered.quarantines.find(environment.id); why != remembered.quarantines.end()) {
                    known.quarantine = why->second;
                }
                known.run = m_fixing.interrupted_in(environment.id);
            }
            m_judging.enqueue(environment.id, engine::Urgency::change);
        }
    }

    void vanished(const std::vector<model::Environment>& environments)
    {
        for (const auto& environment : environments) {
            m_judging.forget(environment.id);
            m_notifying.gone(environment.id);
            if (m_world.bus != nullptr) m_world.bus->environment_gone(environment.id); // while it is known whose it is
            m_world.catalogue.remove(environment.id);
        }
    }

    /// Whoever asked for a survey waits until what it found has been judged.
    void surveyed()
    {
        auto waiting = std::exchange(m_waiting_for_survey, {});
        if (waiting.empty()) return;
        m_judging.when_idle([waiting = std::move(waiting)] {
            for (const auto& done : waiting) done();
        });
    }

    void survey(std::function<void()> done)
    {
        if (done) m_waiting_for_survey.push_back(std::move(done));
        inventory::Places places{.home = m_world.surroundings.home,
                                 .pyenv_root = m_world.surroundings.pyenv_root,
                                 .path = m_world.surroundings.search_path,
                                 .roots = own_roots()};
        m_observer->look(std::move(places));
    }

    void go_public()
    {
        if (m_public) return;
        m_public = true;
        m_deadline.cancel();
        m_bus->publish_all();
        if (const auto claimed = m_bus->claim_name(); !claimed) {
            complain(claimed.error().message);
            end(1);
            return;
        }
        notify::ready();
        keep_tidy();
        m_tasks.start("store", m_fixing.look_after_store());
        spdlog::info("ready: {} environments, {} policies", m_world.catalogue.all().size(),
                     m_world.configuration.policies.size());
    }

    void keep_tidy()
    {
        tidy(m_world);
        m_upkeep.expires_after(std::chrono::hours(6)); // one that starts every day comes to its second time as well
        m_upkeep.async_wait([this](const asio::error_code& error) {
            if (!error) keep_tidy();
        });
    }

    void reload()
    {
        notify::reloading();
        m_world.configuration = app::load_configuration(m_world.tree, m_world.surroundings);
        m_world.judgements = {};
        set_log_level(m_world.configuration.daemon.log);
        record_problems(m_world);
        m_notifying.configured();
        m_bus->policies_changed();
        m_bus->daemon_changed();
        survey({});
        if (m_accounts) m_accounts->reload();
        m_judging.enqueue_all();
        m_fixing.check_store();
        notify::ready();
    }

    asio::awaitable<void> observe()
    {
        const auto ended = co_await m_observer->run();
        if (!ended) {
            spdlog::error("{}", escape_untrusted(ended.error().message));
            end(1);
        }
    }

    asio::awaitable<void> serve()
    {
        const auto ended = co_await m_bus->run();
        if (!ended) {
            spdlog::error("{}", escape_untrusted(ended.error().message));
            end(1);
        }
    }

    void wait_for_signal()
    {
        m_signals.async_wait([this](const asio::error_code& error, int signal) {
            if (error) return;
            if (signal == SIGHUP) {
                reload();
                wait_for_signal();
            } else {
                end(0);
            }
        });
    }

    /// The ping says that the loop turns and the journal answers.
    void keep_watchdog_quiet()
    {
        const auto interval = notify::watchdog_interval();
        if (!interval) return;
        m_watchdog.expires_after(*interval);
        m_watchdog.async_wait([this](const asio::error_code& error) {
            if (error) return;
            if (m_world.journal.running()) notify::watchdog();
            keep_watchdog_quiet();
        });
    }

    void end(int exit)
    {
        if (m_ending) return;
        m_ending = true;
        m_exit = exit;
        notify::stopping();
        m_signals.cancel();
        m_watchdog.cancel();
        m_upkeep.cancel();
        m_whose.cancel();
        if (m_accounts) m_accounts->stop();
        if (m_observer) m_observer->stop();
        m_tasks.cancel_all();
        m_deadline.expires_after(k_end_within);
        m_deadline.async_wait([this](const asio::error_code& error) {
            if (!error) m_io.stop();
        });
        leave_when_done();
    }

    void leave_when_done()
    {
        if (m_tasks.running() == 0) {
            m_io.stop();
            return;
        }
        auto again = std::make_shared<asio::steady_timer>(m_io, 5ms);
        again->async_wait([this, again](const asio::error_code& error) {
            if (!error) leave_when_done();
        });
    }

    asio::io_context m_io{1};
    asio::thread_pool m_pool{1};
    World m_world;
    Tasks m_tasks;
    Fixing m_fixing;
    Judging m_judging;
    Keeper m_keeper;
    Notifying m_notifying;
    std::unique_ptr<Observer> m_observer;
    std::optional<Accounts> m_accounts;
    std::optional<bus::Service> m_bus;
    asio::signal_set m_signals;
    asio::steady_timer m_watchdog;
    asio::steady_timer m_upkeep;
    asio::steady_timer m_deadline;
    asio::steady_timer m_whose;
    std::vector<std::string> m_own_roots;
    std::vector<std::function<void()>> m_waiting_for_survey;
    bool m_public = false;
    bool m_ending = false;
    int m_exit = 0;
};

} // namespace

int run(const app::Surroundings& surroundings)
{
    if (surroundings.instance == app::Instance::system && ::geteuid() == 0) {
        complain("the machine's daemon runs as the user envfix, without any right: systemctl start envfixd");
        return 1;
    }
    if (const auto made = fs::make_private_directories(surroundings.state_dir); !made) {
        complain(made.error().message);
        return 1;
    }
    const auto lock = fs::FileLock::file(surroundings.state_dir + "/lock");
    if (!lock) {
        complain("another envfixd of this user is running: " + lock.error().message);
        return 1;
    }
    remove_dead_scratch(surroundings.state_dir);
    auto world = open_world(surroundings);
    if (!world) {
        complain(world.error().message);
        return 1;
    }
    open_log(world->configuration.daemon.log);
    if (is_system(*world)) world->let_through = process::what_the_sandbox_lets_through(); // before there are threads
    Daemon daemon(*std::move(world));
    return daemon.run();
}

int check_configuration(const app::Surroundings& surroundings)
{
    const auto tree = fs::Tree::open();
    if (!tree) {
        complain(tree.error().message);
        return 1;
    }
    const auto configuration = app::load_configuration(*tree, surroundings);
    for (const auto& problem : configuration.problems) {
        complain(problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " +
                 problem.reason);
    }
    if (configuration.problems.empty()) {
        std::printf("configuration is well: %zu policies, %zu links in the chains\n", configuration.policies.size(),
                    configuration.chain.links.size());
    }
    return configuration.problems.empty() ? 0 : 1;
}

} // namespace envfix::service
