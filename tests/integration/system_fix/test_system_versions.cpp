#include "service/system_versions.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fstream>
using namespace envfix;

namespace {

model::Rung rung_of(const std::vector<std::string>& packages)
{
    model::Step step{.kind = model::StepKind::system_packages, .text = "sudo apt-get install --reinstall -- " + packages.front()};
    for (const auto& package : packages) step.changes.push_back({.distribution = package, .from = {}, .to = {}, .source = {}, .sha256 = {}});
    return {.steps = {step}, .unavailable = {}};
}

class Lab {
public:
    Lab()
    {
        std::ofstream(folder / "status") << "Package: python3-jwt\nStatus: install ok installed\nVersion: 2.6.0-1\n\n"
                                            "Package: python3-cffi\nStatus: install ok installed\nVersion: 1:1.15~rc1-5+b1\n\n"
                                            "Package: odd\nStatus: install ok installed\nVersion: 1 || true\n";
    }

    [[nodiscard]] model::Rung pinned(const std::vector<std::string>& packages, const char* file = "status") const
    {
        std::vector<model::Rung> rungs{rung_of(packages)};
        service::pin_versions(fs::Tree::open().value(), rungs, folder / file);
        return rungs.front();
    }

    TempFolder folder;
};

} // namespace

TEST_CASE("what is installed comes back in the version that it has")
{
    const auto rung = Lab{}.pinned({"python3-jwt", "python3-cffi"});
    CHECK(rung.unavailable.empty());
    const auto& step = rung.steps.front();
    CHECK(step.changes[0].from == "2.6.0-1");
    CHECK(step.changes[0].to == "2.6.0-1");
    CHECK(step.changes[1].to == "1:1.15~rc1-5+b1");
    CHECK(step.text == "sudo apt-get install --reinstall -- python3-jwt=2.6.0-1 python3-cffi=1:1.15~rc1-5+b1");
}

TEST_CASE("a package whose version nobody can say beforehand is left to a person")
{
    const Lab lab;
    const auto missing = lab.pinned({"python3-jwt", "python3-anyio"});
    CHECK(missing.unavailable.starts_with("python3-anyio is not installed"));
    CHECK(missing.unavailable.ends_with("sudo apt-get install -- python3-anyio"));
    CHECK(lab.pinned({"odd"}).unavailable == "dpkg tells no version of odd that could be asked for");
    CHECK(lab.pinned({"python3-jwt"}, "none").unavailable.starts_with("which version of python3-jwt is installed cannot be read: "));
}

TEST_CASE("other steps, and what is left out already, stay as they are")
{
    auto left_out = rung_of({"python3-jwt"});
    left_out.unavailable = "no";
    model::Rung pip{.steps = {{.kind = model::StepKind::pip_install, .changes = {{"python3-jwt", "", "2", "", ""}}}}, .unavailable = {}};
    std::vector<model::Rung> rungs{left_out, pip};
    const Lab lab;
    service::pin_versions(fs::Tree::open().value(), rungs, lab.folder / "status");
    CHECK(rungs == std::vector<model::Rung>{left_out, pip});
}
