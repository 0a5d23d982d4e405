#include "kinds.hpp"
#include "runner.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

namespace {

using namespace envfix::conformance;

/// Every kind there is: one line each.
std::vector<Kind> all_kinds()
{
    return {
        {"ext_suffixes", run_ext_suffixes}, {"markers", run_markers},
        {"metadata", run_metadata},         {"requirements", run_requirements},
        {"specifiers", run_specifiers},     {"sys_path", run_sys_path},
        {"versions", run_versions},         {"wheel_tags", run_wheel_tags},
    };
}

/// The rows of the file, or nothing after saying on standard error what is wrong and in which line.
std::optional<Rows> read_rows(const char* path)
{
    std::ifstream file(path);
    if (!file) {
        std::cerr << "envfix-conformance: opening " << path << ": " << std::strerror(errno) << '\n';
        return std::nullopt;
    }
    Rows rows;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        auto data = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
        if (!data.is_object()) {
            std::cerr << "envfix-conformance: " << path << ':' << number
                      << ": not a JSON object in one line\n";
            return std::nullopt;
        }
        rows.push_back({.line = number, .data = std::move(data)});
    }
    if (file.bad()) {
        std::cerr << "envfix-conformance: reading " << path << ": " << std::strerror(errno) << '\n';
        return std::nullopt;
    }
    return rows;
}

int usage(const std::vector<Kind>& kinds)
{
    std::cerr << "usage: envfix-conformance KIND FILE.jsonl\nKIND is one of:";
    for (const auto& kind : kinds)
        std::cerr << ' ' << kind.name;
    std::cerr << '\n';
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    const auto kinds = all_kinds();
    const Kind* chosen = nullptr;
    for (const auto& kind : kinds) {
        if (argc == 3 && kind.name == argv[1]) chosen = &kind;
    }
    if (chosen == nullptr) return usage(kinds);

    const auto rows = read_rows(argv[2]);
    if (!rows) return 1;
    Report report(std::cout);
    chosen->run(*rows, report);
    std::cout << report.passed() << " passed, " << report.failed() << " failed\n";
    return report.failed() == 0 && report.passed() > 0 ? 0 : 1;
}
