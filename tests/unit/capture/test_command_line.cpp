#include "capture/command_line.hpp"
#include "support/catch.hpp"

#include <map>
#include <string>
#include <vector>

using namespace envfix::capture;
using Run = StartOptions::Run;

namespace {

StartOptions options_of(std::vector<std::string> words,
                        std::map<std::string, std::string> variables = {}, int minor = 12)
{
    words.insert(words.begin(), "python3");
    return start_options({.minor = minor},
                         {.argv = std::move(words), .environment = std::move(variables)});
}

} // namespace

TEST_CASE("what is run decides where the options end")
{
    CHECK(options_of({}).run == Run::interactive);
    CHECK(options_of({"-c", "pass", "-S"}).import_site);
    CHECK(options_of({"-Sc", "pass"}).run == Run::command);
    CHECK_FALSE(options_of({"-Sc", "pass"}).import_site);
    CHECK(options_of({"-m", "mod", "-s"}).user_site);
    CHECK(options_of({"-mmod"}).run == Run::module);
    CHECK(options_of({"x.py", "-I"}).script == "x.py");
    CHECK_FALSE(options_of({"x.py", "-I"}).isolated);
    CHECK(options_of({"-"}).script == "-");
    CHECK(options_of({"--", "-odd.py"}).script == "-odd.py");
    CHECK(options_of({"-W", "ignore", "x.py"}).script == "x.py");
    CHECK(options_of({"-Wignore", "x.py"}).script == "x.py");
    CHECK(options_of({"-X", "dev", "--check-hash-based-pycs", "never", "x.py"}).script == "x.py");
}

TEST_CASE("the option -I stands for -E, -s and -P")
{
    const auto options = options_of({"-I", "-c", ""}, {{"PYTHONPATH", "/a"}, {"PYTHONHOME", "/h"}});
    CHECK(options.isolated);
    CHECK_FALSE(options.use_environment);
    CHECK_FALSE(options.user_site);
    CHECK(options.safe_path);
    CHECK(options.python_path.empty());
    CHECK(options.python_home.empty());
}

TEST_CASE("PYTHONNOUSERSITE is a number, and what is none counts as one")
{
    struct Case {
        const char* value;
        bool user_site;
    };

    const auto c = GENERATE(values<Case>({{"", true},
                                          {"0", true},
                                          {" 00", true},
                                          {"+0", true},
                                          {"-0", true},
                                          {"1", false},
                                          {"-1", false},
                                          {"0 ", false},
                                          {"x", false},
                                          {" ", false},
                                          {"99999999999", false}}));
    INFO('"' << c.value << '"');
    CHECK(options_of({}, {{"PYTHONNOUSERSITE", c.value}}).user_site == c.user_site);
    CHECK(options_of({"-E"}, {{"PYTHONNOUSERSITE", c.value}}).user_site);
}

TEST_CASE("what came with a later version does not count before")
{
    CHECK(options_of({}, {{"PYTHONSAFEPATH", "0"}}, 11).safe_path);
    CHECK_FALSE(options_of({}, {{"PYTHONSAFEPATH", "0"}}, 10).safe_path);
    CHECK_FALSE(options_of({}, {{"PYTHONSAFEPATH", ""}}, 11).safe_path);
    CHECK(options_of({}, {{"PYTHONPLATLIBDIR", "lib64"}}, 9).platlibdir == "lib64");
    CHECK(options_of({}, {{"PYTHONPLATLIBDIR", "lib64"}}, 8).platlibdir == "lib");
}
