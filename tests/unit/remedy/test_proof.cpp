#include "remedy/proof.hpp"
#include "support/catch.hpp"

using namespace envfix;

namespace {

model::Finding finding(const std::string& code, model::Severity severity = model::Severity::error)
{
    model::Finding made;
    made.code = code;
    made.severity = severity;
    made.distribution = "cffi";
    made.summary = "s";
    return made;
}

} // namespace

TEST_CASE("a repair is proved when its findings are gone and no other came")
{
    const model::Findings before{finding("a"), finding("b")};
    CHECK(remedy::objection({"a"}, before, {}).empty());
    CHECK(remedy::objection({"a"}, before, {finding("b")}).empty());
    CHECK(remedy::objection({"a"}, before, {finding("a")}) == "a is still there: s");
    CHECK(remedy::objection({"a"}, before, {finding("c")}) == "c is new: s");
    CHECK(remedy::objection({"a"}, before, {finding("c", model::Severity::info)}).empty());
    auto elsewhere = finding("b");
    elsewhere.distribution = "cryptography";
    CHECK(remedy::objection({"a"}, before, {elsewhere}) == "b is new: s");
}

TEST_CASE("an interpreter that could not be asked proves nothing")
{
    CHECK(remedy::objection(model::ProbeResult{.ran = true, .ok = true, .import = {}, .error = {}})
              .empty());
    CHECK_FALSE(
        remedy::objection(model::ProbeResult{.ran = false, .ok = false, .import = {}, .error = "x"})
            .empty());
    CHECK(remedy::objection(model::ProbeResult{
              .ran = true, .ok = false, .import = "m", .error = "E"}) == "importing m: E");
}
