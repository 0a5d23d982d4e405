#include "symptoms/symptom.hpp"

#include "causes/causes.hpp"
#include "policy/reader.hpp"
#include "symptoms/patterns.hpp"

#include <re2/set.h>

#include <algorithm>
#include <array>

namespace envfix::symptoms {

namespace {

using policy::MapReader;
using policy::Node;
using policy::Reader;

constexpr std::size_t k_longest_pattern = 1000;
constexpr std::array<std::string_view, 3> k_confidences{"possible", "likely", "certain"};
constexpr std::array k_facts{FrameFact::several_installs, FrameFact::two_pythons, FrameFact::two_venvs,
                         FrameFact::two_package_pythons, FrameFact::fails_in_packages, FrameFact::imports_itself,
                         FrameFact::foreign_library};

std::vector<std::string> texts(Reader& reader, const Node* node, std::string_view what)
{
    std::vector<std::string> values;
    if (node == nullptr) return values;
    for (const auto* item : reader.list(*node, what)) {
        if (auto text = reader.text(*item, what)) values.push_back(*std::move(text));
    }
    return values;
}

std::vector<std::string> patterns(Reader& reader, const Node* node, std::string_view what)
{
    std::vector<std::string> values;
    if (node == nullptr) return values;
    for (const auto* item : reader.list(*node, what)) {
        auto text = reader.text(*item, what);
        if (!text) continue;
        if (text->size() > k_longest_pattern || !is_pattern(*text)) {
            reader.problem(item->at, "'" + std::string(what) + "' must be a regular expression that RE2 takes");
            continue;
        }
        values.push_back(*std::move(text));
    }
    return values;
}

std::vector<FrameFact> facts(Reader& reader, const Node* node)
{
    std::vector<FrameFact> values;
    if (node == nullptr) return values;
    std::vector<std::string_view> names;
    for (const auto fact : k_facts) names.push_back(name_of(fact));
    for (const auto* item : reader.list(*node, "frames")) {
        const auto word = reader.word(*item, "frames", names);
        if (word) values.push_back(k_facts.at(static_cast<std::size_t>(std::ranges::find(names, *word) - names.begin())));
    }
    return values;
}

std::string cause_code(Reader& reader, const Node* node)
{
    if (node == nullptr) return {};
    auto text = reader.text(*node, "code");
    if (!text) return {};
    if (causes::find(*text) == nullptr) {
        std::vector<std::string_view> codes;
        for (const auto& cause : causes::all()) codes.push_back(cause.code);
        reader.problem(node->at, "unknown code" + policy::suggestion(*text, codes));
        return {};
    }
    return *std::move(text);
}

Symptom read_symptom(Reader& reader, const Node& node)
{
    MapReader map(reader, node, "a symptom",
                  {"code", "confidence", "match", "except", "with", "unless", "frames", "says", "remedies", "examples",
                   "counterexamples"});
    Symptom symptom;
    symptom.code = cause_code(reader, map.require("code"));
    if (const auto* confidence = map.require("confidence")) {
        const auto word = reader.word(*confidence, "confidence", k_confidences);
        if (word) {
            symptom.confidence = static_cast<Confidence>(std::ranges::find(k_confidences, *word) - k_confidences.begin());
        }
    }
    symptom.match = patterns(reader, map.require("match"), "match");
    symptom.except = patterns(reader, map.find("except"), "except");
    symptom.with = patterns(reader, map.find("with"), "with");
    symptom.unless = patterns(reader, map.find("unless"), "unless");
    symptom.frames = facts(reader, map.find("frames"));
    if (const auto* says = map.find("says")) symptom.says = reader.text(*says, "says").value_or("");
    symptom.remedies = texts(reader, map.find("remedies"), "remedies");
    symptom.examples = texts(reader, map.require("examples"), "examples");
    symptom.counterexamples = texts(reader, map.find("counterexamples"), "counterexamples");
    return symptom;
}

} // namespace

std::string_view name_of(Confidence confidence)
{
    return k_confidences.at(static_cast<std::size_t>(confidence));
}

bool is_pattern(const std::string& pattern)
{
    RE2::Set set(pattern_options(), RE2::UNANCHORED);
    return set.Add(pattern, nullptr) >= 0;
}

tl::expected<std::vector<Symptom>, std::vector<model::PolicyProblem>> parse_symptoms(std::string_view text,
                                                                                    std::string_view file)
{
    const auto root = policy::read_yaml(text, file);
    if (!root) return tl::unexpected(root.error());

    Reader reader(file);
    MapReader map(reader, *root, "a symptom file", {"envfix", "describe", "symptoms"});
    policy::check_format(reader, map);
    if (const auto* describe = map.require("describe")) reader.text(*describe, "describe");
    std::vector<Symptom> symptoms;
    if (const auto* list = map.require("symptoms")) {
        for (const auto* node : reader.list(*list, "symptoms")) symptoms.push_back(read_symptom(reader, *node));
    }
    if (!reader.clean()) return tl::unexpected(reader.take_problems());
    return symptoms;
}

} // namespace envfix::symptoms
