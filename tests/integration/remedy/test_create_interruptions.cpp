#include "create_bench.hpp"
#include "interrupted.hpp"
#include "remedy/backup.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>

// A project that is given an environment, killed, failing or left without space at each named
// point; then the daemon starts again, twice.

using namespace envfix;
namespace stdfs = std::filesystem;

namespace {

/// What the work passes from the stage to the backup's manifest. Every round makes a venv and
/// starts pip in it: each day a sample, in long runs all of them.
std::vector<std::string> points()
{
    constexpr std::size_t k_sample = 5;
    std::vector<std::string> found;
    for (const auto& name : fs::fault::names()) {
        const bool others = name.find("revert") != std::string::npos ||
                            name.find("exchange") != std::string::npos ||
                            name.find("take-back") != std::string::npos ||
                            name.find("displace") != std::string::npos || name == "recreate.copy";
        const bool ours = name.starts_with("recreate.") || name.starts_with("stage.") ||
                          name.starts_with("transaction.") || name.starts_with("backup.");
        if (ours && !others) found.push_back(name);
    }
    if (is_long()) return found;
    const auto* seed = std::getenv("ENVFIX_SEED");
    std::mt19937 random(seed == nullptr ? 1U : static_cast<unsigned>(std::atoi(seed)));
    std::vector<std::string> some;
    std::ranges::sample(found, std::back_inserter(some), k_sample, random);
    return some;
}

void start_again(const Project& project)
{
    auto log = remedy::TransactionLog::open(project.state).value();
    remedy::recover(log);
    REQUIRE(remedy::remove_dead_stages(log, project.path));
    CHECK(remedy::recover(log).empty());
}

void interrupt_everywhere(const std::string& action)
{
    Project project;
    project.requirements = {"cffi"};
    const auto request = project.request(project.resolve());
    REQUIRE(request.plan.ladder.at(0).unavailable.empty());
    const TempFolder kept;
    stdfs::copy(project.state, kept / "state", stdfs::copy_options::recursive);
    int hits = 0;
    for (const auto& name : points()) {
        for (const auto& path : {project.venv, project.path + "/.envfix", project.state})
            stdfs::remove_all(path);
        stdfs::copy(kept / "state", project.state, stdfs::copy_options::recursive);
        const auto spec = name + "=" + action;
        INFO(spec);
        const auto ended = in_child(spec, [&] {
            return project.try_repair(request, [&] { return !stdfs::exists(project.venv); });
        });
        if (ended != Ended::well) ++hits;
        start_again(project);

        const bool is_made = stdfs::exists(project.venv);
        if (ended == Ended::well) CHECK(is_made);
        CHECK_FALSE(stdfs::exists(project.path + "/.envfix/stage"));
        if (!is_made) {
            CHECK(project.names().empty());
            continue;
        }
        CHECK_THAT(wheelhouse::run(
                       {project.venv + "/bin/python", "-c", "import cffi; print(cffi.__name__)"}),
                   ContainsSubstring("cffi"));
        auto log = remedy::TransactionLog::open(project.state).value();
        REQUIRE(remedy::undo(log, project.path, request.run, "ba9876543210", 1'800'000'001));
        CHECK(project.names() == std::vector<std::string>{".envfix"});
    }
    std::cout << "create, " << action << ": " << hits << " interruptions\n";
    CHECK(hits > (is_long() ? 6 : 1));
}

} // namespace

TEST_CASE(
    "an environment that is made for a project and killed anywhere is there whole or not at all")
{
    interrupt_everywhere("kill");
}

TEST_CASE(
    "an environment that is made on a disk that is full anywhere is there whole or not at all")
{
    interrupt_everywhere("enospc");
}
