#include "service/worker.hpp"

#include "accounts/roots.hpp"
#include "app/configuration.hpp"
#include "app/judge.hpp"
#include "base/printable.hpp"
#include "capture/memory.hpp"
#include "capture/places.hpp"
#include "engine/queue.hpp"
#include "fs/ownership.hpp"
#include "fs/tree.hpp"
#include "inventory/inventory.hpp"
#include "inventory/roots.hpp"
#include "inventory/watch_folders.hpp"
#include "policy/daemon_config.hpp"
#include "probe/probe.hpp"
#include "service/channel.hpp"
#include "service/installers.hpp"
#include "service/log.hpp"
#include "service/notify.hpp"
#include "service/observer.hpp"
#include "service/project_place.hpp"
#include "service/tasks.hpp"
#include "service/world.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace envfix::service {

namespace {

using namespace std::chrono_literals;

constexpr int k_not_that_account = 2;
constexpr std::size_t k_login_defs_cap = 64UL * 1024;
constexpr const char* k_search_path = "/usr/local/bin:/usr/bin:/bin";
constexpr const char* k_no_home = "/nonexistent"; // what lies in homes is for each user's own daemon
constexpr const char* k_python = "/usr/bin/python3";

/// The roots of the configuration that this account owns.
std::vector<std::string> own_roots(const fs::Tree& tree, const std::vector<std::string>& roots)
{
    std::vector<std::string> own;
    for (const auto& root : roots) {
        const auto status = tree.stat(root);
        if (status && status->is_directory() && status->uid == ::geteuid() && inventory::may_hold_projects(root)) own.push_back(root);
    }
    return own;
}

inventory::Places places_below(std::vector<std::string> roots)
{
    return {.home = {}, .pyenv_root = {}, .path = k_search_path, .roots = std::move(roots), .system = false};
}

/// What both kinds of work read an environment with.
struct Reading {
    Reading(app::Surroundings around, fs::Tree files)
        : surroundings(std::move(around)), tree(std::move(files)), configuration(app::load_configuration(tree, surroundings)),
          roots(own_roots(tree, configuration.daemon.roots))
    {
    }

    void read_again()
    {
        configuration = app::load_configuration(tree, surroundings);
        roots = own_roots(tree, configuration.daemon.roots);
    }

    app::Judgement judge(const model::Environment& environment)
    {
        const auto as_is = as_it_lies(tree, places_below(roots), environment, [] { return std::string{k_python}; });
        const capture::Options options{.home = {}, .now_ns = wall_clock_ns(), .interpreters = &interpreters,
                                       .libraries = &libraries, .memory = &memory, .places = &places};
        return app::judge(tree, as_is, configuration.chain, hashes, options);
    }

    app::Surroundings surroundings;
    fs::Tree tree;
    capture::HashCache hashes{};
    capture::KnownInterpreters interpreters{};
    capture::KnownLibraries libraries{};
    capture::Memory memory{};
    capture::KnownPlaces places{};
    app::Configuration configuration;
    std::vector<std::string> roots;
};

class Watch {
public:
    Watch(Reading reading, std::string socket)
        : m_reading(std::move(reading)), m_socket(std::move(socket)),
          m_tasks(m_io.get_executor(), [this](const std::exception_ptr&) { end(1); }),
          m_signals(m_io, SIGTERM, SIGINT), m_watchdog(m_io)
    {
    }

