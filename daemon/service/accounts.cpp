// What keeps one account from slowing others: each has a listener, connections, a book and limits of its own. Records are taken
// one in each turn of the loop, and so many in a second; what is above that waits in the sender's socket.
#include "service/accounts.hpp"

#include "accounts/record.hpp"
#include "app/judge.hpp"
#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "inventory/roots.hpp"
#include "service/system_fix.hpp"

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

namespace envfix::service {

namespace {

using namespace std::chrono_literals;

constexpr auto k_greets_within = 5s;
constexpr auto k_between_connections = 50ms;
constexpr std::size_t k_most_connections = 4; ///< of one account
constexpr std::size_t k_records_in_a_second = 200;
constexpr std::size_t k_bytes_in_a_second = std::size_t{1} << 20U;
constexpr auto k_between_troubles = 60s;
constexpr auto k_checks_within = 60s;
constexpr auto k_probes_within = 180s; ///< the unit ends before
constexpr auto k_comes_within = 7s;
constexpr int k_starts = 3;
constexpr std::size_t k_login_defs_cap = 64UL * 1024;

std::string watch_unit(uid_t uid)
{
    return "envfix-watch@" + std::to_string(uid) + ".service";
}

std::string probe_unit(uid_t uid)
{
    return "envfix-probe@" + std::to_string(uid) + ".service";
}

accounts::NamedRoot looked_at(const fs::Tree& tree, const std::string& path)
{
    accounts::NamedRoot root{.path = path, .owner = {}, .trouble = {}};
    const auto status = tree.stat(path);
    if (!status) {
        root.trouble = status.error().message;
    } else if (!status->is_directory()) {
        root.trouble = "it is no folder";
    } else if (const auto may = inventory::may_hold_projects(path); !may) {
        root.trouble = may.error().message;
    } else {
        root.owner = status->uid;
    }
    return root;
}

/// Lets so much through in each second.
class Pace {
public:
    /// How long to wait before the next.
    std::chrono::milliseconds after(std::size_t bytes)
    {
        const auto now = std::chrono::steady_clock::now();
        if (now - m_since >= 1s) {
            m_since = now;
            m_records = 0;
            m_bytes = 0;
        }
        ++m_records;
        m_bytes += bytes;
        if (m_records < k_records_in_a_second && m_bytes < k_bytes_in_a_second) return 0ms;
        return std::chrono::duration_cast<std::chrono::milliseconds>(m_since + 1s - now);
    }

private:
    std::chrono::steady_clock::time_point m_since{};
    std::size_t m_records = 0;
    std::size_t m_bytes = 0;
};

} // namespace

Accounts::Accounts(const asio::any_io_executor& loop, Tasks& tasks, World world)
    : m_loop(loop), m_tasks(tasks), m_world(std::move(world)), m_next(loop)
{
}

std::vector<std::string> Accounts::share_out(const fs::Tree& tree, const std::vector<std::string>& roots)
{
    std::vector<accounts::NamedRoot> named;
    for (const auto& root : roots) named.push_back(looked_at(tree, root));
    const auto login_defs = tree.read("/etc/login.defs", k_login_defs_cap);
    auto shares = accounts::shares_of(named, accounts::uid_min_in(login_defs.value_or(std::string{})));
    m_refused = std::move(shares.refused);

    std::set<std::uint32_t> wanted;
    for (const auto& [uid, theirs] : shares.of_accounts) wanted.insert(uid);
    for (auto at = m_accounts.begin(); at != m_accounts.end();) {
        if (wanted.contains(at->first)) {
            ++at;
        } else {
            drop(at->first, at->second);
            at = m_accounts.erase(at);
        }
    }
    for (auto& [uid, theirs] : shares.of_accounts) {
        auto& account = m_accounts[uid];
        if (account.book.roots() != theirs) account.book.set_roots(std::move(theirs));
        if (!account.listener) listen_for(uid, account);
    }
    // It ends all pauses, which is for a change of the configuration alone.
    if (std::exchange(m_wanted, wanted) != wanted) m_roster.want(wanted, accounts::Roster::Clock::now());
    act();
    return shares.own;
}

void Accounts::reload()
{
    m_roster.want(m_wanted, accounts::Roster::Clock::now());
    act();
    for (auto& [uid, account] : m_accounts) {
        if (!account.worker) continue;
        if (const auto sent = account.worker->send(accounts::write_order(accounts::Reload{})); !sent) account.worker->close();
    }
}

void Accounts::stop()
{
    m_stopping = true;
    m_next.cancel();
    for (auto& [uid, account] : m_accounts) drop(uid, account);
    for (const auto& connection : m_connections) {
        if (const auto open = connection.lock()) open->close();
    }
}

void Accounts::drop(uid_t uid, Account& account)
{
    if (account.listener) account.listener->close();
    if (account.worker) account.worker->close();
    for (const auto& [number, check] : account.checks) {
        check->give(fail(ErrorCode::cancelled, "environments of uid " + std::to_string(uid) + " are not looked at any more"));
    }
    if (account.probing) account.probing->answer.give(fail(ErrorCode::cancelled, "the daemon gave this up"));
}

void Accounts::listen_for(uid_t uid, Account& account)
{
    auto listener = Listener::open(m_loop, m_world.sockets + std::to_string(uid), uid);
    if (!listener) {
        spdlog::error("{}", escape_untrusted(listener.error().message));
        return;
    }
    account.listener = *std::move(listener);
    m_tasks.start("workers of uid " + std::to_string(uid), listen(account.listener));
}

asio::awaitable<void> Accounts::listen(std::shared_ptr<Listener> listener)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::steady_timer pause(m_loop);
    for (;;) {
        auto channel = co_await listener->accept();
        if (!channel) {
            if (channel.error().code != ErrorCode::cancelled) spdlog::error("{}", escape_untrusted(channel.error().message));
            listener->close();
            for (auto& [uid, account] : m_accounts) {
                if (account.listener == listener) account.listener.reset(); // the next look at the roots opens another
            }
            co_return;
        }
        std::erase_if(m_connections, [](const auto& connection) { return connection.expired(); });
        const auto open = std::ranges::count_if(m_connections, [&](const auto& connection) {
            const auto other = connection.lock();
            return other && other->peer() == (*channel)->peer();
        });
        if (static_cast<std::size_t>(open) < k_most_connections) {
            m_connections.push_back(*channel);
            m_tasks.start("worker of uid " + std::to_string((*channel)->peer()), serve(*channel));
        }
        channel->reset();
        pause.expires_after(k_between_connections);
        const auto [error] = co_await pause.async_wait(k_as_values);
        if (error) co_return;
    }
}

