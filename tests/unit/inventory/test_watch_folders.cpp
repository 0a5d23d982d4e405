#include "inventory/names.hpp"
#include "inventory/watch_folders.hpp"
#include "support/catch.hpp"

using namespace envfix;
using namespace envfix::inventory;
using model::EnvironmentKind;
using Folders = std::vector<WatchedFolder>;

namespace {

model::Chain supabase()
{
    model::Chain chain;
    model::ChainLink cffi;
    cffi.extensions = {"_cffi_backend"};
    model::ChainLink cryptography;
    cryptography.extensions = {"cryptography.hazmat.bindings._rust"};
    chain.links = {cffi, cryptography};
    return chain;
}

} // namespace

TEST_CASE("a venv is watched at its packages, its configuration, its interpreter and the chain's "
          "compiled files")
{
    const auto venv = make_environment(EnvironmentKind::venv, "/p/.venv", "/p/.venv/bin/python");
    const std::string site = "/p/.venv/lib/python3.11/site-packages";
    CHECK(watch_folders(venv, {site}, supabase()) ==
          Folders{{site, FolderRole::site},
                  {"/p/.venv", FolderRole::prefix},
                  {"/p/.venv/bin", FolderRole::bin},
                  {site + "/cryptography/hazmat/bindings", FolderRole::compiled},
                  {"/p/.venv/lib/python3.11", FolderRole::library}});
}

TEST_CASE("a project without an environment is watched at its own folder only")
{
    const auto project = make_environment(EnvironmentKind::project, "/p", {}, "/p");
    CHECK(watch_folders(project, {"/usr/lib/python3/dist-packages"}, supabase()) ==
          Folders{{"/p", FolderRole::project}});
}

TEST_CASE("a user site is watched together with the shared folders behind it")
{
    const auto user = make_environment(
        EnvironmentKind::user, "/h/.local/lib/python3.13/site-packages", "/usr/bin/python3.13");
    const std::string shared = "/usr/lib/python3/dist-packages";
    CHECK(watch_folders(user, {user.path, shared}, supabase()) ==
          Folders{{user.path, FolderRole::site},
                  {"/usr/bin", FolderRole::bin},
                  {user.path + "/cryptography/hazmat/bindings", FolderRole::compiled},
                  {shared, FolderRole::site},
                  {shared + "/cryptography/hazmat/bindings", FolderRole::compiled}});
}

TEST_CASE("an environment without interpreter or packages is watched where it lies")
{
    const auto venv = make_environment(EnvironmentKind::venv, "/v", "");
    CHECK(watch_folders(venv, {}, supabase()) ==
          Folders{{"/v", FolderRole::prefix}, {"/v/bin", FolderRole::bin}});
}
