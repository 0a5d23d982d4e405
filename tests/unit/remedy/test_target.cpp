#include "remedy/target.hpp"
#include "support/catch.hpp"

using namespace envfix;
using model::EnvironmentKind;
using model::PathOrigin;

namespace {

model::Snapshot snapshot(EnvironmentKind kind, const std::string& path, const std::string& site,
                         PathOrigin origin)
{
    model::Snapshot made;
    made.environment.kind = kind;
    made.environment.path = path;
    made.environment.executable = "/usr/bin/python3.11";
    model::PathEntry entry;
    entry.path = site;
    entry.origin = origin;
    entry.exists = true;
    made.sys_path = {entry};
    return made;
}

} // namespace

TEST_CASE("a fix writes into an environment's own site folder")
{
    const auto venv =
        remedy::target_of(snapshot(EnvironmentKind::venv, "/v", "/v/lib/python3.11/site-packages",
                                   PathOrigin::venv_site),
                          false)
            .value();
    CHECK(venv == remedy::Target{.root = "/v",
                                 .site = "lib/python3.11/site-packages",
                                 .python = "/usr/bin/python3.11",
                                 .entry = remedy::Entry::venv});
    const auto pyenv = remedy::target_of(snapshot(EnvironmentKind::pyenv, "/p/3.12.1",
                                                  "/p/3.12.1/lib/python3.12/site-packages",
                                                  PathOrigin::system_site),
                                         false)
                           .value();
    CHECK(pyenv.entry == remedy::Entry::home);
    const std::string user_site = "/home/ada/.local/lib/python3.11/site-packages";
    const auto user =
        remedy::target_of(
            snapshot(EnvironmentKind::user, user_site, user_site, PathOrigin::user_site), false)
            .value();
    CHECK(user.root == "/home/ada/.local");
    CHECK(user.site_path() == user_site);
}

TEST_CASE("what belongs to the system is left alone")
{
    const auto code = [](const model::Snapshot& given, bool allowed) {
        const auto target = remedy::target_of(given, allowed);
        return target ? std::string("ours") : target.error().message;
    };
    CHECK_THAT(code(snapshot(EnvironmentKind::system, "/usr", "/usr/lib/python3/dist-packages",
                             PathOrigin::system_site),
                    true),
               ContainsSubstring("package manager"));
    auto user = snapshot(EnvironmentKind::user, "/h/.local/lib/python3.11/site-packages",
                         "/h/.local/lib/python3.11/site-packages", PathOrigin::user_site);
    user.interpreter.externally_managed = true;
    CHECK_THAT(code(user, false), ContainsSubstring("PEP 668"));
    CHECK(code(user, true) == "ours");
    CHECK_THAT(code(snapshot(EnvironmentKind::venv, "/v", "/elsewhere/lib/python3.11/site-packages",
                             PathOrigin::venv_site),
                    true),
               ContainsSubstring("not below"));
    auto blind = snapshot(EnvironmentKind::venv, "/v", "/v/lib/python3.11/site-packages",
                          PathOrigin::venv_site);
    blind.environment.executable.clear();
    CHECK_THAT(code(blind, true), ContainsSubstring("no interpreter"));
}
