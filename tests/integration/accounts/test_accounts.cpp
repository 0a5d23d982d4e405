// The machine's daemon's side, with real workers: what systemd does is done here, by starting the program as the account.
#include "service/accounts.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace envfix;
using namespace std::chrono_literals;
using model::EnvironmentState;
using service::Accounts;

namespace {

constexpr uid_t k_account = 12'345;
constexpr uid_t k_other = 12'346;

void give(const std::string& path, uid_t uid)
{
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        REQUIRE(::lchown(entry.path().c_str(), uid, uid) == 0);
    }
    REQUIRE(::lchown(path.c_str(), uid, uid) == 0);
}

/// A machine with one account that has a venv with a cffi, and the monitor that looks at it.
class Machine {
public:
    Machine() : m_tasks(m_io.get_executor(), [](const std::exception_ptr& fault) { std::rethrow_exception(fault); })
    {
        ::chmod(m_folder.path().c_str(), 0755);
        root = m_folder.folder("app");
        const auto python = std::filesystem::canonical("/usr/bin/python3").filename().string(); // python3.11
        const auto below = "app/.venv/lib/" + python + "/site-packages";
        site = m_folder / below;
        m_folder.file("app/.venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n");
        m_folder.link("app/.venv/bin/python3", "/usr/bin/python3");
        m_folder.link("app/.venv/bin/python", "python3");
        m_folder.file(below + "/cffi/__init__.py", "__version__ = \"1.17.1\"\n");
        m_folder.file(below + "/cffi-1.17.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: cffi\nVersion: 1.17.1\n");
        m_folder.file(below + "/cffi-1.17.1.dist-info/RECORD", "cffi/__init__.py,,\n_cffi_backend.so,,\n");
        m_folder.file(below + "/cffi-1.17.1.dist-info/INSTALLER", "pip\n");
        give(root, k_account);
        m_folder.file("etc/envfixd.yaml", "roots: [" + root + "]\n");
        m_sockets = m_folder.folder("run");
        ::chmod(m_sockets.c_str(), 0755);
        Accounts::World world{.start = [this](const auto& unit, auto done) { start(unit, done); },
                              .stop = [this](const auto& unit, auto done) { stop(unit, done); },
                              .changed = [] {},
                              .sockets = m_sockets + "/w-"};
        monitor.emplace(m_io.get_executor(), m_tasks, std::move(world));
    }

    ~Machine()
    {
        monitor->stop();
        m_tasks.cancel_all();
        until([this] { return m_tasks.running() == 0; });
        for (const auto& [unit, pid] : running) end(pid);
        monitor.reset(); // before the loop goes
    }

    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    Machine(Machine&&) = delete;
    Machine& operator=(Machine&&) = delete;

    bool until(const std::function<bool()>& holds)
    {
        const auto over = std::chrono::steady_clock::now() + 30s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() >= over) return false;
            m_io.restart();
            m_io.run_one_for(50ms);
        }
        return true;
    }

    template <typename T> T wait_for(asio::awaitable<T> work)
    {
        std::optional<T> value;
        asio::co_spawn(m_io, std::move(work), [&](std::exception_ptr, T given) { value = std::move(given); });
        REQUIRE(until([&] { return value.has_value(); }));
        return *std::move(value);
    }

    std::vector<std::string> look() { return monitor->share_out(*fs::Tree::open(), {root}); }

    [[nodiscard]] std::optional<model::EnvironmentReport> seen(uid_t user = 0) const
    {
        for (auto& report : monitor->visible_to(user)) {
            if (report.path == root + "/.venv") return report;
        }
        return std::nullopt;
    }

    static void end(pid_t pid)
    {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }

    std::string root;
    std::string site;
    std::optional<Accounts> monitor;
    std::map<std::string, pid_t> running; ///< units
    std::vector<std::string> started;
    std::optional<Error> refusal;         ///< systemd says no

private:
    void start(const std::string& unit, const std::function<void(Result<void>)>& done)
    {
        started.push_back(unit);
        if (refusal) return done(fail(*refusal));
        const bool probes = unit.starts_with("envfix-probe@");
        const auto uid = unit.substr(unit.find('@') + 1, unit.rfind('.') - unit.find('@') - 1);
        const auto role = std::string("--worker=") + (probes ? "probe" : "watch");
        const auto account = "--account=" + uid;
        const auto socket = "--socket=" + m_sockets + "/w-" + uid;
        const auto config = "ENVFIX_CONFIG_DIRS=" + (m_folder / "etc");
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const auto number = static_cast<uid_t>(std::stoul(uid));
            if (::setresgid(number, number, number) != 0 || ::setresuid(number, number, number) != 0) ::_exit(3);
            std::string program = ENVFIX_SERVICE;
            std::vector<char*> argv{program.data(), const_cast<char*>(role.c_str()), const_cast<char*>(account.c_str()),
                                    const_cast<char*>(socket.c_str()), nullptr};
            std::vector<char*> environment{const_cast<char*>(config.c_str()), nullptr};
            ::execve(program.c_str(), argv.data(), environment.data());
            ::_exit(4);
        }
        running[unit] = child;
        done({});
    }

    void stop(const std::string& unit, const std::function<void(Result<void>)>& done)
    {
        if (const auto at = running.find(unit); at != running.end()) {
            end(at->second);
            running.erase(at);
        }
        done({});
    }

    TempFolder m_folder;
    std::string m_sockets;
    asio::io_context m_io{1};
    service::Tasks m_tasks;
};

