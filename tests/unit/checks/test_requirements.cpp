#include "checks/requirements.hpp"
#include "checks/sample.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace envfix;

namespace {

const checks::Requirement* find(const std::vector<checks::Requirement>& all, const std::string& name)
{
    const auto found = std::ranges::find(all, name, &checks::Requirement::name);
    return found == all.end() ? nullptr : &*found;
}

} // namespace

TEST_CASE("requirements are followed from one distribution to the next")
{
    const auto snapshot = sample::snapshot();
    const auto all = checks::requirements_of(snapshot, {"cryptography"});
    REQUIRE(find(all, "cffi") != nullptr);
    CHECK(find(all, "cffi")->met_by->version == "1.15.1");
    REQUIRE(find(all, "pycparser") != nullptr);
    CHECK(find(all, "pycparser")->wanted_by == "cffi 1.15.1");
}

TEST_CASE("an extra counts only where it was asked for")
{
    auto snapshot = sample::snapshot();
    CHECK(find(checks::requirements_of(snapshot, {"pyjwt"}), "cryptography") == nullptr);
    snapshot.distributions.push_back(sample::distribution("auth", "auth", "1", {"pyjwt[crypto]>=2"}));
    CHECK(find(checks::requirements_of(snapshot, {"auth"}), "cryptography") != nullptr);
}

TEST_CASE("a marker of another system does not apply")
{
    auto snapshot = sample::snapshot();
    snapshot.distributions.push_back(sample::distribution(
        "app", "app", "1", {"pywin32; sys_platform == 'win32'", "tomli; python_version < '3.11'", "idna; python_version >= '3.8'"}));
    const auto all = checks::requirements_of(snapshot, {"app"});
    CHECK(find(all, "pywin32") == nullptr);
    CHECK(find(all, "tomli") == nullptr);
    REQUIRE(find(all, "idna") != nullptr);
    CHECK(find(all, "idna")->met_by == nullptr);
}

TEST_CASE("a version that does not fit is told, and a pre-release that is installed fits")
{
    auto snapshot = sample::snapshot();
    snapshot.distributions.push_back(sample::distribution("app", "app", "1", {"cffi>=2", "pycparser>=2"}));
    snapshot.distributions[2].version = "2.22rc1";
    const auto all = checks::requirements_of(snapshot, {"app"});
    CHECK_FALSE(find(all, "cffi")->version_fits);
    CHECK(find(all, "pycparser")->version_fits);
}

TEST_CASE("a ring of requirements ends")
{
    auto snapshot = sample::snapshot();
    snapshot.distributions = {sample::distribution("a", "a", "1", {"b[x]"}), sample::distribution("b", "b", "1", {"a", "c; extra == 'x'"})};
    const auto all = checks::requirements_of(snapshot, {"a"});
    CHECK(all.size() == 3);
}
