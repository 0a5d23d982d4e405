// The tags that follow from an interpreter's description against those that pip works with in it.
#include "capture/interpreter.hpp"
#include "checks/interpreter_tags.hpp"
#include "fs/tree.hpp"
#include "real_pythons.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <iterator>
#include <set>

using namespace envfix;

namespace {

constexpr const char* k_program = R"(
import json
try:
    from pip._vendor.packaging.tags import sys_tags
except ImportError:
    print('null')
else:
    print(json.dumps([str(tag) for tag in sys_tags()]))
)";

std::set<std::string> tags_of(const model::Interpreter& interpreter)
{
    std::set<std::string> tags;
    for (const auto& tag : pep::supported_tags(checks::tag_environment(interpreter))) tags.insert(pep::to_string(tag));
    return tags;
}

using Tags = std::vector<std::string>;

/// Those of `one` that `other` lacks.
Tags without(const std::set<std::string>& one, const std::set<std::string>& other)
{
    Tags left;
    std::ranges::set_difference(one, other, std::back_inserter(left));
    return left;
}

} // namespace

TEST_CASE("every Python of this machine takes the wheels that its description says")
{
    const auto tree = fs::Tree::open();
    REQUIRE(tree);
    int compared = 0;
    for (const auto& executable : real_pythons::executables()) {
        CAPTURE(executable);
        const auto said = real_pythons::output_of({executable, "-c", k_program});
        if (!said) continue; // it does not start
        const auto document = nlohmann::json::parse(*said, nullptr, false);
        if (!document.is_array()) continue; // its pip is older than that, or there is none
        const auto described = capture::describe_interpreter(*tree, executable);
        REQUIRE(described);
        const auto ours = tags_of(*described);
        const auto theirs = document.get<std::set<std::string>>();
        // packaging left out the one tag "cp311-none-any" of its own interpreter before its release 22.
        const auto more = without(ours, theirs);
        const bool forgotten = more.size() == 1 && more.front().ends_with("-none-any");
        CHECK((more.empty() || forgotten));
        CHECK(without(theirs, ours) == Tags{});
        const Tags best{document.front().get<std::string>()};
        CHECK(checks::takes_wheel(*described, best));
        ++compared;
    }
    CHECK(compared > 0);
}
