#include "formats/pip_report.hpp"
#include "support/catch.hpp"

using namespace envfix;
using formats::PipReportItem;

TEST_CASE("what pip would install is read from its report, in its order")
{
    const auto items = formats::parse_pip_report(R"({
        "version": "1", "pip_version": "23.0.1",
        "install": [
            {"download_info": {"url": "file:///w/cffi.whl", "metadata": {"name": "no"}},
             "is_direct": false, "requested": true,
             "metadata": {"metadata_version": "2.1", "name": "cffi", "version": "1.15.1",
                          "requires_dist": ["pycparser"], "description": "version"}},
            {"metadata": {"version": "2.21", "name": "pycparser"}}],
        "environment": {"name": "posix", "version": "3"}})");
    REQUIRE(items);
    CHECK(*items == std::vector<PipReportItem>{{.name = "cffi", .version = "1.15.1"},
                                               {.name = "pycparser", .version = "2.21"}});
    CHECK(formats::parse_pip_report(R"({"version": "1", "install": []})").value().empty());
}

TEST_CASE("what is no report of a known kind is refused")
{
    const auto* const text = GENERATE(
        "", "null", "[]", "\"1\"", "{\"install\": []}", R"({"version": "2", "install": []})",
        R"({"version": "1", "install": [{}]})",
        R"({"version": "1", "install": [{"metadata": {"name": "x"}}]})",
        R"({"version": "1", "install": [{"metadata": {"name": "x", "version": 1}}]})",
        R"({"version": "1", "install": [)");
    CHECK_FALSE(formats::parse_pip_report(text));
}

TEST_CASE("a report that nests or repeats without end is refused")
{
    CHECK_FALSE(formats::parse_pip_report("{\"version\": \"1\", \"x\": " + std::string(100'000, '[')));
    std::string many = "{\"version\": \"1\", \"install\": [";
    for (int i = 0; i < 3000; ++i)
        many += R"({"metadata": {"name": "x", "version": "1"}},)";
    many.back() = ']';
    CHECK_FALSE(formats::parse_pip_report(many + "}"));
}
