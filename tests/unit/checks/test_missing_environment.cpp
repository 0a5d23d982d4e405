#include "checks/checks.hpp"
#include "checks/sample.hpp"
#include "support/catch.hpp"

using namespace envfix;

namespace {

/// A project without an environment, whose `python3` has the sample's packages: cffi 1.15.1, cryptography, pycparser and PyJWT.
model::Snapshot project(std::vector<std::string> requirements)
{
    auto snapshot = sample::snapshot();
    snapshot.environment = {.id = "0123456789ab",
                            .path = "/src/shop",
                            .kind = model::EnvironmentKind::project,
                            .executable = "/usr/bin/python3",
                            .project = "/src/shop"};
    snapshot.interpreter.executable = "/usr/bin/python3";
    snapshot.requirements = std::move(requirements);
    return snapshot;
}

} // namespace

TEST_CASE("a project without an environment is told in one warning, the chain first")
{
    const auto snapshot = project({"flask", "supabase>=2", "requests", "rich", "cffi", "six"});
    auto chain = sample::chain();
    chain.links.push_back({.chain = "test", .distribution = "supabase", .imports = {"supabase"}});
    auto given = snapshot;
    given.links.push_back({.distribution = "supabase", .imports = {sample::absent("supabase")}});
    const auto found = checks::run_all(given, chain);
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "package-not-installed");
    CHECK(found[0].severity == model::Severity::warning);
    CHECK(found[0].distribution == "supabase");
    CHECK(found[0].summary == "the project has no environment, and Python 3.11.2 does not have what it asks for: "
                              "supabase, flask, requests and 2 more");
    CHECK(found[0].evidence.size() == 5);
    CHECK(found[0].evidence[0].expected == "supabase>=2");
    CHECK(found[0].remedies == std::vector<std::string>{"/usr/bin/python3 -m venv /src/shop/.venv && "
                                                        "/src/shop/.venv/bin/python -m pip install flask 'supabase>=2' "
                                                        "requests rich cffi six"});
    CHECK(checks::state_of(given, found) == model::EnvironmentState::degraded);
}

TEST_CASE("what a project misses is what the Python that is there does not have")
{
    struct Case {
        std::string name;
        std::vector<std::string> requirements;
        std::string want; ///< the end of the summary; empty: nothing is missing
    };
    const auto given = GENERATE(values<Case>({
        {"nothing is asked for", {}, ""},
        {"all is there", {"cffi>=1", "PyJWT[crypto]", "python>=3.99"}, ""},
        {"one is not", {"cffi", "flask"}, ": flask"},
        {"two are not", {"flask", "rich"}, ": flask and rich"},
        {"four are named", {"a", "b", "c", "d"}, ": a, b, c and d"},
        {"too old", {"cffi>=2 ; python_version > '3'"}, ": cffi>=2"},
        {"for another Python", {"flask; python_version < '3'"}, ""},
        {"where packages come from", {"--index-url https://example.org", "cffi"}, ""},
        {"another file", {"-r more.txt"}, ": \"-r more.txt\""},
        {"an editable one", {"-e ."}, ": \"-e .\""},
        {"with a hash", {"flask==3 --hash=sha256:00"}, ": flask"},
        {"with a hash and there", {"cffi==1.15.1 --hash=sha256:00"}, ""},
        {"poetry's", {"supabase = \"^2.0\""}, ": supabase"},
        {"a URL", {"flask @ https://example.org/flask.whl"}, ": flask"},
        {"a path", {"./wheels/a.whl"}, ": \"./wheels/a.whl\""},
        {"twice", {"flask", "flask>=2"}, ": flask"},
    }));
    DYNAMIC_SECTION(given.name)
    {
        const auto found = checks::run_all(project(given.requirements), sample::chain());
        REQUIRE(found.size() == (given.want.empty() ? 0U : 1U));
        if (!found.empty()) CHECK_THAT(found[0].summary, ContainsSubstring("asks for" + given.want));
    }
}

TEST_CASE("where not all of the path could be read, nothing is said to be missing")
{
    auto snapshot = project({"flask"});
    snapshot.unreadable.push_back({sample::k_site, "Permission denied"});
    snapshot.sys_path.front().exists = false;
    CHECK(checks::state_of(snapshot, checks::run_all(snapshot, sample::chain())) != model::EnvironmentState::healthy);
}

TEST_CASE("what is wrong with the Python that a project falls back to is told of that Python only")
{
    auto snapshot = project({"cffi"});
    snapshot.links[0].extensions[0] = sample::absent("_cffi_backend");
    CHECK(checks::run_all(snapshot, sample::chain()).empty());
}
