#include "capture/capture.hpp"
#include "support/catch.hpp"

using namespace envfix;
using model::EnvironmentKind;
using model::PathOrigin;
using Folders = std::vector<std::string>;

namespace {

model::Snapshot snapshot(EnvironmentKind kind)
{
    model::Snapshot snapshot;
    snapshot.environment = {.id = "e", .path = "/p/.venv", .kind = kind, .executable = "/p/.venv/bin/python", .project = ""};
    snapshot.interpreter.implementation = "cpython";
    snapshot.interpreter.major = 3;
    snapshot.interpreter.minor = 11;
    snapshot.sys_path = {{.path = "/usr/lib/python3.11", .origin = PathOrigin::stdlib, .declared_by = "", .exists = true},
                         {.path = "/usr/lib/python3/dist-packages", .origin = PathOrigin::system_site, .declared_by = "", .exists = true},
                         {.path = "/gone", .origin = PathOrigin::pth, .declared_by = "/x.pth", .exists = false}};
    return snapshot;
}

} // namespace

TEST_CASE("a venv's own site folder is watched also while it is gone, and before all others")
{
    auto venv = snapshot(EnvironmentKind::venv);
    const std::string own = "/p/.venv/lib/python3.11/site-packages";
    CHECK(capture::site_folders(venv) == Folders{own, "/usr/lib/python3/dist-packages"});
    venv.sys_path.insert(venv.sys_path.begin() + 1, {.path = own, .origin = PathOrigin::venv_site, .declared_by = "", .exists = true});
    CHECK(capture::site_folders(venv) == Folders{own, "/usr/lib/python3/dist-packages"});
}

TEST_CASE("no site folder is made up where it is not known which it would be")
{
    auto venv = snapshot(EnvironmentKind::venv);
    venv.interpreter = {};
    CHECK(capture::site_folders(venv) == Folders{"/usr/lib/python3/dist-packages"});
    CHECK(capture::site_folders(snapshot(EnvironmentKind::system)) == Folders{"/usr/lib/python3/dist-packages"});
}
