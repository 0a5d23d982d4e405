#include "bench.hpp"
#include "remedy/store.hpp"
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
          remedy::Wanted{.name = "PyJWT", .specifier = "<3,>=2"});
    for (const auto* text :
         {"", "--pre", "cffi @ https://evil/", "cffi ; python_version > '3'", "../x", "-r x"}) {
        CHECK_FALSE(remedy::parse_wanted(text));
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
