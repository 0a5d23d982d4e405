#include "policy/fix_policy.hpp"
#include "shown.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

using namespace envfix;

namespace {

nlohmann::json schema()
{
    std::ifstream file(ENVFIX_SCHEMA);
    return nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

/// Whether a policy with this text where the reader names all keys that it allows names just these.
void check_keys(const std::string& policy, const nlohmann::json& properties)
{
    const auto text = shown(policy::parse_fix_policy(policy, "f"));
    CAPTURE(text);
    const auto from = text.find("must be a map of ");
    REQUIRE(from != std::string::npos);
    auto named = text.substr(from + 17, text.find('\n', from) - from - 17) + ",";
    if (const auto last = named.rfind(" and "); last != std::string::npos)
        named.replace(last, 5, ", ");
    std::size_t count = 0;
    for (const auto& [key, value] : properties.items()) {
        CAPTURE(key);
        CHECK((" " + named).find(" " + key + ",") != std::string::npos);
        ++count;
    }
    CHECK(std::ranges::count(named, ',') == static_cast<std::ptrdiff_t>(count));
}

} // namespace

TEST_CASE("the schema allows the keys that the reader knows, and no other")
{
    const auto root = schema();
    const auto& keys = root["properties"];
    const auto& step = root["$defs"]["step"]["properties"];
    const std::string head = "envfix: 1\nfix: x\n";
    check_keys("x", keys);
    check_keys(head + "when: x\ndo: [advise: x]\n", keys["when"]["properties"]);
    check_keys(head + "when: {findings: corrupt-binary, environments: x}\ndo: [advise: x]\n",
               keys["when"]["properties"]["environments"]["properties"]);
    const auto rest = head + "when: {findings: corrupt-binary}\n";
    check_keys(rest + "do: [advise: x]\nverify: x\n", keys["verify"]["properties"]);
    check_keys(rest + "do: [advise: x]\nlimits: x\n", keys["limits"]["properties"]);
    check_keys(rest + "do: [pip: x]\n", step["pip"]["properties"]);
    check_keys(rest + "do: [venv: x]\n", step["venv"]["properties"]);
    check_keys(rest + "do: [system-packages: x]\n", step["system-packages"]["properties"]);
}

TEST_CASE("the words of the schema are the reader's")
{
    const auto root = schema();
    const auto accepted = [](const std::string& text) {
        return shown(policy::parse_fix_policy("envfix: 1\nfix: x\n" + text, "f")) == "no problem";
    };
    for (const std::string mode : root["properties"]["mode"]["enum"]) {
        CHECK(accepted("when: {findings: corrupt-binary}\ndo: [advise: x]\nmode: " + mode + "\n"));
    }
    for (const std::string kind : root["$defs"]["kind"]["enum"]) {
        CHECK(accepted("when: {findings: corrupt-binary, environments: {kind: " + kind +
                       "}}\ndo: [advise: x]\n"));
    }
    for (const std::string what : root["$defs"]["step"]["properties"]["quarantine"]["enum"]) {
        CHECK(accepted("when: {findings: corrupt-binary}\ndo: [quarantine: " + what + "]\n"));
    }
}
