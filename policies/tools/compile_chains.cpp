// compile_chains ROOT FILE… > SOURCE
// Reads the shipped chains while the program is built, and writes C++ that gives them as values. A
// chain with a mistake fails the build.
#include "policy/chain.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

using namespace envfix;

namespace {

/// A C++ literal. Octal escapes have three digits, so that the next character cannot join them.
std::string literal(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '?') {
            out += c;
            continue;
        }
        out += '\\';
        for (const unsigned shift : {6U, 3U, 0U})
            out += static_cast<char>('0' + (byte >> shift & 7U));
    }
    return out + "\"";
}

std::string list(const std::vector<std::string>& texts)
{
    std::string out = "{";
    for (const auto& text : texts)
        out += literal(text) + ", ";
    return out + "}";
}

std::string edges(const std::vector<model::ChainEdge>& needs)
{
    std::string out = "{";
    for (const auto& edge : needs) {
        out += "{.distribution = " + literal(edge.distribution) +
               ", .module = " + literal(edge.module) +
               ", .since = " + literal(edge.since) + "}, ";
    }
    return out + "}";
}

std::string link(const model::ChainLink& link)
{
    return "        {.distribution = " + literal(link.distribution) +
           ",\n         .imports = " + list(link.imports) +
           ",\n         .extensions = " + list(link.extensions) +
           ",\n         .needs = " + edges(link.needs) +
           ",\n         .impostors = " + list(link.impostors) +
           ",\n         .version_source = " + literal(link.version_source) +
           ",\n         .version_marker = " + literal(link.version_marker) +
           ",\n         .version_extension = " + literal(link.version_extension) +
           ",\n         .proof = " + literal(link.proof) +
           ",\n         .proof_requires = " + literal(link.proof_requires) +
           ",\n         .missing_code = " + literal(link.missing_code) +
           ",\n         .mismatch_code = " + literal(link.mismatch_code) + "},\n";
}

std::string conflict(const model::ChainConflict& conflict)
{
    return "        {.distribution = " + literal(conflict.distribution) +
           ",\n         .versions = " + literal(conflict.versions) +
           ",\n         .with = " + literal(conflict.with) +
           ",\n         .with_versions = " + literal(conflict.with_versions) +
           ",\n         .code = " + literal(conflict.code) +
           ",\n         .because = " + literal(conflict.because) + "},\n";
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) return 2;
    const std::string root = argv[1];
    std::cout << "#include \"shipped/chains.hpp\"\n\nnamespace envfix::shipped {\n\n"
                 "std::vector<BuiltChain> chains()\n{\n    std::vector<BuiltChain> all;\n";
    for (int i = 2; i < argc; ++i) {
        const std::string path = argv[i];
        std::ifstream file(root + "/" + path, std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(file), {});
        const auto chain = policy::parse_chain(text, path);
        if (!chain) {
            for (const auto& problem : chain.error()) {
                std::cerr << problem.file << ":" << problem.line << ":" << problem.column << ": "
                          << problem.reason << "\n";
            }
            return 1;
        }
        std::cout << "    all.push_back({.path = " << literal(path)
                  << ", .chain = {.name = " << literal(chain->name)
                  << ", .describe = " << literal(chain->describe) << ", .links = {\n";
        for (const auto& one : chain->links)
            std::cout << link(one);
        std::cout << "    }, .conflicts = {\n";
        for (const auto& one : chain->conflicts)
            std::cout << conflict(one);
        std::cout << "    }}});\n";
    }
    std::cout << "    return all;\n}\n\n} // namespace envfix::shipped\n";
    std::cout.flush();
    return std::cout ? 0 : 1;
}
