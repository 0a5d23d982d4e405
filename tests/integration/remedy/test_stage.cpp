#include "bench.hpp"
#include "remedy/pip.hpp"
#include "remedy/stage.hpp"
#include "remedy/trial.hpp"
#include "remedy/wheels.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <limits>

using namespace envfix;

namespace {

remedy::PipSettings wheels_only()
{
    remedy::PipSettings settings;
    settings.no_index = true;
    settings.find_links = {wheelhouse::wheels()};
    return settings;
}

std::vector<std::string> targets(const remedy::Staged& staged)
{
    std::vector<std::string> paths;
    for (const auto& file : staged.files) {
        paths.push_back(file.path);
    }
    return paths;
}

bool has(const std::vector<std::string>& list, const std::string& word)
{
    return std::ranges::find(list, word) != list.end();
}

} // namespace

TEST_CASE("an environment without pip is served by a wheel of this machine")
{
    const Bench bench;
    const auto pip =
        wait_for(remedy::find_pip(bench.snapshot().interpreter, false, bench.surroundings()));
    REQUIRE(pip);
    CHECK_THAT(pip->where, ContainsSubstring("/pip-"));
    CHECK_FALSE(pip->version.empty());
}

TEST_CASE("an environment's own pip comes first, unless it does not start")
{
    const Bench bench;
    const auto python = bench.venv + "/bin/python";
    wheelhouse::run({python, "-I", wheelhouse::pip_wheel() + "/pip", "install", "-q", "--no-index",
                     "--no-compile", wheelhouse::pip_wheel()});
    const auto find = [&] {
        return wait_for(remedy::find_pip(bench.snapshot().interpreter, true, bench.surroundings()))
            .value()
            .where;
    };
    CHECK(find() == "the environment");
    std::filesystem::remove_all(bench.site + "/pip/_internal");
    CHECK_THAT(find(), ContainsSubstring("/pip-"));
}

TEST_CASE("what pip stages for a venv is found, with its place and this venv's interpreter")
{
    const Bench bench;
    const auto pip =
        wait_for(remedy::find_pip(bench.snapshot().interpreter, false, bench.surroundings()))
            .value();
    const auto wheel =
        wait_for(remedy::fetch_wheel(pip, "supabase==2.16.0", wheels_only(), bench.surroundings()))
            .value();
    CHECK(wheel.name == "supabase");
    CHECK(wheel.source == wheelhouse::wheels() + "/" + wheel.file);
    CHECK(wheel.sha256 == sha256_hex(wheelhouse::read(wheel.source)));

    const auto target = remedy::target_of(bench.snapshot(), false).value();
    std::filesystem::create_directories(bench.venv + "/.envfix/stage/r1");
    const std::vector<model::PackageChange> packages{{.distribution = "supabase",
                                                      .from = {},
                                                      .to = "2.16.0",
                                                      .source = {},
                                                      .sha256 = wheel.sha256}};
    const auto before = bench.bytes();
    const auto staged = wait_for(
        remedy::stage_wheels(target, ".envfix/stage/r1", packages, pip, bench.surroundings()));
    REQUIRE(staged);
    CHECK(staged->distributions == std::vector<std::string>{"supabase 2.16.0"});
    const auto paths = targets(*staged);
    CHECK(has(paths, "bin/supabase-stand-in"));
    CHECK(has(paths, target.site + "/supabase/__init__.py"));
    CHECK(has(paths, target.site + "/supabase-2.16.0.dist-info/RECORD"));
    for (const auto& file : staged->files) {
        if (file.path != "bin/supabase-stand-in") continue;
        CHECK(wheelhouse::read(bench.venv + "/" + file.staged)
                  .starts_with("#!" + bench.venv + "/bin/python"));
    }
    CHECK(bench.bytes() == before);
}