asio::awaitable<void> Accounts::serve(std::shared_ptr<Channel> channel)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::steady_timer greeting(m_loop, k_greets_within);
    greeting.async_wait([channel](const asio::error_code& error) {
        if (!error) channel->close();
    });
    const auto first = co_await channel->receive();
    greeting.cancel();
    if (!first) co_return;
    const auto record = accounts::parse_record(*first);
    const auto* hello = record ? std::get_if<accounts::Hello>(&*record) : nullptr;
    if (hello == nullptr) co_return;
    if (hello->role == accounts::Role::watch) {
        co_await watch(channel);
    } else {
        co_await try_imports(channel);
    }
    channel->close();
}

asio::awaitable<void> Accounts::watch(std::shared_ptr<Channel> channel)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto uid = channel->peer();
    auto found = m_accounts.find(uid);
    if (found == m_accounts.end() || found->second.worker) co_return; // one at a time
    if (!m_roster.reported(uid, accounts::Roster::Clock::now())) co_return;
    found->second.worker = channel;
    found->second.book.begin();
    m_world.changed();

    std::string why;
    Pace pace;
    asio::steady_timer pause(m_loop);
    for (;;) {
        const auto packet = co_await channel->receive();
        if (!packet) {
            why = packet.error().code == ErrorCode::not_found ? "its worker has ended" : packet.error().message;
            break;
        }
        auto record = accounts::parse_record(*packet);
        if (!record) {
            why = "its worker sends what is no record: " + record.error().message;
            break;
        }
        found = m_accounts.find(uid);
        if (found == m_accounts.end() || found->second.worker != channel) co_return;
        take(found->second, *std::move(record));
        const auto wait = pace.after(packet->size());
        if (wait > 0ms) {
            pause.expires_after(wait);
            co_await pause.async_wait(k_as_values);
        } else {
            co_await asio::post(m_loop, asio::use_awaitable); // others get their turn
        }
    }
    found = m_accounts.find(uid);
    if (found == m_accounts.end() || found->second.worker != channel || m_stopping) co_return;
    lose(uid, why);
}

