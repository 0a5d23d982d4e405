// A chain that the program knows nothing of but what one YAML file says.
#include "checks/checks.hpp"
#include "checks/sample.hpp"
#include "policy/chain.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace envfix;

namespace {

model::Chain numpy_chain()
{
    std::ifstream file(ENVFIX_TEST_CHAINS "/numpy.yaml", std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto chain = policy::parse_chain(text, "numpy.yaml");
    REQUIRE(chain);
    return model::merged({*chain});
}

/// numpy, scipy and pandas as wheels install them for Python 3.11.
model::Snapshot numpy_environment(const model::Chain& chain)
{
    auto snapshot = sample::snapshot();
    snapshot.chain = chain.name;
    snapshot.distributions = {sample::distribution("numpy", "numpy", "1.24.2"),
                              sample::distribution("pandas", "pandas", "1.5.3", {"numpy>=1.21.0; python_version >= '3.10'"}),
                              sample::distribution("scipy", "scipy", "1.10.1", {"numpy<1.27.0,>=1.19.5"})};
    snapshot.links.clear();
    for (const auto& link : chain.links) {
        model::LinkState state{.distribution = link.distribution};
        state.installed = *std::ranges::find(snapshot.distributions, link.distribution, &model::Distribution::name);
        for (const auto& module : link.imports) state.imports.push_back(sample::package(module));
        for (const auto& module : link.extensions) {
            auto path = module;
            std::ranges::replace(path, '.', '/');
            state.extensions.push_back(sample::extension(module, path + ".cpython-311-x86_64-linux-gnu.so"));
            state.extensions.back().binary->stated_version.clear();
        }
        snapshot.links.push_back(std::move(state));
    }
    return snapshot;
}

} // namespace

TEST_CASE("another chain that is whole is healthy")
{
    const auto chain = numpy_chain();
    const auto snapshot = numpy_environment(chain);
    const auto findings = checks::run_all(snapshot, chain);
    CHECK(findings.empty());
    const auto report = checks::report_of(snapshot, chain, findings);
    REQUIRE(report.chain.size() == 3);
    CHECK(report.chain[2].distribution == "pandas");
    CHECK(report.chain[2].state == "ok");
}

TEST_CASE("another chain's compiled file that is gone is named")
{
    const auto chain = numpy_chain();
    auto snapshot = numpy_environment(chain);
    snapshot.links[0].extensions[0] = sample::absent("numpy.core._multiarray_umath");
    const auto findings = checks::run_all(snapshot, chain);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].code == "extension-abi-mismatch");
    CHECK(findings[0].severity == model::Severity::error);
    CHECK(findings[0].evidence[0].path ==
          sample::k_site + "/numpy/core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so");
}

TEST_CASE("another chain's compiled file for another Python is named")
{
    const auto chain = numpy_chain();
    auto snapshot = numpy_environment(chain);
    snapshot.links[2].extensions[0] = sample::absent("pandas._libs.lib");
    const auto path = sample::k_site + "/pandas/_libs/lib.cpython-312-x86_64-linux-gnu.so";
    snapshot.links[2].extensions[0].unaccepted = {{.path = path,
                                                   .format = model::BinaryFile::Format::elf,
                                                   .machine = 62,
                                                   .elf_class = 2,
                                                   .suffix = ".cpython-312-x86_64-linux-gnu.so"}};
    const auto findings = checks::run_all(snapshot, chain);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].code == "extension-abi-mismatch");
    CHECK(findings[0].distribution == "pandas");
    CHECK(findings[0].evidence[0].path == path);
}

TEST_CASE("another chain's conflict is found")
{
    const auto chain = numpy_chain();
    auto snapshot = numpy_environment(chain);
    snapshot.distributions[0].version = "2.1.0";
    snapshot.links[0].installed->version = "2.1.0";
    const auto findings = checks::run_all(snapshot, chain);
    REQUIRE(findings.size() == 2); // scipy's own metadata is against it, too
    CHECK(findings[0].severity == model::Severity::error);
    CHECK(findings[1].severity == model::Severity::warning);
    CHECK(findings[0].summary ==
          "numpy 2.1.0 does not work with pandas 1.5.3: its compiled files were made for numpy 1");
}

TEST_CASE("two chains are read as one, and each concerns its own environments")
{
    auto second = numpy_chain();
    auto first = sample::chain();
    const auto both = model::merged({first, second});
    CHECK(both.links.size() == 6);
    CHECK(both.conflicts.size() == 1);
    CHECK(both.conflicts[0].chain == "numpy");
    auto snapshot = sample::snapshot();
    for (const auto& link : second.links) snapshot.links.push_back({.distribution = link.distribution});
    CHECK(checks::run_all(snapshot, both).empty());
    CHECK(checks::report_of(snapshot, both, {}).chain.size() == 3);
}
