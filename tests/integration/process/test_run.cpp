#include "process/process.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/temp_folder.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

using namespace envfix;
using namespace std::chrono_literals;
using process::Command;
using process::Ended;

namespace {

Command shell(std::string script)
{
    Command command;
    command.argv = {"/bin/sh", "-c", std::move(script)};
    command.environment = {"PATH=/usr/bin:/bin"};
    command.limits.wall = 4s;
    return command;
}

/// Whether a process that was sent SIGKILL is gone, or a zombie that only waits for init.
bool dies(const std::string& pid)
{
    for (int i = 0; i < 2000; ++i) {
        std::ifstream stat("/proc/" + std::to_string(std::stoi(pid)) + "/stat");
        std::string number;
        std::string name;
        std::string state;
        stat >> number >> name >> state;
        if (state.empty() || state == "Z" || state == "X") return true;
        ::usleep(1000);
    }
    return false;
}

/// Whether there is no such process, at this moment.
bool is_gone(const std::string& pid)
{
    return ::kill(std::stoi(pid), 0) != 0 && errno == ESRCH;
}

} // namespace

TEST_CASE("a child's exit status and both its outputs are reported")
{
    asio::io_context io{1};
    const auto ended =
        run_to_end(io, process::run(shell("echo out; echo err >&2; exit 3"))).value();
    CHECK(ended == Ended{.status = 3, .out = "out\n", .err = "err\n"});
    CHECK_FALSE(ended.well());
    CHECK(process::describe(ended, {}) == "exit code 3");
}

TEST_CASE("a child that dies of a signal is told by its name")
{
    const auto ended = process::run_blocking(shell("kill -SEGV $$")).value();
    CHECK(ended.signalled);
    CHECK(process::describe(ended, {}) == "killed by SIGSEGV");
}

