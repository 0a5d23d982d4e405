#include "probe/explain.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix;
using probe::explain;

namespace {

process::Ended ended(int status, bool signalled, std::string err = {})
{
    process::Ended end;
    end.status = status;
    end.signalled = signalled;
    end.err = std::move(err);
    return end;
}

} // namespace

TEST_CASE("only a finished record and a good end together are well")
{
    CHECK(explain({.last = "a", .failed = {}, .cause = {}, .done = true}, ended(0, false), {}).ok);
    CHECK_FALSE(
        explain({.last = "a", .failed = {}, .cause = {}, .done = true}, ended(11, true), {}).ok);
    CHECK_FALSE(
        explain({.last = "a", .failed = {}, .cause = {}, .done = false}, ended(0, false), {}).ok);
}

TEST_CASE("a death without a word is told by its signal and where it happened")
{
    const auto result =
        explain({.last = "cryptography.fernet", .failed = {}, .cause = {}, .done = false},
                ended(11, true), {});
    CHECK(result ==
          model::ProbeResult{.ran = true,
                             .ok = false,
                             .import = "cryptography.fernet",
                             .error = "killed by SIGSEGV while importing cryptography.fernet"});
}

TEST_CASE("a panic is told with the import error that was printed before it")
{
    const auto result = explain(
        {.last = "cryptography.fernet",
         .failed = "pyo3_runtime.PanicException: Python API call failed",
         .cause = {},
         .done = false},
        ended(1, false,
              "Traceback\nModuleNotFoundError: No module named '_cffi_backend'\nthread panicked\n"),
        {});
    CHECK(result.error == "ModuleNotFoundError: No module named '_cffi_backend' "
                          "(which became pyo3_runtime.PanicException: Python API call failed)");
}

TEST_CASE("an import error stands for itself")
{
    const auto result =
        explain({.last = "a", .failed = "ImportError: x", .cause = {}, .done = false},
                ended(1, false, "ModuleNotFoundError: No module named 'optional'\n"), {});
    CHECK(result.error == "ImportError: x");
}

TEST_CASE("an interpreter that does not start says why itself")
{
    const auto result = explain({},
                                ended(1, false,
                                      "Fatal Python error: init_fs_encoding\nModuleNotFoundError: "
                                      "No module named 'encodings'\n\n"),
                                {});
    CHECK(result.error == "the interpreter did not start: exit code 1: ModuleNotFoundError: No "
                          "module named 'encodings'");
}
