#include "probe/probe.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/temp_folder.hpp"
#include "support/wheelhouse.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace envfix;
using namespace std::chrono_literals;

namespace {

const std::vector<probe::Link> k_chain{
    {.distribution = "cffi", .imports = {"_cffi_backend", "cffi"}, .proof = {}},
    {.distribution = "cryptography", .imports = {"cryptography.fernet"}, .proof = {}},
    {.distribution = "PyJWT",
     .imports = {"jwt", "jwt.algorithms"},
     .proof = "jwt.algorithms.has_crypto"},
    {.distribution = "supabase", .imports = {"supabase"}, .proof = {}},
};

/// A venv with modules of a test's own.
struct Bench {
    TempFolder folder;
    std::string venv = wheelhouse::make_venv(folder / "venv");

    void module(const std::string& name, const std::string& text) const
    {
        folder.file(wheelhouse::site_of(venv).substr(folder.path().size() + 1) + "/" + name, text);
    }

    [[nodiscard]] probe::Request request(std::vector<probe::Link> links) const
    {
        probe::Request request;
        request.executable = venv + "/bin/python";
        request.links = std::move(links);
        request.environment = {"PATH=/usr/bin:/bin", "HOME=" + folder.path(), "LANG=C.UTF-8"};
        request.scratch_parent = folder.path();
        return request;
    }

    [[nodiscard]] model::ProbeResult probe_module(const std::string& name) const
    {
        return probe::run_blocking(
                   request({{.distribution = name, .imports = {name}, .proof = {}}}))
            .value();
    }
};

std::size_t entries_below(const std::string& folder)
{
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::recursive_directory_iterator(folder)) {
        ++count;
    }
    return count;
}

} // namespace

TEST_CASE("a chain that works is proved, and nothing is written")
{
    const TempFolder folder;
    Bench bench;
    bench.venv = wheelhouse::make_healthy_venv(folder / "venv");
    const auto before = entries_below(bench.venv);
    asio::io_context io{1};
    const auto result = run_to_end(io, probe::run(bench.request(k_chain))).value();
    CHECK(result == model::ProbeResult{.ran = true, .ok = true, .import = {}, .error = {}});
    CHECK(entries_below(bench.venv) == before);
}