void Accounts::lose(uid_t uid, const std::string& why)
{
    auto& account = m_accounts[uid];
    account.worker.reset();
    for (const auto& [number, check] : account.checks) check->give(fail(ErrorCode::cancelled, why));
    account.checks.clear();
    spdlog::warn("{} (uid={})", escape_untrusted(why), uid);
    m_roster.lost(uid, why, accounts::Roster::Clock::now());
    m_world.changed();
    act();
}

void Accounts::take(Account& account, accounts::Record record)
{
    struct Take {
        Accounts& accounts;
        Account& account;

        void operator()(const accounts::Hello&) const {}
        void operator()(accounts::Seen& seen) const { account.book.take(std::move(seen)); }
        void operator()(const accounts::Gone& gone) const { account.book.take(gone); }

        void operator()(accounts::Surveyed& surveyed) const
        {
            const auto before = account.book.trouble();
            account.book.surveyed(std::move(surveyed.trouble));
            const auto now = std::chrono::steady_clock::now();
            if (account.book.trouble() == before || now < account.quiet_until) return;
            account.quiet_until = now + k_between_troubles; // each goes to everybody on the bus, and to the journal
            accounts.m_world.changed();
        }

        void operator()(const accounts::Checked& checked) const
        {
            const auto asked = account.checks.find(checked.number);
            if (asked == account.checks.end()) return;
            asked->second->give({});
            account.checks.erase(asked);
        }

        void operator()(const accounts::Probed&) const {} // a probe comes over a connection of its own
    };
    std::visit(Take{.accounts = *this, .account = account}, record);
}

asio::awaitable<void> Accounts::try_imports(std::shared_ptr<Channel> channel)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto found = m_accounts.find(channel->peer());
    if (found == m_accounts.end() || !found->second.probing || found->second.probing->taken) co_return;
    const auto probing = found->second.probing;
    probing->taken = true;
    probing->answer.timer.cancel(); // it has come; how long it may take is another matter
    const auto sent = channel->send(accounts::write_order(accounts::TryImports{probing->place}));
    Result<std::string> packet = fail(ErrorCode::io, "the worker does not read");
    if (sent) packet = co_await channel->receive();
    if (!packet) {
        probing->answer.give(fail(ErrorCode::io, "the worker that imports ended without a result"));
        co_return;
    }
    const auto record = accounts::parse_record(*packet);
    const auto* probed = record ? std::get_if<accounts::Probed>(&*record) : nullptr;
    if (probed == nullptr || probed->place != probing->place) {
        probing->answer.give(fail(ErrorCode::malformed, "the worker that imports sends what is no result"));
        co_return;
    }
    probing->answer.give(probed->result);
}

void Accounts::act()
{
    if (m_stopping) return;
    for (const auto& action : m_roster.due(accounts::Roster::Clock::now())) {
        const auto uid = action.uid;
        if (action.act == accounts::Roster::Act::stop) {
            m_world.stop(watch_unit(uid), [](const Result<void>& stopped) {
                if (!stopped) spdlog::debug("{}", escape_untrusted(stopped.error().message));
            });
            continue;
        }
        m_world.start(watch_unit(uid), [this, uid](const Result<void>& started) {
            if (started || m_stopping) return;
            m_roster.lost(uid, started.error().message, accounts::Roster::Clock::now());
            m_world.changed();
            act();
        });
    }
    const auto next = m_roster.next();
    if (!next) {
        m_next.cancel();
        return;
    }
    m_next.expires_at(*next);
    m_next.async_wait([this](const asio::error_code& error) {
        if (error) return;
        act();
        m_world.changed();
    });
}

std::string Accounts::why_not_looked_at(uid_t uid, const Account& account) const
{
    if (m_roster.is_at_work(uid)) return account.book.is_surveyed() ? std::string{} : "not looked at yet";
    const auto trouble = m_roster.trouble(uid);
    return trouble.empty() ? "its worker (" + watch_unit(uid) + ") is being started" : watch_unit(uid) + ": " + trouble;
}

