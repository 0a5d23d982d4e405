// The clock of these tests stands an hour ahead: then nothing is so recent that it would not be kept.
#include "app/known_judgements.hpp"
#include "inventory/inventory.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <string>

using namespace envfix;

namespace {

model::Chain chain_of(const std::string& distribution)
{
    return {.name = "chain", .links = {{.distribution = distribution, .imports = {"one"}}}};
}

/// A venv of the machine's Python with one distribution, and a process that judges it again and again.
struct Process {
    TempFolder folder;
    fs::Tree tree = *fs::Tree::open();
    capture::HashCache hashes;
    capture::KnownPlaces places;
    app::KnownJudgements judgements;
    std::string site;
    model::Environment environment;

    Process()
    {
        const auto python = std::filesystem::canonical("/usr/bin/python3").filename().string(); // python3.11
        site = "venv/lib/" + python + "/site-packages";
        folder.file("venv/pyvenv.cfg", "home = /usr/bin\n");
        folder.link("venv/bin/python", "/usr/bin/python3");
        folder.file(site + "/one.py", "pass\n");
        folder.file(site + "/one-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: one\nVersion: 1.0\n");
        folder.file(site + "/one-1.0.dist-info/RECORD", "one.py,,\n");
        folder.file(site + "/one-1.0.dist-info/INSTALLER", "pip\n");
        const auto found = inventory::locate(tree, folder / "venv", {});
        REQUIRE(found);
        environment = found->front();
    }

    app::Judgement judge(const model::Chain& chain, std::int64_t at_ns = now_ns() + k_hour_ns, const std::string& home = "/nonexistent")
    {
        const capture::Options options{.home = home, .now_ns = at_ns, .places = &places};
        return judgements.judge(tree, environment, chain, hashes, options);
    }

    /// Whether the judgement is one of before: to the same question about another chain, which is against the rules, only
    /// what was read anew gives another answer.
    bool remembers(std::int64_t at_ns = now_ns() + 2 * k_hour_ns, const std::string& home = "/nonexistent")
    {
        return judge(chain_of("other"), at_ns, home).snapshot.links.front().distribution == "one";
    }
};

} // namespace

TEST_CASE("a judgement is remembered as long as nothing has changed")
{
    Process process;
    const auto first = process.judge(chain_of("one"));
    REQUIRE(first.report.state == model::EnvironmentState::healthy);
    REQUIRE(first.report.chain.size() == 1);
    CHECK(process.remembers());
    CHECK(process.judge(chain_of("one")).report == first.report);
}

TEST_CASE("a judgement is not remembered once something has changed")
{
    Process process;
    REQUIRE(process.judge(chain_of("one")).report.state == model::EnvironmentState::healthy);
    SECTION("a module that is gone")
    {
        std::filesystem::remove(process.folder / (process.site + "/one.py"));
        CHECK(process.judge(chain_of("one")).report.state == model::EnvironmentState::broken);
    }
    SECTION("a file of the project, which only what is known of places tells")
    {
        process.folder.file("one.py", "pass\n");
        CHECK_FALSE(process.remembers());
    }
    SECTION("another home")
    {
        CHECK_FALSE(process.remembers(now_ns() + 2 * k_hour_ns, "/elsewhere"));
    }
}

TEST_CASE("what changed only just now is not remembered, and later it is")
{
    Process process;
    process.judge(chain_of("one"), now_ns());
    SECTION("now")
    {
        CHECK_FALSE(process.remembers());
    }
    SECTION("later")
    {
        process.judge(chain_of("one"));
        CHECK(process.remembers());
    }
}

TEST_CASE("only the environments that were judged last are remembered")
{
    Process process;
    process.judge(chain_of("one"));
    REQUIRE(process.remembers());
    for (int i = 0; i < 64; ++i) process.judge(chain_of("one"), now_ns() + k_hour_ns, "/home-" + std::to_string(i));
    CHECK(process.remembers(now_ns() + 2 * k_hour_ns, "/home-63"));
    CHECK_FALSE(process.remembers());
}
