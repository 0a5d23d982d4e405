#include "bench.hpp"
#include "remedy/transaction.hpp"
#include "support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <random>
#include <set>

// pip, and every interpreter that a fix starts, counts the calls with which it changes a file below the environment, and is
// killed at one of them; alone, or together with whoever started it. The control lets pip work in place.

using namespace envfix;
using model::StepKind;

namespace {

using Bytes = std::map<std::string, std::string>;

bool is_long()
{
    return std::getenv("ENVFIX_LONG_TESTS") != nullptr;
}

/// What COUNT_* hold for one round.
class Counter {
public:
    explicit Counter(const std::string& folder) : m_file(folder + "/counter"), m_log(folder + "/calls")
    {
        std::ofstream(m_file, std::ios::binary) << std::string(sizeof(std::int64_t), '\0');
        std::ofstream(m_log).close();
    }

    [[nodiscard]] std::vector<std::string> variables(const std::string& root, std::int64_t kill_at, bool parent) const
    {
        std::vector<std::string> all{"LD_PRELOAD=" ENVFIX_COUNT, "COUNT_FILE=" + m_file, "COUNT_LOG=" + m_log,
                                     "COUNT_ROOT=" + root, "COUNT_KILL=" + std::to_string(kill_at)};
        if (parent) all.emplace_back("COUNT_PARENT=1");
        return all;
    }

    [[nodiscard]] std::int64_t calls() const
    {
        const auto bytes = wheelhouse::read(m_file);
        std::int64_t number = 0;
        std::memcpy(&number, bytes.data(), sizeof number);
        return number;
    }

    /// Lines of calls that changed the live tree, beside what is ours below .envfix.
    [[nodiscard]] std::vector<std::string> live() const
    {
        std::vector<std::string> lines;
        std::ifstream in(m_log);
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("live ")) lines.push_back(line);
        }
        return lines;
    }

private:
    std::string m_file;
    std::string m_log;
};

/// The venv without its backend, put back before each round; and what the fix makes of it.
struct Rounds {
    Bench bench;
    std::string pattern = bench.folder / "pattern";
    Bytes before;
    Bytes after;
    remedy::RepairRequest request;

    Rounds()
    {
        std::filesystem::remove(wheelhouse::backend_of(bench.venv));
        std::filesystem::copy(bench.venv, pattern, options());
        before = bench.bytes();
        request = bench.request(bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}}));
    }

    static std::filesystem::copy_options options()
    {
        return std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks;
    }

    void put_back() const
    {
        std::filesystem::remove_all(bench.venv);
        std::filesystem::copy(pattern, bench.venv, options());
        std::filesystem::remove_all(bench.state);
        std::filesystem::create_directories(bench.state);
    }

    /// In a process of its own, which the blow may take with it.
    void repair(const std::vector<std::string>& variables)
    {
        std::cout.flush();
        const auto child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            try {
                auto asked = request;
                asked.surroundings = bench.surroundings();
                auto& environment = asked.surroundings.environment;
                environment.insert(environment.end(), variables.begin(), variables.end());
                const auto ports = bench.ports([&] {
                    for (const auto& entry : std::filesystem::directory_iterator(bench.site)) {
                        if (entry.path().filename().string().starts_with("_cffi_backend.")) return false;
                    }
                    return true;
                });
                auto log = remedy::TransactionLog::open(bench.state).value();
                static_cast<void>(wait_for(remedy::repair(asked, ports, &log, nullptr)));
            } catch (...) {
                ::_exit(1);
            }
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
    }

    /// pip as a person runs it, into the live environment: the control.
    void pip_in_place(const std::vector<std::string>& variables) const
    {
        process::Command command;
        command.argv = {bench.venv + "/bin/python", "-I", wheelhouse::pip_wheel() + "/pip", "install", "-q", "--no-compile",
                        "--no-index", "--no-deps", "--force-reinstall", "--find-links", wheelhouse::wheels(), "cffi"};
        command.environment = bench.surroundings().environment;
        command.environment.insert(command.environment.end(), variables.begin(), variables.end());
        command.working_directory = "/";
        command.limits.wall = std::chrono::minutes(1);
        static_cast<void>(process::run_blocking(command));
    }

    /// After the next start.
    [[nodiscard]] bool is_whole()
    {
        auto log = remedy::TransactionLog::open(bench.state).value();
        remedy::recover(log);
        const auto dead = remedy::remove_dead_stages(log, bench.venv);
        CHECK(dead);
        CHECK(log.in_flight().empty());
        CHECK_FALSE(std::filesystem::exists(bench.venv + "/.envfix/stage"));
        const auto now = bench.bytes();
        return now == before || now == after;
    }
};

/// Which calls to be killed at: all of them, or a seeded sample with the first and the last.
std::set<std::int64_t> chosen(std::int64_t calls, std::size_t sample)
{
    std::set<std::int64_t> all;
    if (is_long()) {
        for (std::int64_t i = 1; i <= calls; ++i) all.insert(i);
        return all;
    }
    std::mt19937 random(11); // NOLINT: the same sample each time
    all = {1, calls};
    while (all.size() < std::min(sample, static_cast<std::size_t>(calls))) {
        all.insert(1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(calls)));
    }
    return all;
}

} // namespace

TEST_CASE("a child that is killed at any call leaves the environment as it was, or fixed")
{
    Rounds rounds;
    const Counter whole(rounds.bench.folder.path());
    rounds.repair(whole.variables(rounds.bench.venv, 0, false));
    rounds.after = rounds.bench.bytes();
    REQUIRE(rounds.after != rounds.before);
    const auto calls = whole.calls();
    CHECK(calls > 20);
    CHECK(whole.live() == std::vector<std::string>{});

    int blows = 0;
    for (const bool parent : {false, true}) {
        for (const auto at : chosen(calls, 5)) {
            rounds.put_back();
            const Counter counter(rounds.bench.folder.path());
            INFO("killed at call " << at << " of " << calls << (parent ? ", with its parent" : ""));
            rounds.repair(counter.variables(rounds.bench.venv, at, parent));
            CHECK(counter.live() == std::vector<std::string>{});
            CHECK(rounds.is_whole());
            ++blows;
        }
    }
    std::cout << "child: " << calls << " calls that change a file, none in the live tree; " << blows << " blows\n";
}

TEST_CASE("the same blows break an environment in which pip works in place (control)")
{
    Rounds rounds;
    const Counter whole(rounds.bench.folder.path());
    rounds.pip_in_place(whole.variables(rounds.bench.venv, 0, false));
    rounds.after = rounds.bench.bytes();
    REQUIRE(rounds.after != rounds.before);
    CHECK(whole.live().size() > 20);

    int broken = 0;
    const auto blows = chosen(whole.calls(), 6);
    for (const auto at : blows) {
        rounds.put_back();
        const Counter counter(rounds.bench.folder.path());
        rounds.pip_in_place(counter.variables(rounds.bench.venv, at, false));
        if (!rounds.is_whole()) ++broken;
    }
    std::cout << "control: pip in place is broken by " << broken << " of " << blows.size() << " blows\n";
    CHECK(broken > 0);
}
