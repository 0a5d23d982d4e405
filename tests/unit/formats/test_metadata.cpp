#include "formats/metadata.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

namespace {
using Headers = std::vector<Header>;
}

TEST_CASE("headers end as Python's email parser ends them")
{
    struct Case {
        std::string_view text;
        Headers headers;
        std::string body;
    };

    const auto c = GENERATE(values<Case>({
        {"Name: foo\nVersion:1.0 \n\nbody\n", {{"Name", "foo"}, {"Version", "1.0 "}}, "body\n"},
        {"Name: foo\r\nVersion:\t1\r\n\r\nb\r\nc\rd",
         {{"Name", "foo"}, {"Version", "1"}},
         "b\nc\nd"},
        {"Name: foo\njunk\nVersion: 1\n", {{"Name", "foo"}}, "junk\nVersion: 1\n"},
        {"Name : foo\nVersion: 1\n", {}, "Name : foo\nVersion: 1\n"},
        {"\nName: foo\n", {}, "Name: foo\n"},
        {"\xef\xbb\xbfName: foo\n", {}, "\xef\xbb\xbfName: foo\n"},
        {" lost\nName: foo\n", {{"Name", "foo"}}, ""},
        {"From x\n lost\nName: foo\n", {{"Name", "foo"}}, ""},
        {"Name: foo\nFrom x\n lost\nVersion: 1\n", {{"Name", "foo"}, {"Version", "1"}}, ""},
        {"Name: foo\nFrom x\n\nbody", {{"Name", "foo"}}, "From x\nbody"},
        {": no name\n more\nName: foo\n", {{"Name", "foo"}}, ""},
        {"A: one\n  two\r\n\tthree\nB:\n", {{"A", "one\n  two\n\tthree"}, {"B", ""}}, ""},
        {"A: \n x\n \nB: y", {{"A", "\n x\n "}, {"B", "y"}}, ""},
        {"A: x\f\v\nB: y\xe2\x80\xa8z\n", {{"A", "x\f\v"}, {"B", "y\xe2\x80\xa8z"}}, ""},
        {"", {}, ""},
        {"\r\n", {}, ""},
    }));
    INFO(c.text);
    CHECK(parse_metadata(c.text) == Metadata{c.headers, c.body});
}

TEST_CASE("a field is found in any case, the first of several wins")
{
    const auto metadata = parse_metadata("Name: a\nNAME: b\n");
    REQUIRE(metadata.first("name") != nullptr);
    CHECK(*metadata.first("name") == "a");
    CHECK(metadata.first("Version") == nullptr);
}

TEST_CASE("core metadata joins folded requirements and trims")
{
    const auto core = parse_core_metadata(
        "Metadata-Version: 2.1\nname:  foo  \nName: bar\nVersion: 1.0\t\n"
        "Requires-Dist: a (>=1.0)\n ; extra == \"x\"\nRequires-Dist: b\n"
        "Provides-Extra: x\nRequires-Python: >=3.8\nrequires-dist:\n\nRequires-Dist: no\n");
    CHECK(core == CoreMetadata{.name = "foo",
                               .version = "1.0",
                               .requires_dist = {"a (>=1.0) ; extra == \"x\"", "b", ""},
                               .provides_extra = {"x"},
                               .requires_python = ">=3.8",
                               .not_utf8 = false});
    CHECK(parse_core_metadata("Name: f\xe4\n").not_utf8);
}
