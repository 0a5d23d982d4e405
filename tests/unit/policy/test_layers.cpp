#include "policy/layers.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix;
using policy::Directory;
using policy::File;
using policy::load_policies;
using policy::Masked;
using policy::Rank;

namespace {

std::string text(const std::string& name, const std::string& rest = {})
{
    return "envfix: 1\nfix: " + name + "\nwhen: {findings: corrupt-binary}\ndo: [restore: a]\n" +
           rest;
}

File file(const std::string& place, const std::string& name, std::string content)
{
    return {.name = name, .path = place + name, .content = std::move(content), .off = false};
}

File off(const std::string& place, const std::string& name)
{
    return {.name = name, .path = place + name, .content = {}, .off = true};
}

std::vector<std::string> files(const policy::PolicySet& set)
{
    std::vector<std::string> list;
    for (const auto& policy : set.policies)
        list.push_back(policy.file);
    return list;
}

std::vector<std::string> problems(const policy::PolicySet& set)
{
    std::vector<std::string> list;
    for (const auto& problem : set.problems)
        list.push_back(problem.file + ": " + problem.reason);
    return list;
}

using Strings = std::vector<std::string>;

} // namespace

TEST_CASE("a file masks the one of its name in a lower place")
{
    const std::vector<Directory> directories{
        {Rank::vendor, {file("/usr/", "a.yaml", text("a")), file("/usr/", "b.yaml", text("b"))}},
        {Rank::admin, {file("/etc/", "c.yaml", text("c")), file("/etc/", "a.yaml", text("a"))}},
        {Rank::user, {off("/home/", "c.yaml")}}};
    const auto set = load_policies(directories, "/home/me");
    CHECK(files(set) == Strings{"/usr/b.yaml", "/etc/a.yaml"});
    CHECK(set.masked ==
          std::vector<Masked>{{"/usr/a.yaml", "/etc/a.yaml"}, {"/etc/c.yaml", "/home/c.yaml"}});
    CHECK(set.problems.empty());
}

TEST_CASE("a broken file is left out, and what it masks does not come back")
{
    const std::vector<Directory> directories{
        {Rank::vendor, {file("/usr/", "a.yaml", text("a")), file("/usr/", "b.yaml", text("b"))}},
        {Rank::admin, {file("/etc/", "a.yaml", "fix: [\n")}}};
    const auto set = load_policies(directories, "");
    CHECK(files(set) == Strings{"/usr/b.yaml"});
    REQUIRE(set.problems.size() == 1);
    CHECK(set.problems[0].file == "/etc/a.yaml");
    CHECK(set.problems[0].line == 2);
}

TEST_CASE("an enforced policy of the administrator cannot be masked, nor its name taken")
{
    const std::vector<Directory> directories{
        {Rank::vendor, {file("/usr/", "a.yaml", text("a"))}},
        {Rank::admin, {file("/etc/", "a.yaml", text("a", "enforced: true\n"))}},
        {Rank::user, {off("/home/", "a.yaml"), file("/home/", "z.yaml", text("a"))}}};
    const auto set = load_policies(directories, "");
    CHECK(files(set) == Strings{"/etc/a.yaml"});
    CHECK(problems(set) == Strings{"/home/a.yaml: it cannot mask /etc/a.yaml, which is enforced",
                                   "/home/z.yaml: a policy of this name counts from /etc/a.yaml"});
}

TEST_CASE("only the administrator's place can enforce")
{
    const std::vector<Directory> directories{
        {Rank::vendor, {file("/usr/", "v.yaml", text("v", "enforced: true\n"))}},
        {Rank::user, {file("/home/", "u.yaml", text("u", "enforced: true\n"))}},
        {Rank::project, {file("/p/", "p.yaml", text("p", "enforced: true\n"))}}};
    const auto set = load_policies(directories, "");
    CHECK(set.policies.empty());
    CHECK(set.problems.size() == 3);
}

TEST_CASE("of two policies of one name the later counts, and the other is a problem")
{
    const std::vector<Directory> directories{
        {Rank::vendor, {file("/usr/", "a.yaml", text("same"))}},
        {Rank::user,
         {file("/home/", "c.yaml", text("same")), file("/home/", "b.yaml", text("same"))}}};
    const auto set = load_policies(directories, "");
    CHECK(files(set) == Strings{"/home/c.yaml"});
    CHECK(problems(set) == Strings{"/usr/a.yaml: a policy of this name counts from /home/b.yaml",
                                   "/home/b.yaml: a policy of this name counts from /home/c.yaml"});
}

TEST_CASE("a project's file masks nothing and gives way")
{
    const std::vector<Directory> directories{
        {Rank::vendor, {file("/usr/", "a.yaml", text("a"))}},
        {Rank::project,
         {file("/p/", "a.yaml", text("own")), off("/p/", "a.yaml"),
          file("/p/", "b.yaml", text("a"))}}};
    const auto set = load_policies(directories, "");
    CHECK(files(set) == Strings{"/usr/a.yaml", "/p/a.yaml"});
    CHECK(set.policies.back().in_project);
    CHECK(problems(set) == Strings{"/p/b.yaml: a policy of this name counts from /usr/a.yaml"});
}

TEST_CASE("configuration files are taken by name, the last place wins")
{
    const std::vector<Directory> directories{
        {Rank::vendor, {file("/usr/", "20.yaml", "u20"), file("/usr/", "10.yaml", "u10")}},
        {Rank::admin,
         {file("/etc/", "20.yaml", "e20"), off("/etc/", "10.yaml"),
          file("/etc/", "05.yaml", "e05")}}};
    Strings contents;
    for (const auto& given : policy::in_force(directories))
        contents.push_back(given.content);
    CHECK(contents == Strings{"e05", "e20"});
}
