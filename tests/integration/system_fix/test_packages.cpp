#include "service/packages.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fstream>
using namespace envfix;

namespace {

using Versions = std::vector<model::PackageVersion>;

class Lab {
public:
    Lab()
    {
        std::ofstream(folder / "allowed") << "# root's\npython3-cffi\npython3-jwt\npython3-anyio\nodd\n";
        std::ofstream(folder / "status") << "Package: python3-jwt\nStatus: install ok installed\nVersion: 2.6.0-1\n\n"
                                            "Package: python3-cffi\nStatus: install ok installed\nVersion: 1:1.15~rc1-5+b1\n\n"
                                            "Package: sudo\nStatus: install ok installed\nVersion: 1.9\n\n"
                                            "Package: odd\nStatus: install ok installed\nVersion: 1 || true\n";
    }

    [[nodiscard]] service::PackageFiles files() const { return {.allowed = folder / "allowed", .dpkg_status = folder / "status"}; }
    [[nodiscard]] Result<Versions> versions(std::vector<std::string> names) const { return service::versions_of(tree, std::move(names), files()); }
    [[nodiscard]] Result<Versions> installed(const Versions& wanted) const { return service::as_installed(tree, wanted, files()); }

    TempFolder folder;
    fs::Tree tree = fs::Tree::open().value();
};

const Versions k_both{{"python3-cffi", "1:1.15~rc1-5+b1"}, {"python3-jwt", "2.6.0-1"}};

} // namespace

TEST_CASE("whoever asks for packages is told the versions that are there, by name")
{
    const Lab lab;
    CHECK(lab.versions({"python3-jwt", "python3-cffi"}).value() == k_both);
    CHECK(lab.installed({k_both[1], k_both[0]}).value() == k_both);
}

TEST_CASE("of what is asked for nothing passes but packages of root's list, in the versions that are there")
{
    const Lab lab;
    struct Case {
        std::vector<std::string> names;
        ErrorCode code;
        std::string says;
    };
    const std::vector<Case> cases{
        {{"python3-jwt", "sudo"}, ErrorCode::denied, "sudo is not among the packages that may be asked for"},
        {{}, ErrorCode::malformed, "no package is named"},
        {std::vector<std::string>(65, "python3-jwt"), ErrorCode::too_large, "64"},
        {{"python3-jwt", "python3-jwt"}, ErrorCode::malformed, "twice"},
        {{"python3-jwt="}, ErrorCode::malformed, "not the name of a package"},
        {{"-oDPkg::Pre-Invoke::=id"}, ErrorCode::malformed, "not the name of a package"},
        {{"\x1b[2J"}, ErrorCode::malformed, "\\x1b"},
        {{"python3-anyio"}, ErrorCode::not_found, "python3-anyio is not installed"},
        {{"odd"}, ErrorCode::malformed, "dpkg tells no version of odd"},
    };
    for (const auto& each : cases) {
        const auto versions = lab.versions(each.names);
        REQUIRE_FALSE(versions);
        INFO(versions.error().message);
        CHECK(versions.error().code == each.code);
        CHECK(versions.error().message.find(each.says) != std::string::npos);
    }
    const auto other = lab.installed({k_both[0], {"python3-jwt", "2.6.0-2"}});
    REQUIRE_FALSE(other);
    CHECK(other.error().code == ErrorCode::plan_changed);
    CHECK(other.error().message == "python3-jwt is installed in version 2.6.0-1, not in 2.6.0-2; have a new plan made");
    CHECK_FALSE(lab.installed({k_both[0], k_both[0]}));
}

TEST_CASE("without a list of root's nothing may be asked for")
{
    Lab lab;
    std::filesystem::remove(lab.folder / "allowed");
    CHECK_FALSE(lab.versions({"python3-jwt"}));
    std::ofstream(lab.folder / "allowed") << "python3-jwt\n-o evil\n";
    CHECK(lab.versions({"python3-jwt"}).error().code == ErrorCode::malformed);
}

TEST_CASE("what is asked for becomes a plan of its own, which says each version")
{
    const auto plan = service::plan_of_packages(k_both, 1000);
    CHECK(service::is_of_no_environment(plan));
    CHECK(plan.digest == model::plan_digest(plan));
    CHECK(plan.ladder.at(0).steps.at(0).text == "sudo apt-get install --reinstall -- python3-cffi=1:1.15~rc1-5+b1 python3-jwt=2.6.0-1");
    CHECK(plan.ladder.at(0).steps.at(0).changes.at(1).to == "2.6.0-1");
    CHECK(plan.id != service::plan_of_packages({k_both[0]}, 1000).id);
}

TEST_CASE("a user may have packages installed so many times within a day, and others as often")
{
    service::PackageAllowance allowance;
    for (std::size_t i = 0; i < service::PackageAllowance::k_a_day; ++i) CHECK(allowance.take(1000, static_cast<std::int64_t>(i)));
    CHECK_FALSE(allowance.take(1000, 86'399));
    CHECK(allowance.take(1001, 86'399));
    CHECK(allowance.take(1000, 86'400));
    CHECK_FALSE(allowance.take(1000, 86'400));
}

TEST_CASE("a hold on the system's Python keeps its packages as they are")
{
    service::Catalogue catalogue([](std::string_view) { return true; });
    catalogue.add({.id = "aaaaaaaaaaaa", .path = "/srv/.venv", .kind = model::EnvironmentKind::venv});
    catalogue.add({.id = "bbbbbbbbbbbb", .path = "/usr", .kind = model::EnvironmentKind::system});
    catalogue.find("aaaaaaaaaaaa")->hold = service::Hold{.until_s = 0, .reason = "mine", .by = "0"};
    CHECK(service::held_for_system(catalogue, 100).empty());
    catalogue.find("bbbbbbbbbbbb")->hold = service::Hold{.until_s = 200, .reason = "an upgrade", .by = "0"};
    CHECK(service::held_for_system(catalogue, 199) == "/usr is held: an upgrade");
    CHECK(service::held_for_system(catalogue, 200).empty());
}
