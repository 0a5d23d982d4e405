#include "formats/direct_url.hpp"
#include "support/catch.hpp"
using namespace envfix;
using namespace envfix::formats;

TEST_CASE("direct_url.json tells where a package came from and whether it is editable")
{
    const auto editable =
        parse_direct_url(R"({"url": "file:///x", "dir_info": {"editable": true}})");
    REQUIRE(editable);
    CHECK(*editable == DirectUrl{"file:///x", true, "", "", ""});

    const auto git = parse_direct_url(
        R"({"url": "https://h/r.git", "subdirectory": null, "n": [1, 2.5, -3, {"url": "no"}],
        "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "abc"},
        "archive_info": {"hash": "sha256=1", "hashes": {"sha256": "1"}}})");
    REQUIRE(git);
    CHECK(*git == DirectUrl{"https://h/r.git", false, "git", "abc", "sha256=1"});
}

TEST_CASE("what is no direct_url.json is refused")
{
    for (const std::string bad :
         {"", "[]", "\"url\"", "{}", "{\"url\": 1}", "{\"url\": \"x\"", "{\"url\": \"x\"} x",
          "{\"url\": \"\xff\"}", "{\"dir_info\": {\"url\": \"x\"}}", "[{\"url\": \"x\"}]"}) {
        INFO(bad);
        CHECK_FALSE(parse_direct_url(bad));
    }
}

TEST_CASE("deep nesting and size are refused, not followed")
{
    const std::string deep =
        "{\"url\": \"x\", \"a\": " + std::string(30000, '[') + std::string(30000, ']') + "}";
    CHECK_FALSE(parse_direct_url(deep));
    CHECK(parse_direct_url("{\"url\": \"x\", \"a\": [[[[[[[]]]]]]]}"));
    CHECK_FALSE(parse_direct_url("{\"url\": \"x\", \"a\": [[[[[[[[]]]]]]]]}"));
    const std::string large = "{\"url\": \"" + std::string(65536, 'x') + "\"}";
    CHECK(parse_direct_url(large).error().message == "direct_url.json is larger than 64 KiB");
}