model::EnvironmentReport Accounts::shown(uid_t uid, const Account& account, const accounts::Book::Entry& entry) const
{
    auto report = entry.report;
    if (m_roster.is_at_work(uid)) return report;
    report.state = model::EnvironmentState::unverifiable;
    report.state_reason = why_not_looked_at(uid, account);
    report.findings.clear(); // what was wrong then is not known to be wrong now
    return report;
}

std::vector<model::EnvironmentReport> Accounts::roots_without_word(uid_t uid, const Account& account) const
{
    std::vector<model::EnvironmentReport> reports;
    const auto why = why_not_looked_at(uid, account);
    if (why.empty()) return reports;
    for (const auto& root : account.book.roots()) {
        const bool told = std::ranges::any_of(account.book.entries(), [&](const auto& entry) {
            return accounts::lies_below(entry.second.report.path, root);
        });
        if (told) continue;
        model::EnvironmentReport report{.path = root, .kind = model::EnvironmentKind::project};
        report.id = model::environment_id(report.kind, root);
        report.state = model::EnvironmentState::unverifiable;
        report.state_reason = why;
        reports.push_back(std::move(report));
    }
    return reports;
}

std::vector<model::EnvironmentReport> Accounts::reports_of(uid_t uid, const Account& account) const
{
    auto reports = roots_without_word(uid, account);
    for (const auto& [id, entry] : account.book.entries()) reports.push_back(shown(uid, account, entry));
    return reports;
}

std::vector<model::EnvironmentReport> Accounts::visible_to(uid_t user) const
{
    std::vector<model::EnvironmentReport> visible;
    for (const auto& [uid, account] : m_accounts) {
        if (user != 0 && user != uid) continue;
        auto reports = reports_of(uid, account);
        std::ranges::move(reports, std::back_inserter(visible));
    }
    std::ranges::sort(visible, {}, [](const auto& report) { return std::tie(report.path, report.id); });
    return visible;
}

std::vector<model::Environment> Accounts::environments_of(uid_t user) const
{
    std::vector<model::Environment> environments;
    const auto add = [&](const model::EnvironmentReport& report, const std::string& project) {
        environments.push_back({.id = report.id, .path = report.path, .kind = report.kind, .executable = {}, .project = project});
    };
    for (const auto& [uid, account] : m_accounts) {
        if (user != 0 && user != uid) continue;
        for (const auto& [id, entry] : account.book.entries()) add(entry.report, entry.project);
        for (const auto& report : roots_without_word(uid, account)) add(report, {});
    }
    std::ranges::sort(environments, {}, [](const auto& environment) { return std::tie(environment.path, environment.id); });
    return environments;
}

std::optional<uid_t> Accounts::owner_of(const std::string& id, uid_t user) const
{
    for (const auto& [uid, account] : m_accounts) {
        if (user != 0 && user != uid) continue;
        if (account.book.entries().contains(id)) return uid;
        const auto roots = roots_without_word(uid, account);
        if (std::ranges::find(roots, id, &model::EnvironmentReport::id) != roots.end()) return uid;
    }
    return std::nullopt;
}

std::optional<model::EnvironmentReport> Accounts::report(const std::string& id, uid_t owner) const
{
    const auto found = m_accounts.find(owner);
    if (found == m_accounts.end()) return std::nullopt;
    const auto entry = found->second.book.entries().find(id);
    if (entry != found->second.book.entries().end()) return shown(owner, found->second, entry->second);
    auto roots = roots_without_word(owner, found->second);
    const auto root = std::ranges::find(roots, id, &model::EnvironmentReport::id);
    return root == roots.end() ? std::nullopt : std::optional(std::move(*root));
}

std::vector<std::string> Accounts::troubles() const
{
    std::vector<std::string> texts;
    for (const auto& root : m_refused) texts.push_back(root.path + " is not looked at: " + root.why);
    for (const auto& [uid, account] : m_accounts) {
        const auto whose = "environments of " + name_of_user(uid) + " (uid " + std::to_string(uid) + ") below " +
                           account.book.roots().front();
        const auto trouble = m_roster.trouble(uid);
        if (!m_roster.is_at_work(uid) && !trouble.empty()) texts.push_back(whose + " are not watched: " + trouble);
        // Its own words are for its owner: everybody reads these, and some do what they advise.
        if (m_roster.is_at_work(uid) && !account.book.trouble().empty()) texts.push_back(whose + ": not all of them can be told");
    }
    return texts;
}

