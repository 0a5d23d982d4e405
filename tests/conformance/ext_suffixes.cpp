#include "formats/extension_suffix.hpp"
#include "formats/module_finder.hpp"
#include "kinds.hpp"
#include "support/listing_view.hpp"

#include <cstdio>
#include <deque>
#include <map>

namespace envfix::conformance {

namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;
using SuffixesOf = std::map<std::string, Texts>; // by name of the interpreter

/// What can be known of an interpreter without asking it for its suffixes.
formats::SuffixFacts facts_of(const json& row)
{
    formats::SuffixFacts facts;
    facts.implementation = row.at("implementation");
    const std::string version = row.at("version");
    std::sscanf(version.c_str(), "%d.%d", &facts.major, &facts.minor);
    facts.abi_flags = row.at("abiflags");
    facts.multiarch = row.at("MULTIARCH");
    facts.debian = row.at("name").get<std::string>().starts_with("debian-");
    const std::string soabi = row.at("SOABI");
    if (facts.implementation == "pypy") facts.pypy_abi = soabi.substr(soabi.find('-') + 1);
    return facts;
}

/// Every interpreter reads its own name back: the tag of its first suffix says what it is.
bool names_itself(const formats::SuffixFacts& facts, const std::string& suffix)
{
    const auto tag = formats::parse_extension_name("m" + suffix);
    return tag && tag->abi == formats::ExtensionAbi::version && tag->major == facts.major &&
           tag->minor == facts.minor && tag->implementation == facts.implementation &&
           tag->abi_flags == facts.abi_flags && tag->platform == facts.multiarch &&
           tag->pypy_abi == facts.pypy_abi;
}

void run_interp(const json& row, Report& report)
{
    const auto facts = facts_of(row);
    const auto got = formats::extension_suffixes(facts);
    if (!got.empty() && !names_itself(facts, got.front())) {
        report.fail(row.at("name"), "a tag that reads back", got.front());
        return;
    }
    report.equal(row.at("name"), {row.at("ext_suffixes"), row.at("SOABI")},
                 {got, formats::soabi(facts)});
}

std::string loader_of(formats::ModuleKind kind)
{
    switch (kind) {
    case formats::ModuleKind::extension: return "ExtensionFileLoader";
    case formats::ModuleKind::source: return "SourceFileLoader";
    case formats::ModuleKind::bytecode: return "SourcelessFileLoader";
    case formats::ModuleKind::namespace_package: return "namespace";
    }
    return {};
}

/// In the words of the vectors; empty if nothing was found.
std::string describe(const std::optional<formats::FoundModule>& found)
{
    if (!found) return {};
    if (found->kind != formats::ModuleKind::namespace_package)
        return std::to_string(found->file.entry) + ':' + found->file.path + ':' +
               loader_of(found->kind);
    std::string out;
    for (const auto& place : found->search)
        out.append(out.empty() ? "namespace:" : ",")
            .append(std::to_string(place.entry))
            .append("/")
            .append(place.path);
    return out;
}

/// Expected result by interpreter, in the words of the vectors; empty where nothing is found.
std::map<std::string, std::string> expected_of(const json& row)
{
    std::map<std::string, std::string> out;
    for (const auto& [result, interpreters] : row.at("found").items())
        for (const std::string name : interpreters)
            out[name] = result;
    for (const std::string name : row.at("not_found"))
        out[name] = "";
    return out;
}

void run_find(const json& row, const SuffixesOf& suffixes_of, Report& report)
{
    std::deque<ListingView> views;
    std::vector<const formats::DirectoryView*> path;
    for (const auto& entry : row.at("path_entries"))
        path.push_back(&views.emplace_back(entry.get<Texts>()));
    const std::string module = row.at("module");

    const auto expected = expected_of(row);
    std::map<std::string, std::string> got;
    for (const auto& [name, result] : expected) {
        const auto suffixes = suffixes_of.find(name);
        got[name] = suffixes == suffixes_of.end()
                        ? "no such interpreter"
                        : describe(formats::find_module(path, module, suffixes->second));
    }
    report.equal({{"module", module}, {"path_entries", row.at("path_entries")}}, expected, got);
}

} // namespace

void run_ext_suffixes(const Rows& rows, Report& report)
{
    SuffixesOf suffixes_of;
    for_each_row(rows, report, [&](const json& row) {
        if (row.at("kind") == "find") return run_find(row, suffixes_of, report);
        suffixes_of[row.at("name")] = row.at("ext_suffixes").get<Texts>();
        run_interp(row, report);
    });
}

} // namespace envfix::conformance