    int run()
    {
        if (const auto opened = open(); !opened) {
            spdlog::error("{}", escape_untrusted(opened.error().message));
            return 1;
        }
        m_signals.async_wait([this](const asio::error_code& error, int) {
            if (!error) end(0);
        });
        keep_watchdog_quiet();
        m_observer->look(places_below(m_reading.roots));
        notify::ready();
        m_io.run();
        m_pool.stop();
        m_pool.join();
        return m_exit;
    }

private:
    Result<void> open()
    {
        const auto& config = m_reading.configuration.daemon;
        watch::Options options{.poll_every = config.poll,
                               .sweep_every = config.sweep,
                               .most_watches = static_cast<std::size_t>(config.most_watches)};
        options.limits.watched_depth = config.depth;
        options.library_files = {"/etc/ld.so.cache", "/var/lib/dpkg/status"};
        ENVFIX_TRY(auto tree, fs::Tree::open());
        ENVFIX_TRY(m_observer, Observer::open(m_io.get_executor(), m_pool.get_executor(), std::move(tree), options,
                                              {.quiet = config.quiet, .patience = config.patience}, sink()));
        ENVFIX_TRY(m_channel, Channel::connect(m_io.get_executor(), m_socket));
        tell(accounts::Hello{accounts::Role::watch});
        m_tasks.start("observer", observe());
        m_tasks.start("orders", take_orders());
        return {};
    }

    ObserverSink sink()
    {
        return {.appeared = [this](const auto& environments) { appeared(environments); },
                .vanished =
                    [this](const auto& environments) {
                        for (const auto& environment : environments) forget(environment);
                    },
                .settled =
                    [this](const engine::Settled& settled) {
                        const auto urgency = settled.why == engine::Why::damage ? engine::Urgency::damage : engine::Urgency::change;
                        request(settled.environment, urgency);
                    },
                .events_lost = [this] { request_all(); },
                .needing_libraries = [this] { return std::vector<std::string>(m_needing.begin(), m_needing.end()); },
                .surveyed =
                    [this] {
                        m_surveyed = true;
                        go_on();
                    },
                .installer_at_work =
                    [this](const std::string& id) {
                        const auto known = m_known.find(id);
                        return known != m_known.end() && installer_at_work(m_reading.tree, known->second).has_value();
                    }};
    }

    void appeared(const std::vector<model::Environment>& environments)
    {
        for (const auto& environment : environments) {
            if (!accounts::is_of_account(environment.kind)) continue;
            if (policy::is_ignored(m_reading.configuration.daemon, environment.path)) continue;
            m_known[environment.id] = environment;
            request(environment.id, engine::Urgency::change);
        }
    }

    void forget(const model::Environment& environment)
    {
        m_queue.forget(environment.id);
        m_needing.erase(environment.id);
        if (m_known.erase(environment.id) != 0) tell(accounts::Gone{accounts::place_of(environment)});
    }

    void request(const std::string& id, engine::Urgency urgency)
    {
        if (!m_known.contains(id)) return;
        m_queue.request(id, urgency);
        go_on();
    }

    void request_all()
    {
        for (const auto& [id, environment] : m_known) m_queue.request(id, engine::Urgency::sweep);
        go_on();
    }

    /// One in each turn of the loop; when none waits any more, whoever asked is told.
    void go_on()
    {
        if (std::exchange(m_scheduled, true)) return;
        asio::post(m_io, [this] {
            m_scheduled = false;
            if (const auto id = m_queue.next()) {
                m_queue.judged(*id);
                judge(*id);
                go_on();
            } else {
                say_what_is_done();
            }
        });
    }

    void judge(const std::string& id)
    {
        const auto known = m_known.find(id);
        if (known == m_known.end()) return;
        const auto& environment = known->second;
        auto judgement = m_reading.judge(environment);
        if (judgement.report.id != id) return; // a project has an environment by now, which will appear
        const auto folders = inventory::watch_folders(environment, capture::site_folders(judgement.snapshot),
                                                      m_reading.configuration.chain);
        if (m_observer->follow(id, folders)) judgement = m_reading.judge(environment); // what came before went unseen
        if (environment.kind != model::EnvironmentKind::project && capture::needs_libraries(judgement.snapshot)) {
            m_needing.insert(id);
        } else {
            m_needing.erase(id);
        }
        const auto place = accounts::place_of(environment);
        accounts::Seen seen{.report = std::move(judgement.report), .project = environment.project, .left_out = 0};
        if (!tell(std::move(seen))) tell(accounts::Gone{place}); // what was told before is true no more
    }

