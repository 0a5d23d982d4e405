#include "formats/settings_file.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

namespace {

const Variables k_known{{"HOME", "/home/ann"}, {"PWD", "/srv/app"}};

std::vector<Setting> read(std::string_view text, SettingsForm form)
{
    return parse_settings(text, form, k_known);
}

std::vector<std::string> path_of(std::string_view text, SettingsForm form)
{
    const auto found = read(text, form);
    return found.empty() ? std::vector<std::string>{} : split_search_path(found.back().value);
}

} // namespace

TEST_CASE("a .env sets variables with and without export and quotes")
{
    CHECK(read("# PYTHONPATH=/no\nexport A=/x y # why\n B = \"/q # q\"\nC='$HOME'\r\nnothing\n",
               SettingsForm::dotenv) ==
          std::vector<Setting>{{"A", "/x y", 2}, {"B", "/q # q", 3}, {"C", "$HOME", 4}});
}

TEST_CASE("a shell file counts only where it exports whatever happens")
{
    CHECK(
        read("export A=/a B='/b c'; rm -rf /\n  export C=/c\nD=/d\nif true; then export E=/e; fi\n",
             SettingsForm::shell) == std::vector<Setting>{{"A", "/a", 1}, {"B", "/b c", 1}});
    CHECK(read("export PYTHONPATH=/a\nunset PYTHONPATH\n", SettingsForm::shell).empty());
}

TEST_CASE("what only the shell knows is no part of a search path, and the rest of it is")
{
    using Parts = std::vector<std::string>;
    CHECK(path_of("export P=/a:$P:~/b:${HOME}/c", SettingsForm::shell) ==
          Parts{"/a", "/home/ann/b", "/home/ann/c"});
    CHECK(path_of("export P=\"/a${P:+:$P}\"", SettingsForm::shell) == Parts{"/a"});
    CHECK(path_of("export P=$(pwd)/src:$(ls)/x:`ls`:$PWD", SettingsForm::shell) ==
          Parts{"/srv/app/src", "/srv/app"});
    CHECK(path_of("P=~/b:$OTHER/x:/c\n", SettingsForm::dotenv) == Parts{"~/b", "/c"});
    CHECK(path_of("P=${HOME}/lib:${P}\n", SettingsForm::environment_d) == Parts{"/home/ann/lib"});
}

TEST_CASE("direnv's path_add sets a search path")
{
    CHECK(read("path_add PYTHONPATH lib \"vendor dir\"\nlayout python\n", SettingsForm::shell) ==
          std::vector<Setting>{{"PYTHONPATH", "lib:vendor dir", 1}});
}

TEST_CASE("quotes that are not closed set nothing")
{
    CHECK(read("export A='/a\nexport B=\"/b\nexport C=/c", SettingsForm::shell) ==
          std::vector<Setting>{{"C", "/c", 3}});
    CHECK(split_search_path(":/a::\x01/b:") == std::vector<std::string>{"/a"});
}
