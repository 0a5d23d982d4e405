#include "remedy/adopted.hpp"
#include "support/catch.hpp"

using namespace envfix;

namespace {

constexpr const char* k_own = "/p/.venv/lib/python3.11/site-packages";
constexpr const char* k_user = "/home/me/.local/lib/python3.11/site-packages";
constexpr const char* k_system = "/usr/lib/python3/dist-packages";
constexpr const char* k_linked = "/srv/linked";

model::Distribution distribution(const std::string& name, const std::string& location,
                                 std::vector<std::string> requires_dist = {})
{
    model::Distribution made;
    made.name = name;
    made.normalized = name;
    made.version = "1.0";
    made.location = location;
    made.requires_dist = std::move(requires_dist);
    return made;
}

model::Snapshot venv_that_sees_all()
{
    model::Snapshot made;
    made.interpreter.major = 3;
    made.interpreter.minor = 11;
    made.interpreter.version = "3.11.2";
    const auto add = [&](const char* path, model::PathOrigin origin) {
        made.sys_path.emplace_back();
        made.sys_path.back().path = path;
        made.sys_path.back().origin = origin;
    };
    add(k_own, model::PathOrigin::venv_site);
    add(k_linked, model::PathOrigin::pth);
    add(k_user, model::PathOrigin::user_site);
    add(k_system, model::PathOrigin::system_site);
    return made;
}

void add_link(model::Snapshot& snapshot, const model::Distribution& installed)
{
    snapshot.links.emplace_back();
    snapshot.links.back().distribution = installed.name;
    snapshot.links.back().installed = installed;
}

} // namespace

TEST_CASE("a venv adopts what it imports of other sites, and nothing besides")
{
    auto snapshot = venv_that_sees_all();
    snapshot.distributions = {
        distribution("app", k_own, {"helper", "old; python_version < '3'", "here", "linked"}),
        distribution("here", k_own),
        distribution("linked", k_linked),
        distribution("helper", k_user, {"deep"}),
        distribution("deep", k_system),
        distribution("deep", k_user),
        distribution("here", k_system),
        distribution("old", k_system),
        distribution("chained", k_system, {"chained-too"}),
        distribution("chained-too", k_system),
        distribution("nobody-asks", k_system),
    };
    add_link(snapshot, snapshot.distributions[8]);
    snapshot.links.emplace_back().distribution = "missing";
    const std::vector<remedy::Adopted> wanted{
        {"chained", "1.0"}, {"chained-too", "1.0"}, {"deep", "1.0"}, {"helper", "1.0"}};
    CHECK(remedy::adopted_by(snapshot) == wanted);
}

TEST_CASE("a venv that uses only its own packages adopts nothing")
{
    auto snapshot = venv_that_sees_all();
    snapshot.distributions = {distribution("app", k_own), distribution("other", k_system)};
    add_link(snapshot, snapshot.distributions[0]);
    CHECK(remedy::adopted_by(snapshot).empty());
}