const auto k_unit = "envfix-watch@" + std::to_string(k_account) + ".service";

} // namespace

// All of these need to be several users.

TEST_CASE("what an account has in its root is found by a worker of its own, and shown to it and to root")
{
    if (::geteuid() != 0) return;
    Machine machine;
    CHECK(machine.look().empty()); // nothing of it is for the monitor itself
    const auto waiting = machine.monitor->visible_to(0);
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].state == EnvironmentState::unverifiable);
    REQUIRE(machine.until([&] { return machine.seen().has_value(); }));
    const auto report = *machine.seen();
    CHECK(report.state == EnvironmentState::broken);
    REQUIRE_FALSE(report.findings.empty());
    for (const auto& finding : report.findings) UNSCOPED_INFO(finding.code + ": " + finding.summary);
    const auto names = [&](const model::Finding& finding) { return finding.code == "cffi-backend-missing"; };
    CHECK(std::ranges::any_of(report.findings, names));
    CHECK(machine.seen(k_account) == report);
    CHECK(machine.monitor->visible_to(k_other).empty());
    CHECK(machine.monitor->environments_of(k_other).empty());
    CHECK(machine.monitor->owner_of(report.id, 0) == k_account);
    CHECK(machine.monitor->looks_at(machine.site));
    CHECK_FALSE(machine.monitor->looks_at("/usr"));
}

TEST_CASE("a change is told without being asked for")
{
    if (::geteuid() != 0) return;
    Machine machine;
    machine.look();
    REQUIRE(machine.until([&] { return machine.seen().has_value(); }));
    const auto before = *machine.seen();
    std::filesystem::remove_all(machine.site + "/cffi-1.17.1.dist-info");
    std::filesystem::remove_all(machine.site + "/cffi");
    CHECK(machine.until([&] { return machine.seen()->fingerprint != before.fingerprint; }));
    std::filesystem::remove_all(machine.root + "/.venv");
    CHECK(machine.until([&] { return !machine.seen(); }));
}

TEST_CASE("a worker that is killed comes back, and until then nothing is claimed")
{
    if (::geteuid() != 0) return;
    Machine machine;
    machine.look();
    REQUIRE(machine.until([&] { return machine.seen().has_value(); }));
    Machine::end(machine.running[k_unit]);
    REQUIRE(machine.until([&] { return machine.seen()->state == EnvironmentState::unverifiable; }));
    CHECK_THAT(machine.seen()->state_reason, ContainsSubstring("its worker has ended"));
    CHECK(machine.monitor->troubles().size() == 1);
    REQUIRE(machine.until([&] { return machine.seen()->state == EnvironmentState::broken; }));
    CHECK(machine.started == std::vector<std::string>{k_unit, k_unit});
    CHECK(machine.monitor->troubles().empty());
}

TEST_CASE("an account without a worker is not looked at, and says why")
{
    if (::geteuid() != 0) return;
    Machine machine;
    machine.refusal = Error{.code = ErrorCode::denied, .message = "there is no systemd"};
    machine.look();
    const auto visible = machine.monitor->visible_to(k_account);
    REQUIRE(visible.size() == 1);
    CHECK(visible[0].path == machine.root);
    CHECK(visible[0].state == EnvironmentState::unverifiable);
    CHECK_THAT(visible[0].state_reason, ContainsSubstring("there is no systemd"));
    REQUIRE(machine.monitor->troubles().size() == 1);
    const auto checked = machine.wait_for(machine.monitor->check({visible[0].id}, 0, true));
    REQUIRE(checked.size() == 1);
    CHECK(checked[0].state == EnvironmentState::unverifiable);
}

TEST_CASE("it is judged and imported once more when that is asked for")
{
    if (::geteuid() != 0) return;
    Machine machine;
    machine.look();
    REQUIRE(machine.until([&] { return machine.seen().has_value(); }));
    const auto checked = machine.wait_for(machine.monitor->check({machine.seen()->id}, 0, true));
    REQUIRE(checked.size() == 1);
    CHECK(checked[0].state == EnvironmentState::broken);
    REQUIRE(checked[0].probe);
    INFO(checked[0].probe->error);
    CHECK(checked[0].probe->ran);
    CHECK_FALSE(machine.seen()->probe); // of that one look
}

TEST_CASE("no worker works for root, for the system's accounts, or for somebody that it is not")
{
    if (::geteuid() != 0) return;
    const auto ends_with = [](uid_t runs_as, const char* account) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            if (::setresuid(runs_as, runs_as, runs_as) != 0) ::_exit(3);
            ::execl(ENVFIX_SERVICE, ENVFIX_SERVICE, "--worker=watch", account, "--socket=/nonexistent", nullptr);
            ::_exit(4);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WEXITSTATUS(status);
    };
    CHECK(ends_with(0, "--account=0") == 2);
    CHECK(ends_with(0, "--account=12345") == 2);
    CHECK(ends_with(33, "--account=33") == 2);
    CHECK(ends_with(k_account, "--account=12346") == 2);
    CHECK(ends_with(k_account, "--account=x") == 2);
    CHECK(ends_with(k_account, "--account=12345") == 1); // nobody listens
}
