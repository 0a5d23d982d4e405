#include "probe/record.hpp"
#include "support/catch.hpp"

#include <string>

using envfix::probe::parse_record;
using envfix::probe::Record;

TEST_CASE("a record says how far a probe came")
{
    struct Case {
        std::string name;
        std::string given;
        Record want;
    };

    const auto c = GENERATE(values<Case>({
        {"nothing at all", "", {}},
        {"everything imported",
         "import a\nimport b.c\ndone\n",
         {.last = "b.c", .failed = {}, .cause = {}, .done = true}},
        {"died in an import",
         "import a\nimport b\n",
         {.last = "b", .failed = {}, .cause = {}, .done = false}},
        {"cut within a line",
         "import a\ndon",
         {.last = "a", .failed = {}, .cause = {}, .done = false}},
        {"an exception",
         "import a\nfailed E: x\n",
         {.last = "a", .failed = "E: x", .cause = {}, .done = false}},
        {"a cause",
         "import a\ncause C\nfailed E\n",
         {.last = "a", .failed = "E", .cause = "C", .done = false}},
        {"a proof", "proof a.b\ndone\n", {.last = "a.b", .failed = {}, .cause = {}, .done = true}},
        {"done after a failure does not count",
         "failed E\ndone\n",
         {.last = {}, .failed = "E", .cause = {}, .done = false}},
        {"unknown lines say nothing",
         "\n \nxx\nimport\ndone \n",
         {.last = {}, .failed = {}, .cause = {}, .done = true}},
        {"nothing counts after the end",
         "done\nfailed E\n",
         {.last = {}, .failed = {}, .cause = {}, .done = true}},
        {"what is shown is harmless",
         "failed \x1b[2J\xff\n",
         {.last = {}, .failed = "\\x1b[2J\\xff", .cause = {}, .done = false}},
    }));
    DYNAMIC_SECTION(c.name)
    {
        CHECK(parse_record(c.given) == c.want);
    }
}

TEST_CASE("a long text of a record is cut")
{
    CHECK(parse_record("failed " + std::string(50'000, 'x') + "\n").failed.size() == 1024);
}