    void say_what_is_done()
    {
        if (std::exchange(m_surveyed, false)) {
            const auto status = m_observer->status();
            auto trouble = m_trouble;
            if (!status.degraded.empty()) trouble = status.degraded.front();
            tell(accounts::Surveyed{trouble});
        }
        for (const auto number : std::exchange(m_to_answer, {})) tell(accounts::Checked{number});
    }

    /// False where it cannot be told.
    bool tell(accounts::Record record)
    {
        auto packet = accounts::write_record(std::move(record));
        if (!packet) {
            spdlog::warn("{}", escape_untrusted(packet.error().message));
            m_trouble = "what cannot be told is left out: " + packet.error().message;
            return false;
        }
        m_outgoing.push_back(*std::move(packet));
        if (!std::exchange(m_writing, true)) m_tasks.start("writer", write());
        return true;
    }

    asio::awaitable<void> write()
    {
        while (!m_outgoing.empty()) {
            auto packet = std::move(m_outgoing.front());
            m_outgoing.pop_front();
            const auto sent = co_await m_channel->send_in_turn(std::move(packet));
            if (!sent) {
                end(0); // the machine's daemon has gone, and starts another
                co_return;
            }
        }
        m_writing = false;
    }

    asio::awaitable<void> take_orders()
    {
        for (;;) {
            const auto packet = co_await m_channel->receive();
            if (!packet) {
                end(0);
                co_return;
            }
            const auto order = accounts::parse_order(*packet);
            if (!order) {
                spdlog::error("{}", escape_untrusted(order.error().message));
                end(1);
                co_return;
            }
            if (const auto* check = std::get_if<accounts::CheckAgain>(&*order)) {
                m_to_answer.push_back(check->number);
                request_all();
            } else if (std::holds_alternative<accounts::Reload>(*order)) {
                m_reading.read_again();
                m_observer->look(places_below(m_reading.roots));
                request_all();
            }
        }
    }

    asio::awaitable<void> observe()
    {
        const auto ended = co_await m_observer->run();
        if (!ended) {
            spdlog::error("{}", escape_untrusted(ended.error().message));
            end(1);
        }
    }

    void keep_watchdog_quiet()
    {
        const auto interval = notify::watchdog_interval();
        if (!interval) return;
        m_watchdog.expires_after(*interval);
        m_watchdog.async_wait([this](const asio::error_code& error) {
            if (error) return;
            notify::watchdog();
            keep_watchdog_quiet();
        });
    }

    void end(int exit)
    {
        m_exit = exit;
        if (m_observer) m_observer->stop();
        m_io.stop(); // nothing is in flight that could be lost
    }

