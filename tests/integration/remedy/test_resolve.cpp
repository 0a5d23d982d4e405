#include "bench.hpp"
#include "pep/name.hpp"
#include "remedy/consistent_set.hpp"
#include "remedy/store.hpp"
#include "remedy/target.hpp"
#include "remedy/wanted.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>

using namespace envfix;
using model::StepKind;

TEST_CASE("a reinstall asks for exactly the version that is there")
{
    const Bench bench;
    const auto ladder = bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}});
    REQUIRE(ladder.size() == 1);
    CHECK(ladder[0].unavailable.empty());
    const auto& change = ladder[0].steps.at(0).changes.at(0);
    CHECK(change.distribution == "cffi");
    CHECK(change.from == change.to);
    CHECK(change.source.starts_with(wheelhouse::wheels() + "/cffi-" + change.to + "-"));
    CHECK(change.sha256.size() == 64);
    CHECK(ladder[0].steps[0].location == bench.site);
    CHECK_FALSE(std::filesystem::exists(bench.venv + "/.envfix"));
}

TEST_CASE("an installation asks for what those accept that need it")
{
    const Bench bench;
    auto snapshot = bench.snapshot();
    std::erase_if(snapshot.distributions,
                  [](const model::Distribution& d) { return d.normalized == "cffi"; });
    CHECK(remedy::install_requirement({.name = "cffi", .specifier = "<3"}, snapshot) ==
          "cffi<3,>=1.12");
    CHECK(remedy::install_requirement({.name = "PyJWT", .specifier = {}}, snapshot) ==
          "PyJWT>=2.4");
}

TEST_CASE("what a policy names is a name with specifiers, nothing else")
{
    CHECK(remedy::parse_wanted("cffi").value() == remedy::Wanted{.name = "cffi", .specifier = {}});
    CHECK(remedy::parse_wanted("PyJWT[crypto] >=2, <3").value() ==
          remedy::Wanted{.name = "PyJWT", .specifier = "<3,>=2", .extras = "crypto"});
    for (const auto* text :
         {"", "--pre", "cffi @ https://evil/", "cffi ; python_version > '3'", "../x", "-r x"}) {
        CHECK_FALSE(remedy::parse_wanted(text));
    }
}

TEST_CASE("what the packages of a step need and what is not there is part of the plan")
{
    const Bench bench;
    const auto named = [](const model::Rung& rung) {
        std::vector<std::string> names;
        for (const auto& change : rung.steps.at(0).changes) {
            CHECK(change.sha256.size() == 64);
            CHECK_FALSE(change.to.empty());
            names.push_back(pep::normalize_name(change.distribution));
        }
        std::ranges::sort(names);
        return names;
    };
    using Names = std::vector<std::string>;
    const auto remove = [&](const std::string& name) {
        for (const auto& one : bench.snapshot().distributions) {
            if (one.normalized == name) std::filesystem::remove_all(one.metadata_path);
        }
    };
    SECTION("all is there")
    {
        const auto ladder = bench.resolve({{step(StepKind::pip_reinstall, {"supabase"})}});
        CHECK(named(ladder.at(0)) == Names{"supabase"});
        CHECK(ladder[0].steps[0].text.empty());
    }
    SECTION("one of them lost what it needs")
    {
        remove("pycparser");
        const auto ladder = bench.resolve({{step(StepKind::pip_reinstall, {"cffi", "PyJWT"})}});
        INFO(ladder.at(0).unavailable);
        CHECK(named(ladder[0]) == Names{"cffi", "pycparser", "pyjwt"});
    }
    SECTION("nothing is there")
    {
        for (const auto* name : {"supabase", "pyjwt", "cryptography", "cffi", "pycparser"})
            remove(name);
        const auto ladder = bench.resolve({{step(StepKind::pip_install, {"supabase"})},
                                           {step(StepKind::pip_install, {"PyJWT[crypto]"})},
                                           {step(StepKind::pip_install, {"PyJWT"})}});
        INFO(ladder.at(0).unavailable);
        CHECK(named(ladder[0]) == Names{"cffi", "cryptography", "pycparser", "pyjwt", "supabase"});
        CHECK(named(ladder[1]) == Names{"cffi", "cryptography", "pycparser", "pyjwt"});
        CHECK(named(ladder[2]) == Names{"pyjwt"});
    }
    SECTION("what is installed would have to change")
    {
        remove("cryptography");
        const auto old = bench.site + "/cryptography-1.0.dist-info";
        std::filesystem::create_directories(old);
        std::ofstream(old + "/METADATA") << "Metadata-Version: 2.1\nName: cryptography\nVersion: 1.0\n";
        const auto ladder = bench.resolve({{step(StepKind::pip_install, {"jwt"})}});
        CHECK_THAT(ladder.at(0).unavailable, ContainsSubstring("no consistent set of versions"));
    }
}

