#include "pep/marker.hpp"
#include "pep/specifier_set.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <iostream>

// bench_pep INPUT.json: the same work as tests/bench/pep.py does with pip's library, on the same
// input. One line for each: name, nanoseconds for one item, and a sum that shows both did the same.

namespace {

using namespace envfix;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

/// Runs `pass` over and over for half a second, and reports the fastest pass.
template <typename Pass> void measure(const char* name, std::size_t items, Pass pass)
{
    auto best = Clock::duration::max();
    std::size_t sum = 0;
    const auto until = Clock::now() + std::chrono::milliseconds(500);
    do {
        const auto begin = Clock::now();
        sum = pass();
        best = std::min(best, Clock::now() - begin);
    } while (Clock::now() < until);
    const auto nanoseconds = std::chrono::duration<double, std::nano>(best).count();
    std::cout << name << ' ' << nanoseconds / static_cast<double>(items) << ' ' << sum << '\n';
}

/// Reads each version and compares it with the one before.
std::size_t versions(const std::vector<std::string>& texts)
{
    std::size_t less = 0;
    std::optional<pep::Version> before;
    for (const auto& text : texts) {
        auto version = pep::Version::try_parse(text);
        if (version && before) less += *before < *version ? 1U : 0U;
        before = std::move(version);
    }
    return less;
}

struct Pair {
    std::string specifier;
    std::string version;
};

/// Reads both sides and matches them, as a check of a requirement against what is installed does.
std::size_t read_and_match(const std::vector<Pair>& pairs)
{
    std::size_t matches = 0;
    for (const auto& pair : pairs) {
        const auto set = pep::SpecifierSet::parse(pair.specifier);
        matches += set && set->contains(pair.version, true) ? 1U : 0U;
    }
    return matches;
}

struct ReadPair {
    pep::SpecifierSet set;
    std::string version;
};

/// Matches sets that have been read with versions as text.
std::size_t match(const std::vector<ReadPair>& pairs)
{
    std::size_t matches = 0;
    for (const auto& pair : pairs)
        matches += pair.set.contains(pair.version, true) ? 1U : 0U;
    return matches;
}

std::size_t evaluate(const std::vector<pep::Marker>& markers,
                     const pep::MarkerEnvironment& environment)
{
    std::size_t hold = 0;
    for (const auto& marker : markers) {
        const auto value = marker.evaluate(environment);
        hold += value && *value ? 1U : 0U;
    }
    return hold;
}

std::size_t read_and_evaluate(const std::vector<std::string>& texts,
                              const pep::MarkerEnvironment& environment)
{
    std::size_t hold = 0;
    for (const auto& text : texts) {
        const auto marker = pep::Marker::parse(text);
        if (!marker) continue;
        const auto value = marker->evaluate(environment);
        hold += value && *value ? 1U : 0U;
    }
    return hold;
}

pep::MarkerEnvironment environment_of(const json& values)
{
    const auto text = [&values](const char* name) { return values.at(name).get<std::string>(); };
    return {.implementation_name = text("implementation_name"),
            .implementation_version = text("implementation_version"),
            .os_name = text("os_name"),
            .platform_machine = text("platform_machine"),
            .platform_python_implementation = text("platform_python_implementation"),
            .platform_release = text("platform_release"),
            .platform_system = text("platform_system"),
            .platform_version = text("platform_version"),
            .python_full_version = text("python_full_version"),
            .python_version = text("python_version"),
            .sys_platform = text("sys_platform"),
            .extra = "",
            .extras = std::nullopt,
            .dependency_groups = std::nullopt};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: bench_pep INPUT.json\n";
        return 2;
    }
    const auto input = json::parse(std::ifstream(argv[1]));
    const auto texts = input.at("versions").get<std::vector<std::string>>();
    measure("all versions: parse and compare", texts.size(), [&] { return versions(texts); });
    const auto usual = input.at("usual versions").get<std::vector<std::string>>();
    measure("versions on PyPI: the same", usual.size(), [&] { return versions(usual); });

    std::vector<Pair> pairs;
    std::vector<ReadPair> read_pairs;
    for (const auto& pair : input.at("specifiers")) {
        pairs.push_back({pair.at(0).get<std::string>(), pair.at(1).get<std::string>()});
        read_pairs.push_back(
            {pep::SpecifierSet::parse(pairs.back().specifier).value(), pairs.back().version});
    }
    measure("specifiers: parse and match", pairs.size(), [&] { return read_and_match(pairs); });
    measure("specifiers: match", pairs.size(), [&] { return match(read_pairs); });

    const auto marker_texts = input.at("markers").get<std::vector<std::string>>();
    const auto environment = environment_of(input.at("environment"));
    std::vector<pep::Marker> markers;
    for (const auto& text : marker_texts)
        markers.push_back(pep::Marker::parse(text).value());
    measure("markers: parse and evaluate", marker_texts.size(),
            [&] { return read_and_evaluate(marker_texts, environment); });
    measure("markers: evaluate", markers.size(), [&] { return evaluate(markers, environment); });
    return 0;
}