    asio::io_context m_io{1};
    asio::thread_pool m_pool{1};
    Reading m_reading;
    std::string m_socket;
    Tasks m_tasks;
    engine::Queue m_queue;
    std::map<std::string, model::Environment> m_known;
    std::set<std::string> m_needing; ///< that a change of the system's libraries may concern
    std::unique_ptr<Observer> m_observer;
    std::shared_ptr<Channel> m_channel;
    std::deque<std::string> m_outgoing;
    std::vector<std::uint32_t> m_to_answer;
    std::string m_trouble;
    asio::signal_set m_signals;
    asio::steady_timer m_watchdog;
    bool m_writing = false;
    bool m_scheduled = false;
    bool m_surveyed = false;
    int m_exit = 0;
};

asio::awaitable<model::ProbeResult> imports_at(Reading* reading, accounts::Place place)
{
    model::ProbeResult failed;
    const auto is_below = [&](const std::string& root) { return accounts::lies_below(place.path, root); };
    if (std::ranges::none_of(reading->roots, is_below)) {
        failed.error = place.path + " lies in no folder of this account's that is looked at";
        co_return failed;
    }
    const auto located = inventory::locate(reading->tree, place.path, places_below(reading->roots));
    if (!located) {
        failed.error = located.error().message;
        co_return failed;
    }
    const auto found = std::ranges::find_if(*located, [&](const auto& environment) {
        return accounts::place_of(environment) == place;
    });
    if (found == located->end() || found->kind == model::EnvironmentKind::project) {
        failed.error = "there is no interpreter of its own at " + place.path;
        co_return failed;
    }
    const char* scratch = ::getenv("RUNTIME_DIRECTORY"); // systemd.exec(5)
    const auto judgement = reading->judge(*found);
    // Where somebody else may write, the program that starts is his: it would be started for whoever asked, as this account.
    for (const auto& path : app::ground_of(judgement.snapshot)) {
        if (const auto unshared = fs::check_unshared(path); !unshared) {
            failed.error = unshared.error().message;
            co_return failed;
        }
    }
    const auto request = app::probe_request(judgement, reading->configuration.chain, k_no_home, k_search_path,
                                            scratch != nullptr ? scratch : "/tmp");
    auto probed = co_await probe::run(request);
    if (probed) co_return *std::move(probed);
    failed.error = probed.error().message;
    co_return failed;
}

asio::awaitable<void> probe_once(Reading* reading, std::shared_ptr<Channel> channel)
{
    auto hello = accounts::write_record(accounts::Hello{accounts::Role::probe});
    if (!hello || !channel->send(*hello)) co_return;
    const auto packet = co_await channel->receive();
    if (!packet) co_return; // nobody wants anything tried
    const auto order = accounts::parse_order(*packet);
    const auto* wanted = order ? std::get_if<accounts::TryImports>(&*order) : nullptr;
    if (wanted == nullptr) co_return;
    const auto place = wanted->place;
    const auto result = co_await imports_at(reading, place);
    const auto record = accounts::write_record(accounts::Probed{.place = place, .result = result});
    if (!record) co_return;
    const auto bytes = *record;
    co_await channel->send_in_turn(bytes);
}

int run_probe(Reading reading, const std::string& socket)
{
    asio::io_context io{1};
    auto channel = Channel::connect(io.get_executor(), socket);
    if (!channel) {
        spdlog::error("{}", escape_untrusted(channel.error().message));
        return 1;
    }
    int exit = 0;
    Tasks tasks(io.get_executor(), [&](const std::exception_ptr&) { exit = 1; });
    tasks.start("probe", probe_once(&reading, *std::move(channel)));
    io.run();
    return exit;
}

/// Why this process may not work for that account.
std::string not_for(const fs::Tree& tree, uid_t account)
{
    const auto login_defs = tree.read("/etc/login.defs", k_login_defs_cap);
    const auto least = accounts::uid_min_in(login_defs.value_or(std::string{}));
    const auto who = "uid " + std::to_string(account);
    if (!accounts::may_work(account, least)) return who + " is root or an account of the system's own: nothing is run as that";
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0 || real != account || effective != account || saved != account) {
        return "this process is not " + who + "; systemd starts it as that (envfix-watch@.service)";
    }
    return {};
}

} // namespace

int run_worker(accounts::Role role, uid_t account, const std::string& socket)
{
    open_log("info");
    auto tree = fs::Tree::open();
    auto surroundings = app::surroundings_of_process(app::Instance::system);
    if (!tree || !surroundings) {
        spdlog::error("{}", escape_untrusted(tree ? surroundings.error().message : tree.error().message));
        return 1;
    }
    if (const auto why = not_for(*tree, account); !why.empty()) {
        spdlog::error("{}", why);
        return k_not_that_account;
    }
    Reading reading(*std::move(surroundings), *std::move(tree));
    set_log_level(reading.configuration.daemon.log);
    if (role == accounts::Role::probe) return run_probe(std::move(reading), socket);
    Watch watch(std::move(reading), socket);
    return watch.run();
}

} // namespace envfix::service
