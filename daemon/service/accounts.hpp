#pragma once

#include "accounts/book.hpp"
#include "accounts/roots.hpp"
#include "accounts/roster.hpp"
#include "fs/tree.hpp"
#include "model/environment.hpp"
#include "model/report.hpp"
#include "service/channel.hpp"
#include "service/tasks.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::service {

/// Whatever an account of the machine owns below the roots that the administrator named, as the machine's daemon knows it: by a
/// worker that runs as that account (service/worker.hpp, envfix-watch@UID.service), which is started, listened to and started
/// again here. What it says is put into a book for each account (accounts/book.hpp), apart from what the daemon has seen itself:
/// nothing of it is planned, fixed, recorded or put on the bus as an object, and only its owner and root are shown it.
///
/// All members belong to the loop's thread.
class Accounts {
public:
    /// How the world is reached. Answers come on the loop's thread.
    struct World {
        std::function<void(const std::string& unit, std::function<void(Result<void>)>)> start;
        std::function<void(const std::string& unit, std::function<void(Result<void>)>)> stop;
        std::function<void()> changed; ///< troubles() may say something else
        std::string sockets{k_worker_socket};
    };

    Accounts(const asio::any_io_executor& loop, Tasks& tasks, World world);

    /// Takes the roots of the configuration, and has workers started for those that belong to accounts. Gives those that are
    /// root's: they are for the daemon itself.
    std::vector<std::string> share_out(const fs::Tree& tree, const std::vector<std::string>& roots);

    /// Workers read their configuration again.
    void reload();

    /// Ends all that waits.
    void stop();

    /// What this user may see, by path.
    [[nodiscard]] std::vector<model::EnvironmentReport> visible_to(uid_t user) const;
    /// The same, to be named by.
    [[nodiscard]] std::vector<model::Environment> environments_of(uid_t user) const;
    /// Whose it is, by an id that environments_of(user) gave: two accounts may tell of one place.
    [[nodiscard]] std::optional<uid_t> owner_of(const std::string& id, uid_t user) const;
    /// As its owner's worker tells. Nothing where it is gone.
    [[nodiscard]] std::optional<model::EnvironmentReport> report(const std::string& id, uid_t owner) const;

    /// What is not looked at, and why; one sentence each.
    [[nodiscard]] std::vector<std::string> troubles() const;
    [[nodiscard]] std::size_t count() const { return m_accounts.size(); }

    /// Whether a path lies below a root of an account: then it is for that account's worker.
    [[nodiscard]] bool looks_at(std::string_view path) const;

    /// Has these of the user's judged once more by their workers, with `probe` also imported, and gives what is known of them then. What could
    /// not be judged is unverifiable, and says why.
    asio::awaitable<std::vector<model::EnvironmentReport>> check(std::vector<std::string> ids, uid_t user, bool probe);

    /// Has the chain imported in the interpreter of this environment, as its owner, by a worker of its own
    /// (envfix-probe@UID.service); one at a time for each account. Errors: not_found, busy, timed_out, what systemd says.
    asio::awaitable<Result<model::ProbeResult>> probe(std::string id, uid_t owner);

private:
    template <typename T> struct Answer {
        explicit Answer(const asio::any_io_executor& loop) : timer(loop) {}

        void give(Result<T> given)
        {
            if (!value) value = std::move(given);
            timer.cancel();
        }

        asio::steady_timer timer;
        std::optional<Result<T>> value;
    };

    struct Probing {
        explicit Probing(const asio::any_io_executor& loop) : answer(loop) {}

        accounts::Place place;
        Answer<model::ProbeResult> answer;
        bool taken = false; ///< a worker has been given the order
    };

    struct Account {
        accounts::Book book;
        std::shared_ptr<Listener> listener;
        std::shared_ptr<Channel> worker;
        std::map<std::uint32_t, std::shared_ptr<Answer<void>>> checks;
        std::shared_ptr<Probing> probing;
        std::chrono::steady_clock::time_point quiet_until{}; ///< until then a new trouble is told only to who asks
    };

    asio::awaitable<Result<void>> check_all_of(uid_t uid);
    void listen_for(uid_t uid, Account& account);
    asio::awaitable<void> listen(std::shared_ptr<Listener> listener);
    asio::awaitable<void> serve(std::shared_ptr<Channel> channel);
    asio::awaitable<void> watch(std::shared_ptr<Channel> channel);
    asio::awaitable<void> try_imports(std::shared_ptr<Channel> channel);
    void take(Account& account, accounts::Record record);
    void lose(uid_t uid, const std::string& why);
    void drop(uid_t uid, Account& account);
    void act();

    [[nodiscard]] std::string why_not_looked_at(uid_t uid, const Account& account) const;
    [[nodiscard]] model::EnvironmentReport shown(uid_t uid, const Account& account, const accounts::Book::Entry& entry) const;
    /// Of roots of which nothing is told, and why.
    [[nodiscard]] std::vector<model::EnvironmentReport> roots_without_word(uid_t uid, const Account& account) const;
    [[nodiscard]] std::vector<model::EnvironmentReport> reports_of(uid_t uid, const Account& account) const;

    asio::any_io_executor m_loop;
    Tasks& m_tasks;
    World m_world;
    accounts::Roster m_roster;
    std::set<std::uint32_t> m_wanted; ///< accounts, as m_roster was told last
    std::map<uid_t, Account> m_accounts;
    std::vector<accounts::RefusedRoot> m_refused;
    std::vector<std::weak_ptr<Channel>> m_connections;
    asio::steady_timer m_next;
    std::uint32_t m_last_check = 0;
    bool m_stopping = false;
};

} // namespace envfix::service