TEST_CASE("what is installed already is kept by constraints, each once")
{
    const Bench bench;
    auto snapshot = bench.snapshot();
    const auto target = remedy::target_of(snapshot, false).value();
    auto twice = snapshot.distributions.front();
    twice.version = "0.1";
    auto odd = twice;
    odd.name = odd.normalized = "odd";
    odd.version = "no version";
    auto elsewhere = twice;
    elsewhere.normalized = elsewhere.name = "elsewhere";
    elsewhere.location = "/usr/lib/python3/dist-packages";
    snapshot.distributions.insert(snapshot.distributions.end(), {twice, odd, elsewhere});
    const auto constraints = remedy::constraints_of(snapshot, target, {"cffi"});
    CHECK(constraints.size() == bench.snapshot().distributions.size() - 1);
    for (const auto& constraint : constraints)
        CHECK_FALSE(constraint.starts_with("cffi=="));
    remedy::Pip pip;
    for (const auto& [version, can] : std::vector<std::pair<std::string, bool>>{
             {"22.2", true}, {"23.0.1", true}, {"22.1.2", false}, {"9.0", false}, {"", false}}) {
        pip.version = version;
        CHECK(remedy::can_report(pip) == can);
    }
}

TEST_CASE("a rung that cannot be tried says why")
{
    const Bench bench;
    const auto ladder = bench.resolve({{step(StepKind::pip_reinstall, {"cffi>9000"})},
                                       {step(StepKind::pip_install, {"no-such-project"})},
                                       {step(StepKind::pip_install, {"cffi"})},
                                       {step(StepKind::restore, {"cffi"})},
                                       {step(StepKind::pip_uninstall, {"jwt"})},
                                       {step(StepKind::venv_recreate)},
                                       {step(StepKind::pip_install, {"--pre"})}});
    REQUIRE(ladder.size() == 7);
    CHECK_THAT(ladder[0].unavailable,
               ContainsSubstring("no wheel of cffi") && ContainsSubstring(wheelhouse::wheels()));
    CHECK_THAT(ladder[1].unavailable, ContainsSubstring("no wheel of no-such-project"));
    CHECK_THAT(ladder[2].unavailable, ContainsSubstring("is installed already"));
    CHECK_THAT(ladder[3].unavailable, ContainsSubstring("no store"));
    CHECK_THAT(ladder[4].unavailable, ContainsSubstring("jwt is not installed"));
    CHECK_FALSE(ladder[5].unavailable.empty());
    CHECK_FALSE(ladder[6].unavailable.empty());
}

TEST_CASE("an index that cannot be reached is named, without its password")
{
    const Bench bench;
    remedy::ResolveRequest request;
    request.snapshot = bench.snapshot();
    request.ladder = {{step(StepKind::pip_reinstall, {"cffi"})}};
    request.settings.index_url = "http://ada:s3cret@127.0.0.1:9/simple";
    request.surroundings = bench.surroundings();
    const auto ladder = wait_for(remedy::resolve(request, nullptr)).value();
    CHECK_THAT(ladder[0].unavailable,
               ContainsSubstring("cannot be reached: index http://ada:****@127.0.0.1:9/simple"));
    CHECK(ladder[0].unavailable.find("s3cret") == std::string::npos);
}

TEST_CASE("leftovers and second metadata folders are listed one by one")
{
    const Bench bench;
    std::filesystem::create_directories(bench.site + "/~ffi");
    const auto name = std::filesystem::path(bench.snapshot().distributions.at(0).metadata_path)
                          .filename()
                          .string();
    REQUIRE(name.starts_with("PyJWT-"));
    const auto stale = bench.site + "/PyJWT-1.0.dist-info";
    std::filesystem::create_directories(stale);
    std::ofstream(stale + "/METADATA") << "Name: PyJWT\nVersion: 1.0\n";
    std::ofstream(stale + "/RECORD") << "jwt/__init__.py,sha256=AAAA,1\n";
    remedy::ResolveRequest request;
    request.snapshot = bench.snapshot();
    model::Leftover leftover;
    leftover.path = bench.site + "/~ffi";
    leftover.location = bench.site;
    request.snapshot.leftovers = {leftover};
    auto leftovers = step(StepKind::quarantine);
    leftovers.quarantine = "leftovers";
    auto duplicates = step(StepKind::quarantine);
    duplicates.quarantine = "duplicates";
    auto impostors = step(StepKind::quarantine);
    impostors.quarantine = "impostors";
    request.ladder = {{leftovers, duplicates}, {impostors}};
    request.surroundings = bench.surroundings();
    const auto ladder = wait_for(remedy::resolve(request, nullptr)).value();
    CHECK(ladder[0].unavailable.empty());
    CHECK(ladder[0].steps[0].paths == std::vector<std::string>{bench.site + "/~ffi"});
    CHECK(ladder[0].steps[1].paths == std::vector<std::string>{stale});
    CHECK_THAT(ladder[1].unavailable, ContainsSubstring("nothing here"));
}

TEST_CASE("packages that are not ours to change make every rung unavailable but advice")
{
    const Bench bench;
    remedy::ResolveRequest request;
    request.snapshot = bench.snapshot();
    request.snapshot.environment.kind = model::EnvironmentKind::system;
    auto advice = step(StepKind::advise);
    advice.text = "make a venv";
    request.ladder = {{step(StepKind::pip_reinstall, {"cffi"})}, {advice}};
    request.surroundings = bench.surroundings();
    const auto ladder = wait_for(remedy::resolve(request, nullptr)).value();
    CHECK_THAT(ladder[0].unavailable, ContainsSubstring("package manager"));
    CHECK(ladder[1].unavailable.empty());
    CHECK(ladder[1].steps.at(0).text == "make a venv");
}
