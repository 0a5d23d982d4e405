#include "formats/installed.hpp"
#include "support/catch.hpp"

#include <map>
using namespace envfix::formats;

namespace {

using Places = std::vector<DistPlace>;

ReadDistFile reader(const std::map<std::string, std::string, std::less<>>& files)
{
    return [files](std::string_view file) -> std::optional<std::string> {
        const auto found = files.find(file);
        if (found == files.end()) return {};
        return found->second;
    };
}

} // namespace

TEST_CASE("the first path entry that has the name wins, and all of them are told")
{
    const std::vector<SiteListing> path{
        {"/venv", {"other", "Foo_Bar-2.0.dist-info", "foo_bar.egg-info"}},
        {"/usr", {"foo.bar-1.0.dist-info", "~oo_bar-1.dist-info"}}};
    CHECK(find_distributions(path, "foo-bar", NameRule::pep503) ==
          Places{
              {0, "Foo_Bar-2.0.dist-info"}, {0, "foo_bar.egg-info"}, {1, "foo.bar-1.0.dist-info"}});
    CHECK(find_distributions(path, "foo-bar", NameRule::legacy) ==
          Places{{0, "Foo_Bar-2.0.dist-info"}, {0, "foo_bar.egg-info"}});
    CHECK(all_distributions(path).size() == 4);
}

TEST_CASE("an egg counts only when it is on the path itself")
{
    const std::vector<SiteListing> path{{"/site", {"foo-1.0-py3.11.egg"}},
                                        {"/site/foo-1.0-py3.11.egg", {"EGG-INFO", "foo"}}};
    CHECK(all_distributions(path) == Places{{1, "EGG-INFO"}});
    CHECK(find_distributions(path, "Foo", NameRule::pep503) == Places{{1, "EGG-INFO"}});
    CHECK(find_distributions(path, "bar", NameRule::pep503).empty());
}

TEST_CASE("metadata comes from METADATA, PKG-INFO or the egg-info file itself")
{
    CHECK(read_core_metadata(reader({{"METADATA", "m"}, {"PKG-INFO", "p"}})) == "m");
    CHECK(read_core_metadata(reader({{"METADATA", ""}, {"PKG-INFO", "p"}})) == "p");
    CHECK(read_core_metadata(reader({{"", "file"}})) == "file");
    CHECK_FALSE(read_core_metadata(reader({{"METADATA", ""}})));
}

TEST_CASE("requires.txt counts only without Requires-Dist")
{
    using Texts = std::vector<std::string>;
    const auto files = reader({{"requires.txt", "a\n[x]\nb\n"}});
    CHECK(read_requirements("Name: foo\nRequires-Dist: c\n", files) == Texts{"c"});
    CHECK(read_requirements("Name: foo\n", files) == Texts{"a", "b; extra == \"x\""});
    CHECK_FALSE(read_requirements("Name: foo\n", reader({})));
    CHECK(read_requirements("Name: foo\n", reader({{"requires.txt", ""}})) == Texts{});
}