TEST_CASE("a wheel whose hash is not the plan's is not installed")
{
    const Bench bench;
    const auto pip =
        wait_for(remedy::find_pip(bench.snapshot().interpreter, false, bench.surroundings()))
            .value();
    const auto wheel =
        wait_for(remedy::fetch_wheel(pip, "supabase", wheels_only(), bench.surroundings())).value();
    const auto wrong = std::string(64, '0');
    std::filesystem::rename(bench.state + "/wheels/" + wheel.sha256,
                            bench.state + "/wheels/" + wrong);
    std::filesystem::create_directories(bench.venv + "/.envfix/stage/r1");
    const std::vector<model::PackageChange> packages{{.distribution = "supabase",
                                                      .from = {},
                                                      .to = wheel.version,
                                                      .source = {},
                                                      .sha256 = wrong}};
    const auto target = remedy::target_of(bench.snapshot(), false).value();
    const auto staged = wait_for(
        remedy::stage_wheels(target, ".envfix/stage/r1", packages, pip, bench.surroundings()));
    REQUIRE_FALSE(staged);
    INFO(staged.error().message);
    CHECK_THAT(staged.error().message, ContainsSubstring("pip"));
}

TEST_CASE("Debian's own place for a prefix is found in the stage of a user site")
{
    const Bench bench;
    auto snapshot = bench.snapshot();
    const auto base = bench.folder.folder("home/.local");
    const auto site = base + bench.site.substr(bench.venv.size());
    std::filesystem::create_directories(site);
    snapshot.environment.kind = model::EnvironmentKind::user;
    snapshot.environment.path = site;
    snapshot.environment.executable = wheelhouse::k_python;
    snapshot.interpreter.executable = wheelhouse::k_python;
    const auto target = remedy::target_of(snapshot, true).value();
    CHECK(target.root == base);

    const auto pip =
        wait_for(remedy::find_pip(snapshot.interpreter, false, bench.surroundings())).value();
    const auto wheel =
        wait_for(remedy::fetch_wheel(pip, "supabase", wheels_only(), bench.surroundings())).value();
    std::filesystem::create_directories(base + "/.envfix/stage/r1");
    const std::vector<model::PackageChange> packages{{.distribution = "supabase",
                                                      .from = {},
                                                      .to = wheel.version,
                                                      .source = {},
                                                      .sha256 = wheel.sha256}};
    const auto staged = wait_for(
        remedy::stage_wheels(target, ".envfix/stage/r1", packages, pip, bench.surroundings()));
    REQUIRE(staged);
    CHECK(has(targets(*staged), target.site + "/supabase/__init__.py"));
    CHECK(has(targets(*staged), "bin/supabase-stand-in"));

    // The same files, seen by the real interpreter through a copy of the user site.
    std::vector<remedy::Change> changes;
    for (const auto& file : staged->files) {
        remedy::Change change;
        change.path = file.path;
        change.staged = file.staged;
        changes.push_back(change);
    }
    const auto root = fs::WriteTree::open(base).value();
    const auto shadow = remedy::build_shadow(root, target, snapshot.interpreter, changes,
                                             ".envfix/stage/r1/shadow");
    REQUIRE(shadow);
    probe::Request request;
    request.executable = shadow->python;
    request.environment = bench.surroundings().environment;
    request.environment.insert(request.environment.end(), shadow->environment.begin(),
                               shadow->environment.end());
    request.scratch_parent = bench.state;
    request.links = {
        {.distribution = "supabase", .imports = {"importlib.metadata", "supabase"}, .proof = {}}};
    const auto said = probe::run_blocking(request).value();
    // The stand-in needs PyJWT, which this user has not: but it was found and begun.
    CHECK(said.import == (said.ok ? "" : "supabase"));
    CHECK_FALSE(std::filesystem::exists(site + "/supabase"));
}

TEST_CASE("wheels go when they are old and no plan names them")
{
    const TempFolder folder;
    folder.file("wheels/aa/a.whl");
    folder.file("wheels/bb/b.whl");
    folder.file("wheels/incoming-0/half");
    REQUIRE(remedy::expire_wheels(folder / "none", {}, 0));
    REQUIRE(remedy::expire_wheels(folder / "wheels", {"aa"}, 0));
    CHECK(std::filesystem::exists(folder / "wheels/bb/b.whl"));
    REQUIRE(
        remedy::expire_wheels(folder / "wheels", {"aa"}, std::numeric_limits<std::int64_t>::max()));
    CHECK(std::filesystem::exists(folder / "wheels/aa/a.whl"));
    CHECK_FALSE(std::filesystem::exists(folder / "wheels/bb"));
    CHECK_FALSE(std::filesystem::exists(folder / "wheels/incoming-0"));
}