TEST_CASE("a child over its limit is killed with all of its group, and reaped")
{
    asio::io_context io{1};
    auto command = shell("sleep 60 & echo $!; sleep 60");
    command.limits.wall = 100ms;
    const auto ended = run_to_end(io, process::run(command)).value();
    CHECK(ended.timed_out);
    CHECK(ended.status == SIGKILL);
    CHECK(process::describe(ended, command.limits) == "not done within 100 ms");
    CHECK(dies(ended.out));
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("what a child leaves in its group dies with it and holds nobody up")
{
    const auto ended = process::run_blocking(shell("sleep 60 & echo $!")).value();
    CHECK(ended.well());
    CHECK(dies(ended.out));
}

TEST_CASE("what left the child's session and has no parent any more is gone at its end as well")
{
    const std::string escape = "setsid sh -c 'setsid sleep 60 >/dev/null 2>&1 & echo $!'";
    SECTION("after a good end")
    {
        const auto ended = process::run_blocking(shell(escape + "; exit 0")).value();
        CHECK(ended.well());
        CHECK(is_gone(ended.out));
    }
    SECTION("after its time")
    {
        auto command = shell(escape + "; sleep 60");
        command.limits.wall = 300ms;
        const auto ended = process::run_blocking(command).value();
        CHECK(ended.timed_out);
        CHECK(is_gone(ended.out));
    }
    SECTION("after it was killed by itself")
    {
        const auto ended = process::run_blocking(shell(escape + "; kill -KILL $$")).value();
        CHECK(ended.signalled);
        CHECK(is_gone(ended.out));
    }
    SECTION("also where there are many, which have children of their own")
    {
        const auto ended =
            process::run_blocking(shell("for i in 1 2 3 4 5 6 7 8 9 10; do setsid sh -c "
                                        "'setsid sleep 60 >/dev/null 2>&1 & echo $!; "
                                        "exec >/dev/null 2>&1; setsid sleep 60' & done; sleep 0.5"))
                .value();
        CHECK(ended.well());
        std::istringstream pids(ended.out);
        int count = 0;
        for (std::string pid; pids >> pid; ++count)
            CHECK(is_gone(pid));
        CHECK(count == 10);
    }
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a child that stops what stands above it is over at its time all the same")
{
    asio::io_context io{1};
    // Once; again and again from another session; and while it goes on saying something.
    const std::string script = GENERATE(values<std::string>(
        {"kill -STOP $PPID; echo $$; sleep 60", "kill -STOP $PPID; echo $$; exit 0",
         "s=$PPID; setsid sh -c 'while kill -STOP '$s'; do :; done' >/dev/null 2>&1 & echo $!; sleep 60",
         "kill -STOP $PPID; echo $$; exec >/dev/null 2>&1; yes >&3"}));
    auto command = shell(script);
    command.limits.wall = 300ms;
    command.record_cap = 1000;
    const auto begun = std::chrono::steady_clock::now();
    const auto ended = run_to_end(io, process::run(command)).value();
    CHECK(std::chrono::steady_clock::now() - begun < 6s);
    CHECK(ended.timed_out);
    CHECK(dies(ended.out.substr(0, ended.out.find('\n'))));
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a loop that is destroyed is not held up by a child that stops what stands above it")
{
    const auto begun = std::chrono::steady_clock::now();
    {
        asio::io_context io{1};
        asio::co_spawn(io, process::run(shell("kill -STOP $PPID; sleep 60")),
                       [](const std::exception_ptr&, const Result<Ended>&) {});
        io.run_for(100ms);
    }
    CHECK(std::chrono::steady_clock::now() - begun < 6s);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a child that kills what stands above it takes nothing along into freedom")
{
    asio::io_context io{1};
    TempFolder folder;
    const auto pids = folder / "pids";
    auto command = shell("setsid sh -c 'setsid sleep 60 >/dev/null 2>&1 & echo $! >> " + pids + "; echo $$ >> " + pids +
                         "; sleep 60' >/dev/null 2>&1 & sleep 0.2; echo $! >> " + pids + "; kill -KILL $PPID; sleep 60");
    command.limits.wall = 10s;
    const auto ended = run_to_end(io, process::run(command)).value();
    CHECK_FALSE(ended.well());
    CHECK(process::describe(ended, command.limits) == "killed by SIGKILL");
    std::ifstream list(pids);
    int count = 0;
    for (std::string pid; list >> pid; ++count)
        CHECK(is_gone(pid));
    CHECK(count == 3);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a child that becomes very many is gone at its time")
{
    auto command = shell("i=0; while [ $i -lt 300 ]; do setsid sh -c 'sleep 60 & sleep 60' >/dev/null 2>&1 & i=$((i+1)); done; sleep 60");
    command.limits.wall = 1500ms;
    const auto begun = std::chrono::steady_clock::now();
    const auto ended = process::run_blocking(command).value();
    CHECK(ended.timed_out);
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a child sees only the environment that it was given")
{
    ::setenv("ENVFIX_SECRET", "x", 1);
    Command command;
    command.argv = {"/usr/bin/env"};
    command.environment = {"A=b", "PYTHONPATH="};
    CHECK(process::run_blocking(command).value().out == "A=b\nPYTHONPATH=\n");
}

TEST_CASE("a child inherits no file, no mask and no ignored signal of ours")
{
    const int open = ::open("/etc", O_RDONLY | O_DIRECTORY); // without O_CLOEXEC, as a library may
    REQUIRE(open > 2);
    ::signal(SIGPIPE, SIG_IGN);
    const auto ended = process::run_blocking(shell("exec ls /proc/self/fd")).value();
    const auto status = process::run_blocking(shell("exec cat /proc/self/status")).value();
    const auto cwd = process::run_blocking(shell("pwd; umask")).value();
    ::signal(SIGPIPE, SIG_DFL);
    ::close(open);
    CHECK(ended.out == "0\n1\n2\n3\n"); // 3 is what ls reads the folder with
    CHECK_THAT(status.out, ContainsSubstring("SigBlk:\t0000000000000000"));
    CHECK_THAT(status.out, ContainsSubstring("SigIgn:\t0000000000000000"));
    CHECK_THAT(status.out, ContainsSubstring("NoNewPrivs:\t1"));
    CHECK(cwd.out == "/\n0022\n");
}

TEST_CASE("standard input is what was given, or empty")
{
    auto command = shell("cat");
    CHECK(process::run_blocking(command).value().out.empty());
    command.input = std::string(300'000, 'x');
    command.output_cap = 400'000;
    CHECK(process::run_blocking(command).value().out == *command.input);
}

TEST_CASE("input that the child does not read hurts nobody")
{
    auto command = shell("exit 0");
    command.input = std::string(300'000, 'x');
    CHECK(process::run_blocking(command).value().well());
}

TEST_CASE("a long output is cut in the middle and never blocks the child")
{
    auto command = shell("echo begin; head -c 3000000 /dev/zero; echo end");
    command.output_cap = 1000;
    const auto ended = process::run_blocking(command).value();
    CHECK(ended.well());
    CHECK(ended.out.size() < 1100);
    CHECK(ended.out.starts_with("begin\n"));
    CHECK(ended.out.ends_with("end\n"));
}

TEST_CASE("the record travels over fd 3 only, and only so much of it")
{
    auto command = shell("echo forged; echo true >&3");
    command.record_cap = 64;
    auto ended = process::run_blocking(command).value();
    CHECK(ended.record == "true\n");
    CHECK_FALSE(ended.record_too_long);

    command = shell("head -c 100000 /dev/zero >&3");
    command.record_cap = 64;
    ended = process::run_blocking(command).value();
    CHECK(ended.record.size() == 64);
    CHECK(ended.record_too_long);
}

TEST_CASE("a child that closes its outputs is still waited for")
{
    const auto ended = process::run_blocking(shell("exec >&- 2>&-; sleep 0.2; exit 7")).value();
    CHECK(ended.status == 7);
}

TEST_CASE("limits hold in the child")
{
    auto command = shell("ulimit -v; ulimit -f; ulimit -t; ulimit -c");
    command.limits.address_space = std::uint64_t{512} * 1024 * 1024;
    command.limits.file_size = 1024 * 1024;
    command.limits.cpu = 7s;
    CHECK(process::run_blocking(command).value().out == "524288\n2048\n7\n0\n");
}

TEST_CASE("a command that cannot be started is an error, not an exception")
{
    asio::io_context io{1};
    Command missing;
    missing.argv = {"/no/such"};
    const auto error = run_to_end(io, process::run(missing)).error();
    CHECK(error.code == ErrorCode::not_found);
    CHECK(error.message == "starting /no/such: No such file or directory");

    Command forbidden;
    forbidden.argv = {"/etc/passwd"};
    CHECK(process::run_blocking(forbidden).error().code == ErrorCode::denied);

    auto lost = shell("exit 0");
    lost.working_directory = "/no/such/folder";
    CHECK(process::run_blocking(lost).error().message ==
          "entering /no/such/folder: No such file or directory");
}

TEST_CASE("a command that breaks the rules is refused before anything starts")
{
    Command command;
    CHECK(process::run_blocking(command).error().code == ErrorCode::malformed);
    command.argv = {"sh"};
    CHECK(process::run_blocking(command).error().code == ErrorCode::malformed);
    command.argv = {"/bin/sh", std::string("a\0b", 3)};
    CHECK(process::run_blocking(command).error().code == ErrorCode::malformed);
    command.argv = {"/bin/sh"};
    command.environment = {"NOVALUE"};
    CHECK(process::run_blocking(command).error().code == ErrorCode::malformed);
}

TEST_CASE("root runs a child as the owner, who cannot become root again")
{
    if (::geteuid() != 0) {
        WARN("needs root");
        return;
    }
    auto command = shell("id -u; id -g; id -G; grep ^Cap /proc/self/status");
    command.identity = process::Identity{.uid = 12345, .gid = 12346, .groups = {12346, 12347}};
    const auto ended = process::run_blocking(command).value();
    CHECK_THAT(ended.out, ContainsSubstring("12345\n12346\n12346 12347\n"));
    CHECK_THAT(ended.out, ContainsSubstring("CapEff:\t0000000000000000"));
    CHECK_THAT(ended.out, ContainsSubstring("CapPrm:\t0000000000000000"));
}

TEST_CASE("cancelling the awaiter ends the child")
{
    asio::io_context io{1};
    asio::cancellation_signal stop;
    std::optional<Result<Ended>> result;
    asio::co_spawn(
        io, process::run(shell("sleep 60")),
        asio::bind_cancellation_slot(
            stop.slot(), [&](const std::exception_ptr&, Result<Ended> ended) { result = ended; }));
    asio::steady_timer timer(io, 50ms);
    timer.async_wait([&](auto) { stop.emit(asio::cancellation_type::terminal); });
    io.run_for(3s);
    REQUIRE(result);
    CHECK(result->error().code == ErrorCode::cancelled);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a loop that is destroyed takes its children along")
{
    {
        asio::io_context io{1};
        asio::co_spawn(io, process::run(shell("sleep 60")),
                       [](const std::exception_ptr&, const Result<Ended>&) {});
        io.run_for(50ms);
    }
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a child dies when we are killed, and so does what it let go")
{
    const std::string script = GENERATE(values<std::string>(
        {"echo $$ > PATH; exec sleep 60",
         "setsid sh -c 'setsid sh -c \"echo \\$\\$ > PATH; exec sleep 60\" &'; exec sleep 60"}));
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        // The grandchild keeps the pipe's writing end only if it was passed on, so it tells its pid
        // through a file that it creates by name.
        ::close(ends[0]);
        const auto path = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ends[1]);
        auto text = script;
        text.replace(text.find("PATH"), 4, path);
        auto command = shell(text);
        (void)process::run_blocking(command);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string pid(16, '\0');
    const auto got = ::read(ends[0], pid.data(), pid.size());
    REQUIRE(got > 1);
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
    const bool died = dies(pid);
    ::close(ends[0]);
    CHECK(died);
}