bool Accounts::looks_at(std::string_view path) const
{
    return std::ranges::any_of(m_accounts, [&](const auto& account) {
        const auto& roots = account.second.book.roots();
        return std::ranges::any_of(roots, [&](const auto& root) { return accounts::lies_below(path, root); });
    });
}

asio::awaitable<std::vector<model::EnvironmentReport>> Accounts::check(std::vector<std::string> ids, uid_t user, bool probe)
{
    std::vector<model::EnvironmentReport> reports;
    std::map<uid_t, Result<void>> asked;
    for (const auto& id : ids) {
        co_await asio::post(m_loop, asio::use_awaitable); // others get their turn
        const auto owner = owner_of(id, user);
        if (!owner) continue;
        if (!asked.contains(*owner)) {
            auto checked = co_await check_all_of(*owner);
            asked.emplace(*owner, std::move(checked));
        }
        auto known = report(id, *owner);
        if (!known) continue; // it vanished meanwhile
        const auto& checked = asked.at(*owner);
        if (!checked) {
            known->state = model::EnvironmentState::unverifiable;
            if (known->state_reason.empty()) known->state_reason = checked.error().message;
        } else if (probe && known->kind != model::EnvironmentKind::project) {
            const auto probed = co_await this->probe(id, *owner);
            app::add_probe(*known, probed ? *probed : model::ProbeResult{.error = probed.error().message});
        }
        reports.push_back(*std::move(known));
    }
    co_return reports;
}

asio::awaitable<Result<void>> Accounts::check_all_of(uid_t uid)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto found = m_accounts.find(uid);
    if (found == m_accounts.end() || !found->second.worker) co_return fail(ErrorCode::not_supported, "no worker runs for it");
    constexpr std::size_t k_most_checks = 16;
    if (found->second.checks.size() >= k_most_checks) co_return fail(ErrorCode::busy, "it is being checked already");
    const auto number = ++m_last_check;
    const auto answer = std::make_shared<Answer<void>>(m_loop);
    answer->timer.expires_after(k_checks_within);
    found->second.checks.emplace(number, answer);
    const auto sent = found->second.worker->send(accounts::write_order(accounts::CheckAgain{number}));
    if (sent) co_await answer->timer.async_wait(k_as_values);
    const auto still = m_accounts.find(uid);
    if (still != m_accounts.end()) still->second.checks.erase(number);
    if (!sent) co_return fail(sent.error());
    if (!answer->value) co_return fail(ErrorCode::timed_out, "its worker does not answer");
    co_return *std::move(answer->value);
}

asio::awaitable<Result<model::ProbeResult>> Accounts::probe(std::string id, uid_t owner)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto known = report(id, owner);
    if (!known) co_return fail(ErrorCode::not_found, "the environment is not known any more");
    if (m_accounts[owner].probing) co_return fail(ErrorCode::busy, "another environment of this account is being probed");
    const auto probing = std::make_shared<Probing>(m_loop);
    probing->place = {.kind = known->kind, .path = known->path};
    m_accounts[owner].probing = probing;

    const auto unit = probe_unit(owner);
    // A unit that is about to end takes no start, and says nothing of that.
    for (int i = 0; i < k_starts && !probing->taken && !probing->answer.value; ++i) {
        probing->answer.timer.expires_after(k_comes_within);
        m_world.start(unit, [probing](const Result<void>& started) {
            if (!started) probing->answer.give(fail(started.error()));
        });
        // The answer may come while it is asked for: then there is nothing to wait for.
        if (!probing->answer.value) co_await probing->answer.timer.async_wait(k_as_values);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return fail(ErrorCode::cancelled, "the daemon is stopping");
    }
    if (!probing->answer.value && probing->taken) {
        probing->answer.timer.expires_after(k_probes_within);
        co_await probing->answer.timer.async_wait(k_as_values);
    }
    const auto still = m_accounts.find(owner);
    if (still != m_accounts.end() && still->second.probing == probing) still->second.probing.reset();
    if (probing->answer.value) co_return *std::move(probing->answer.value);
    m_world.stop(unit, [](const Result<void>&) {});
    if (!probing->taken) co_return fail(ErrorCode::timed_out, unit + " was started and does not report");
    co_return fail(ErrorCode::timed_out, unit + " does not end");
}

} // namespace envfix::service
