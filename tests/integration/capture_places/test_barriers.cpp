#include "capture/barriers.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace envfix;
using Kind = model::Barrier::Kind;

namespace {

constexpr unsigned k_somebody = 65534;

/// An environment that belongs to somebody who is not root, with one module.
struct Place {
    Place()
    {
        site = folder.folder("v/site");
        file = folder.file("v/site/jwt.py");
        give(folder / "v", k_somebody, 0755);
        give(site, k_somebody, 0755);
        give(file, k_somebody, 0644);
        snapshot.environment = {.path = folder / "v"};
        snapshot.sys_path = {
            {.path = site, .origin = model::PathOrigin::venv_site, .exists = true}};
        snapshot.links = {{.distribution = "PyJWT",
                           .imports = {{.module = "jwt",
                                        .kind = model::ModuleKind::source,
                                        .path = file,
                                        .location = site}}}};
    }

    static void give(const std::string& path, unsigned owner, mode_t mode)
    {
        REQUIRE(::chown(path.c_str(), owner, owner) == 0);
        REQUIRE(::chmod(path.c_str(), mode) == 0);
    }

    [[nodiscard]] std::vector<model::Barrier> find() const
    {
        const auto tree = fs::Tree::open();
        const capture::FolderViews folders(*tree, {site});
        return capture::find_barriers(*tree, folders, snapshot);
    }

    TempFolder folder;
    std::string site;
    std::string file;
    model::Snapshot snapshot;
};

} // namespace

TEST_CASE("rights are judged for the owner of the environment")
{
    if (::geteuid() != 0) return; // files cannot be given away
    const Place place;
    CHECK(place.find().empty());

    Place::give(place.site, 0, 0755);
    auto found = place.find();
    REQUIRE(found.size() == 1);
    CHECK(found[0] ==
          model::Barrier{.kind = Kind::not_writable, .path = place.site, .owner = 0, .mode = 0755});

    Place::give(place.site, 0, 0700);
    found = place.find();
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == Kind::not_readable);

    Place::give(place.site, 0, 0770); // he may well be in that group
    CHECK(place.find().empty());

    Place::give(place.site, k_somebody, 0755);
    Place::give(place.file, 0, 0600);
    found = place.find();
    REQUIRE(found.size() == 1);
    CHECK(found[0] ==
          model::Barrier{.kind = Kind::not_readable, .path = place.file, .owner = 0, .mode = 0600});
}

TEST_CASE("a folder that its owner may not enter hides its module")
{
    if (::geteuid() != 0) return;
    Place place;
    const auto package = place.folder.folder("v/site/cffi");
    Place::give(package, k_somebody, 0);
    place.snapshot.links = {{.distribution = "cffi",
                             .installed = model::Distribution{.location = place.site},
                             .imports = {{.module = "cffi"}}}};
    const auto found = place.find();
    REQUIRE(found.size() == 1);
    CHECK(found[0].path == package);
}

TEST_CASE("a package's folder counts as well as its file, whoever looks")
{
    if (::geteuid() != 0) return;
    Place place;
    const auto file = place.folder.file("v/site/cffi/__init__.py");
    const auto package = place.folder / "v/site/cffi";
    place.snapshot.links = {
        {.distribution = "cffi",
         .imports = {{.module = "cffi", .kind = model::ModuleKind::package, .path = file, .location = place.site}}}};
    CHECK(place.find().empty());
    Place::give(package, 0, 0700);
    const auto found = place.find();
    REQUIRE(found.size() == 1);
    CHECK(found[0].path == package);
}

TEST_CASE("nothing is held against an environment of root's, which may do everything")
{
    if (::geteuid() != 0) return;
    const Place place;
    Place::give(place.folder / "v", 0, 0755);
    Place::give(place.site, 0, 0500);
    CHECK(place.find().empty());
}
