#include "inventory/names.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "watch/installers.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

using namespace envfix;
using namespace envfix::watch;
using model::EnvironmentKind;

namespace {

/// A machine of which only /proc and dpkg's locks are there.
struct Machine {
    TempFolder temp;

    void process(int pid, const std::string& arguments,
                 const std::string& exe = "/usr/bin/python3.11", int parent = 1,
                 const std::string& environ = {}) const
    {
        const auto folder = "proc/" + std::to_string(pid) + "/";
        temp.file(folder + "cmdline", arguments);
        temp.file(folder + "stat", std::to_string(pid) + " (a (b) c) S " + std::to_string(parent) +
                                       " " + std::to_string(pid) + " 0 0");
        temp.file(folder + "environ", environ);
        temp.link(folder + "exe", exe);
        temp.link(folder + "cwd", "/srv");
    }

    [[nodiscard]] Installers at_work(const model::Environment& environment,
                                     const std::vector<int>& own = {}) const
    {
        const auto tree = fs::Tree::open(temp.path());
        return installers_at_work(*tree, environment, own);
    }
};

using namespace std::string_literals;
const auto k_pip = "/v/bin/python\0-m\0pip\0install\0x\0"s;
const auto k_venv = inventory::make_environment(EnvironmentKind::venv, "/v", "/v/bin/python");

/// A pip that takes its time: a stand-in of the same name and arguments.
class SlowPip {
public:
    explicit SlowPip(const std::string& python, const std::string& script)
    {
        std::array<char*, 5> arguments{
            const_cast<char*>(python.c_str()), const_cast<char*>(script.c_str()),
            const_cast<char*>("install"), const_cast<char*>("x"), nullptr};
        std::array<char*, 1> nothing{nullptr};
        REQUIRE(::posix_spawn(&m_pid, python.c_str(), nullptr, nullptr, arguments.data(),
                              nothing.data()) == 0);
    }

    ~SlowPip()
    {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }

    SlowPip(const SlowPip&) = delete;
    SlowPip& operator=(const SlowPip&) = delete;
    SlowPip(SlowPip&&) = delete;
    SlowPip& operator=(SlowPip&&) = delete;

    [[nodiscard]] int pid() const { return m_pid; }

private:
    ::pid_t m_pid = 0;
};

} // namespace

TEST_CASE("installers at work in an environment are told, and ours are not")
{
    const Machine machine;
    machine.process(1, "init\0"s, "/sbin/init");
    machine.process(10, k_pip);
    machine.process(20, k_pip, "/usr/bin/python3.11", 15);
    machine.process(30, "/w/bin/python\0-m\0pip\0install\0x\0"s);
    machine.process(40, "pip\0install\0x\0"s, "/usr/bin/python3.11", 1, "A=b\0VIRTUAL_ENV=/v\0"s);
    machine.process(50, ""); // a kernel thread
    machine.process(60, k_pip);
    machine.temp.file("proc/60/comm", "pip\n");
    machine.process(70, "/v/bin/python\0app.py\0"s);
    machine.temp.file("proc/70/comm", "python\n");
    CHECK(machine.at_work(k_venv, {15}) ==
          Installers{{{10, "pip install"}, {40, "pip install"}, {60, "pip install"}}, ""});
    CHECK(machine.at_work(k_venv, {15, 10, 40, 60}).at_work.empty());
}

TEST_CASE("threads of the kernel are not looked at, but the children of any other second process are")
{
    const auto flags = GENERATE(2129984, 4194304); // a kernel thread's, and a program's
    const Machine machine;
    machine.process(1, "init\0"s, "/sbin/init");
    machine.temp.file("proc/2/stat", "2 (kthreadd) S 0 0 0 0 -1 " + std::to_string(flags) + " 0");
    machine.temp.file("proc/2/task/2/children", "10 20 ");
    machine.process(10, k_pip);
    machine.process(20, k_pip);
    machine.process(30, k_pip);
    const auto told = machine.at_work(k_venv).at_work;
    if (flags == 2129984) {
        CHECK(told == std::vector<Installer>{{30, "pip install"}});
    } else {
        CHECK(told.size() == 3);
    }
}

TEST_CASE("hidden processes are owned up to")
{
    const Machine machine;
    machine.process(10, k_pip);
    const auto found = machine.at_work(k_venv);
    CHECK(found.at_work.size() == 1);
    CHECK_THAT(found.blind, ContainsSubstring("hides other users' processes"));
    const Machine none;
    CHECK_THAT(none.at_work(k_venv).blind, ContainsSubstring("/proc cannot be read"));
}

TEST_CASE("who holds dpkg's lock is at work in the system, whatever its name")
{
    const Machine machine;
    machine.process(1, "init\0"s, "/sbin/init");
    machine.process(77, "aptdaemon\0"s, "/usr/sbin/aptdaemon");
    machine.process(78, "waiting\0"s, "/usr/bin/waiting");
    const auto lock = machine.temp.file("var/lib/dpkg/lock-frontend");

    struct ::stat status {};

    REQUIRE(::stat(lock.c_str(), &status) == 0);
    const auto inode = std::to_string(status.st_ino);
    machine.temp.file("proc/locks", "1: POSIX  ADVISORY  WRITE 77 fe:00:" + inode + " 0 EOF\n" +
                                        "1: -> POSIX  ADVISORY  WRITE 78 fe:00:" + inode +
                                        " 0 EOF\n" +
                                        "2: FLOCK  ADVISORY  WRITE 78 fe:00:1 0 EOF\nbroken\n");
    const auto system =
        inventory::make_environment(EnvironmentKind::system, "/usr", "/usr/bin/python3.11");
    const auto found = machine.at_work(system);
    REQUIRE(found.at_work.size() == 1);
    CHECK(found.at_work[0].pid == 77);
    CHECK(machine.at_work(k_venv).at_work.empty());
}

TEST_CASE("a real process is recognised in the real /proc")
{
    const TempFolder temp;
    temp.file("v/pyvenv.cfg");
    temp.folder("v/bin");
    std::filesystem::copy_file("/bin/sh",
                               temp / "v/bin/python"); // it only has to be there for a while
    REQUIRE(::mkfifo((temp / "nobody-writes").c_str(), 0600) == 0);
    const auto pip = temp.file("v/bin/pip", "read line <" + (temp / "nobody-writes") + "\n");
    const auto venv =
        inventory::make_environment(EnvironmentKind::venv, temp / "v", temp / "v/bin/python");
    const auto other =
        inventory::make_environment(EnvironmentKind::venv, temp / "w", temp / "w/bin/python");
    const auto tree = fs::Tree::open();
    REQUIRE(tree);
    CHECK(installers_at_work(*tree, venv).at_work.empty());
    {
        const SlowPip slow(temp / "v/bin/python", pip);
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        auto found = installers_at_work(*tree, venv);
        while (found.at_work.empty() && std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
            found = installers_at_work(*tree, venv);
        }
        CHECK(found.at_work == std::vector<Installer>{{slow.pid(), "pip install"}});
        CHECK(installers_at_work(*tree, other).at_work.empty());
        CHECK(installers_at_work(*tree, venv, {slow.pid()}).at_work.empty());
        CHECK(installers_at_work(*tree, venv, {static_cast<int>(::getpid())}).at_work.empty());
    }
    CHECK(installers_at_work(*tree, venv).at_work.empty());
}