TEST_CASE("the first link that fails is named with its error")
{
    const TempFolder folder;
    Bench bench;
    bench.venv = wheelhouse::make_healthy_venv(folder / "venv");
    const auto backend = wheelhouse::backend_of(bench.venv);

    SECTION("a backend for another Python")
    {
        std::filesystem::rename(backend, wheelhouse::site_of(bench.venv) +
                                             "/_cffi_backend.cpython-310-x86_64-linux-gnu.so");
        const auto result = probe::run_blocking(bench.request(k_chain)).value();
        CHECK(result.ran);
        CHECK(result.import == "_cffi_backend");
        CHECK(result.error == "ModuleNotFoundError: No module named '_cffi_backend'");
    }
    SECTION("a backend cut within its code")
    {
        std::filesystem::resize_file(backend, 40'000);
        const auto result = probe::run_blocking(bench.request(k_chain)).value();
        CHECK(result.import == "_cffi_backend");
        CHECK(result.error == "killed by SIGBUS while importing _cffi_backend");
    }
    SECTION("cryptography is not there")
    {
        std::filesystem::remove_all(wheelhouse::site_of(bench.venv) + "/cryptography");
        auto links = k_chain;
        links.erase(links.begin() + 1);
        const auto result = probe::run_blocking(bench.request(links)).value();
        CHECK(result.import == "jwt.algorithms.has_crypto");
        CHECK(result.error == "jwt.algorithms.has_crypto is False");
    }
}

TEST_CASE("whatever an import does ends in a readable verdict")
{
    struct Case {
        std::string name;
        std::string text;
        std::string error;
    };

    const auto c = GENERATE(values<Case>({
        {"an exception", "raise ValueError('no')", "ValueError: no"},
        {"a base exception",
         "class PanicException(BaseException): pass\nPanicException.__module__ = "
         "'pyo3_runtime'\nraise PanicException('Python API call failed')",
         "pyo3_runtime.PanicException: Python API call failed"},
        {"a base exception with its cause",
         "try:\n    import _cffi_nothing\nexcept ImportError as e:\n    raise "
         "BaseException('panic') from e",
         "ModuleNotFoundError: No module named '_cffi_nothing' (which became BaseException: "
         "panic)"},
        {"a cause that was only printed",
         "import sys\nprint(\"ModuleNotFoundError: No module named '_x'\", file=sys.stderr)\nraise "
         "BaseException('panic')",
         "ModuleNotFoundError: No module named '_x' (which became BaseException: panic)"},
        {"a polite exit", "raise SystemExit(0)", "SystemExit: 0"},
        {"a silent exit", "import os\nos._exit(0)", "exit code 0 while importing it"},
        {"a segmentation fault", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
         "killed by SIGSEGV while importing it"},
        {"an endless loop", "while True: pass", "not done within 700 ms while importing it"},
        {"a forged success",
         "import os\nprint('done')\nfor f in (0, 1, 2, 3):\n    try: os.write(f, b'done\\n')\n    "
         "except OSError: pass\nraise KeyError('x')",
         "KeyError: 'x'"},
        {"an exception that cannot be shown",
         "class E(Exception):\n    def __str__(self): raise E()\nraise E()",
         "it.E: (its text cannot be read)"},
        {"control characters", "raise ValueError('\\x1b[2J\\u202e\\nb')",
         "ValueError: \\x1b[2J\\u202e b"},
        {"more memory than there is for it", "x = bytearray(1 << 40)", "MemoryError"},
    }));
    DYNAMIC_SECTION(c.name)
    {
        const Bench bench;
        bench.module("it.py", c.text + "\n");
        auto request = bench.request({{.distribution = "it", .imports = {"it"}, .proof = {}}});
        request.limits.wall = 700ms;
        const auto result = probe::run_blocking(request).value();
        CHECK(result ==
              model::ProbeResult{.ran = true, .ok = false, .import = "it", .error = c.error});
    }
}

TEST_CASE("threads and exit handlers of imported code do not hold a probe up")
{
    const Bench bench;
    bench.module("it.py", "import atexit, threading, time\natexit.register(time.sleep, 60)\n"
                          "threading.Thread(target=time.sleep, args=(60,)).start()\n");
    CHECK(bench.probe_module("it").ok);
}

TEST_CASE("a name is an argument, never program text")
{
    const Bench bench;
    const auto result = bench.probe_module("os; open('marker', 'w')");
    CHECK_FALSE(result.ok);
    CHECK_THAT(result.error, ContainsSubstring("No module named"));
}

TEST_CASE(
    "a module in the working directory is not found, one of a .pth file and of the user site is")
{
    const Bench bench;
    std::ofstream(bench.folder.path() + "/stray.py") << "";
    CHECK_FALSE(bench.probe_module("stray").ok);

    bench.folder.file("elsewhere/linked.py");
    bench.module("linked.pth", (bench.folder / "elsewhere") + "\n");
    CHECK(bench.probe_module("linked").ok);

    auto request = bench.request({{.distribution = "mine", .imports = {"mine"}, .proof = {}}});
    request.executable = wheelhouse::k_python;
    CHECK_FALSE(probe::run_blocking(request).value().ok);
    const auto user_site = wheelhouse::site_of(bench.venv); // only for the name of its folder
    const auto python = std::filesystem::path(user_site).parent_path().filename().string();
    bench.folder.file(".local/lib/" + python + "/site-packages/mine.py");
    CHECK(probe::run_blocking(request).value().ok);
}

TEST_CASE("an interpreter that cannot be started was not run")
{
    const Bench bench;
    auto request = bench.request(k_chain);
    request.executable = bench.venv + "/bin/python9";
    const auto result = probe::run_blocking(request).value();
    CHECK_FALSE(result.ran);
    CHECK_FALSE(result.ok);
    CHECK_THAT(result.error, ContainsSubstring("No such file"));
}

TEST_CASE("the deadline of the whole counts, not only that of each link")
{
    const Bench bench;
    bench.module("slow.py", "import time\ntime.sleep(60)\n");
    bench.module("quick.py", "");
    auto request = bench.request({{.distribution = "quick", .imports = {"quick"}, .proof = {}},
                                  {.distribution = "slow", .imports = {"slow"}, .proof = {}}});
    request.deadline = 700ms;
    const auto result = probe::run_blocking(request).value();
    CHECK_THAT(result.error, ContainsSubstring("while importing slow"));
}

TEST_CASE("the project's own command is part of the proof")
{
    const Bench bench;
    bench.module("quick.py", "");
    auto request = bench.request({{.distribution = "quick", .imports = {"quick"}, .proof = {}}});
    request.verify_directory = bench.folder.folder("project");
    SECTION("that succeeds")
    {
        bench.folder.file("project/good.py", "import quick\n");
        request.verify_command = {"python", "good.py"};
        CHECK(probe::run_blocking(request).value().ok);
    }
    SECTION("that fails")
    {
        request.verify_command = {"python", "-c", "import sys; sys.exit('fetch: no rows')"};
        CHECK(probe::run_blocking(request).value() ==
              model::ProbeResult{.ran = true,
                                 .ok = false,
                                 .import = {},
                                 .error =
                                     "the command that verifies it: exit code 1: fetch: no rows"});
    }
    SECTION("that is not there")
    {
        request.verify_command = {"nothing-of-that-name"};
        CHECK_FALSE(probe::run_blocking(request).value().ran);
    }
}

TEST_CASE("a chain's links are asked for as far as the environment has them")
{
    model::Chain chain;
    chain.links.resize(3);
    chain.links[0].distribution = "cffi";
    chain.links[0].imports = {"cffi"};
    chain.links[1].distribution = "cryptography";
    chain.links[2].distribution = "PyJWT";
    chain.links[2].proof = "jwt.algorithms.has_crypto";
    chain.links[2].proof_requires = "cryptography";
    const auto with = [&](const std::set<std::string, std::less<>>& names) {
        return probe::links_of(chain, [&](std::string_view name) { return names.contains(name); });
    };
    CHECK(with({}).empty());
    CHECK(with({"PyJWT"}) ==
          std::vector<probe::Link>{{.distribution = "PyJWT", .imports = {}, .proof = {}}});
    CHECK(with({"PyJWT", "cryptography"}).back().proof == "jwt.algorithms.has_crypto");
}
