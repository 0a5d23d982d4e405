#include "causes/causes.hpp"
#include "shipped/shipped.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace envfix;

namespace {

/// Every code that the documents define.
constexpr std::array<std::string_view, 35> k_codes{
    "build-tools-missing",
    "bundle-incomplete",
    "cffi-backend-abi-mismatch",
    "cffi-backend-missing",
    "cffi-version-mismatch",
    "corrupt-binary",
    "cryptography-binding-missing",
    "cryptography-pyopenssl-mismatch",
    "dependency-conflict",
    "distro-package-conflict",
    "execution-blocked",
    "extension-abi-mismatch",
    "externally-managed-environment",
    "httpx-proxy-mismatch",
    "install-location-unusable",
    "interpreter-mode-unsupported",
    "interrupted-install",
    "jwt-wrong-distribution",
    "libc-mismatch",
    "libffi-headers-missing",
    "libffi-runtime-missing",
    "local-module-shadowing",
    "mixed-site-packages",
    "no-wheel-for-python",
    "not-environment",
    "openssl-abi-mismatch",
    "other-environment",
    "package-not-installed",
    "package-version-mismatch",
    "pythonpath-conflict",
    "rust-toolchain-missing",
    "unknown",
    "venv-interpreter-missing",
    "wrong-architecture",
    "wrong-interpreter",
};

bool is_code_letter(char c)
{
    return (c >= 'a' && c <= 'z') || c == '-';
}

} // namespace

TEST_CASE("the table holds every code once, sorted")
{
    std::vector<std::string_view> codes;
    for (const auto& cause : causes::all())
        codes.push_back(cause.code);
    CHECK(codes == std::vector<std::string_view>(k_codes.begin(), k_codes.end()));
}

TEST_CASE("every cause is told in full")
{
    for (const auto& cause : causes::all()) {
        CAPTURE(cause.code);
        CHECK_FALSE(cause.title.empty());
        CHECK(cause.title.size() <= 60);
        CHECK_FALSE(cause.title.ends_with('.'));
        CHECK_FALSE(cause.look.empty());
        CHECK_FALSE(cause.look.ends_with('\n'));
        for (const auto text : {cause.what, cause.how, cause.fix, cause.avoid}) {
            CHECK(text.size() >= 40);
            CHECK((text.ends_with('.') || text.ends_with("fail.")));
            CHECK(text.find("  ") == std::string_view::npos);
            CHECK(text.find('\n') == std::string_view::npos);
        }
        for (const auto text :
             {cause.title, cause.what, cause.how, cause.look, cause.fix, cause.avoid}) {
            for (const char c : text)
                CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
        }
    }
}

TEST_CASE("a code is found exactly as it is spelled")
{
    for (const auto code : k_codes) {
        REQUIRE(causes::find(code) != nullptr);
        CHECK(causes::find(code)->code == code);
    }
    for (const auto* bad : {"", "cffi", "CFFI-BACKEND-MISSING", "zzz", "cffi-backend-missing "}) {
        CHECK(causes::find(bad) == nullptr);
    }
}

TEST_CASE("a finding carries a cause, never an outcome")
{
    for (const auto* outcome :
         {"other-environment", "not-environment", "unknown", "no-such-code"}) {
        CHECK_FALSE(causes::is_finding(outcome));
    }
    CHECK(causes::is_finding("corrupt-binary"));
    CHECK(causes::finding_codes().size() == k_codes.size() - 3);
    CHECK(std::ranges::all_of(causes::finding_codes(), causes::is_finding));
}

TEST_CASE("a cause that can be on disk is one that a check or a chain names, and no other is")
{
    std::string judges;
    for (const auto& entry : std::filesystem::directory_iterator(ENVFIX_CHECKS)) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream file(entry.path());
        judges.append(std::istreambuf_iterator<char>(file), {});
    }
    for (const auto& file : shipped::files()) {
        if (file.path.starts_with("chains/")) judges += file.content;
    }
    const auto composed = [&](std::string_view code) { // DISTRIBUTION + "-version-mismatch"
        for (auto dash = code.find('-'); dash != std::string_view::npos; dash = code.find('-', dash + 1)) {
            if (judges.find('"' + std::string(code.substr(dash)) + '"') != std::string::npos) return true;
        }
        return false;
    };
    const auto named = [&](std::string_view code) {
        if (composed(code)) return true;
        for (auto at = judges.find(code); at != std::string::npos; at = judges.find(code, at + 1)) {
            const char before = at == 0 ? ' ' : judges[at - 1];
            const char after = at + code.size() == judges.size() ? ' ' : judges[at + code.size()];
            if ((before == '"' && after == '"') || (before == ' ' && !is_code_letter(after))) return true;
        }
        return false;
    };
    for (const auto& cause : causes::all()) {
        CAPTURE(cause.code);
        CHECK(named(cause.code) == cause.on_disk);
    }
}

TEST_CASE("every code that the shipped data names exists")
{
    int named = 0;
    for (const auto& file : shipped::files()) {
        if (file.path.starts_with("symptoms/")) continue; // full of other programs' words; their own test reads the codes
        const std::string text(file.content);
        for (const std::string key : {"findings: [", "missing: ", "mismatch: "}) {
            for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
                const auto line = text.substr(0, at).rfind('\n');
                if (text.find('#', line) < at) continue; // the key is explained, not used
                const auto end = key.ends_with('[') ? text.find(']', at) : text.find('\n', at);
                std::string code;
                for (auto i = at + key.size(); i <= end; ++i) {
                    if (is_code_letter(text[i])) {
                        code += text[i];
                        continue;
                    }
                    if (!code.empty()) {
                        CAPTURE(file.path, code);
                        CHECK(causes::is_finding(code));
                        ++named;
                    }
                    code.clear();
                }
            }
        }
    }
    CHECK(named > 20);
}
