#include "symptoms/decide.hpp"

#include "causes/causes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace envfix::symptoms {

namespace {

using model::Cause;
using model::EnvironmentReport;
using model::Finding;

/// What a text that says `code` can also mean: codes that the disk tells apart where the words do not.
struct Alternatives {
    std::string_view code;
    std::array<std::string_view, 7> also;
};

constexpr std::array<Alternatives, 18> k_alternatives{{
    {"cffi-backend-missing",
     {"cffi-backend-abi-mismatch", "interrupted-install", "venv-interpreter-missing", "wrong-architecture", "libc-mismatch",
      "pythonpath-conflict", "mixed-site-packages"}},
    {"cffi-backend-abi-mismatch",
     {"cffi-backend-missing", "interrupted-install", "venv-interpreter-missing", "pythonpath-conflict", "mixed-site-packages"}},
    {"cffi-version-mismatch", {"mixed-site-packages", "pythonpath-conflict", "interrupted-install"}},
    {"cryptography-binding-missing",
     {"extension-abi-mismatch", "interrupted-install", "venv-interpreter-missing", "wrong-architecture", "libc-mismatch",
      "pythonpath-conflict", "mixed-site-packages"}},
    {"extension-abi-mismatch",
     {"wrong-architecture", "libc-mismatch", "interrupted-install", "venv-interpreter-missing", "corrupt-binary",
      "pythonpath-conflict", "mixed-site-packages"}},
    {"wrong-architecture", {"corrupt-binary", "libc-mismatch", "libffi-runtime-missing", "openssl-abi-mismatch"}},
    {"corrupt-binary", {"wrong-architecture", "interrupted-install"}},
    {"openssl-abi-mismatch", {"pythonpath-conflict", "corrupt-binary", "wrong-architecture"}},
    {"libffi-runtime-missing", {"pythonpath-conflict", "corrupt-binary", "wrong-architecture"}},
    {"jwt-wrong-distribution",
     {"local-module-shadowing", "interrupted-install", "package-not-installed", "pythonpath-conflict", "mixed-site-packages"}},
    {"local-module-shadowing", {"package-not-installed", "jwt-wrong-distribution", "interrupted-install", "pythonpath-conflict"}},
    {"package-not-installed",
     {"wrong-interpreter", "interrupted-install", "venv-interpreter-missing", "install-location-unusable",
      "local-module-shadowing", "cffi-backend-missing", "cffi-backend-abi-mismatch"}},
    {"package-version-mismatch",
     {"httpx-proxy-mismatch", "cryptography-pyopenssl-mismatch", "dependency-conflict", "interrupted-install",
      "mixed-site-packages", "pythonpath-conflict", "local-module-shadowing"}},
    {"httpx-proxy-mismatch", {"dependency-conflict", "package-version-mismatch", "mixed-site-packages", "interrupted-install"}},
    {"cryptography-pyopenssl-mismatch", {"mixed-site-packages", "dependency-conflict", "interrupted-install"}},
    {"mixed-site-packages", {"pythonpath-conflict", "package-version-mismatch", "dependency-conflict"}},
    {"pythonpath-conflict", {"mixed-site-packages", "venv-interpreter-missing"}},
    {"wrong-interpreter", {"package-not-installed", "venv-interpreter-missing"}},
}};

/// What a text says where it does not name the package that failed: a later import, a crash.
constexpr std::array<std::string_view, 7> k_behind_silence{"cffi-backend-missing",   "cffi-backend-abi-mismatch",
                                                           "corrupt-binary",         "extension-abi-mismatch",
                                                           "interrupted-install",    "cryptography-binding-missing",
                                                           "wrong-architecture"};

/// What a text is right about even where the disk shows nothing: it happened when something ran, or to another Python.
constexpr std::array<std::string_view, 5> k_passing{"execution-blocked", "wrong-interpreter", "no-wheel-for-python",
                                                    "distro-package-conflict", "externally-managed-environment"};

template <typename List> bool contains(const List& list, std::string_view word)
{
    return std::ranges::find(list, word) != std::ranges::end(list);
}

bool is_silent(const Cause& cause)
{
    return cause.code == "unknown" || cause.code == "interpreter-mode-unsupported";
}

/// "pyopenssl" of "pyOpenSSL", "pydantic_core" of "pydantic-core".
std::string folded(std::string_view name)
{
    std::string word;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') {
            word += static_cast<char>(c - 'A' + 'a');
        } else {
            word += c == '-' || c == '.' ? '_' : c;
        }
    }
    return word;
}

/// Whether the finding is about what the text's line is about. A finding of no package is about all of them.
bool same_subject(const Cause& cause, const Finding& finding)
{
    if (finding.distribution.empty()) return true;
    const auto line = folded(cause.text);
    auto name = folded(finding.distribution);
    if (line.find(name) != std::string::npos) return true;
    if (name.starts_with("py")) name.erase(0, 2); // PyJWT is imported as jwt
    return line.find(name) != std::string::npos;
}

/// Whether the text's line says which module was not there, so that another one's absence is another matter.
bool names_module(const Cause& cause)
{
    return cause.text.find("No module named") != std::string::npos;
}

bool explains(const Finding& finding, const Cause& cause)
{
    if (finding.severity == model::Severity::info) return false;
    if (finding.code == cause.code) return same_subject(cause, finding) || !names_module(cause);
    if (is_silent(cause)) return finding.severity == model::Severity::error && contains(k_behind_silence, finding.code);
    const auto* row = std::ranges::find(k_alternatives, cause.code, &Alternatives::code);
    return row != k_alternatives.end() && contains(row->also, finding.code) && same_subject(cause, finding);
}

/// The finding that tells most of the cause: its own code, then the order of the table, as the disk gives it.
const Finding* finding_for(const Cause& cause, const EnvironmentReport& environment)
{
    const Finding* best = nullptr;
    for (const auto& finding : environment.findings) {
        if (!explains(finding, cause)) continue;
        if (finding.code == cause.code && same_subject(cause, finding)) return &finding;
        if (best == nullptr || (best->severity != model::Severity::error && finding.severity == model::Severity::error)) {
            best = &finding;
        }
    }
    return best;
}

Cause seen(const Cause& cause, const Finding& finding, const EnvironmentReport& environment)
{
    Cause told = cause;
    told.code = finding.code;
    told.confidence = "certain";
    told.explanation = "On disk, in " + environment.path + ": " + finding.summary;
    if (!told.explanation.ends_with('.')) told.explanation += '.';
    if (const auto* entry = causes::find(finding.code)) told.explanation += " " + std::string(entry->what);
    if (finding.code != cause.code) told.remedies.clear();
    for (auto remedy = finding.remedies.rbegin(); remedy != finding.remedies.rend(); ++remedy) {
        if (!contains(told.remedies, *remedy)) told.remedies.insert(told.remedies.begin(), *remedy);
    }
    if (const auto* entry = causes::find(finding.code); entry != nullptr && told.remedies.empty()) {
        told.remedies.emplace_back(entry->fix);
    }
    return told;
}

/// Whether it says something that a look at the disk finds nothing of this cause.
bool would_be_seen(const Cause& cause)
{
    const auto* entry = causes::find(cause.code);
    return entry != nullptr && entry->on_disk && !contains(k_passing, cause.code) && !is_silent(cause);
}

bool was_looked_at(const EnvironmentReport& environment)
{
    return environment.state != model::EnvironmentState::unverifiable;
}

/// The words of a text may fit two causes, but not both can be certain by that alone, nor one beside what the disk shows.
void doubt_what_only_the_text_says(std::vector<Cause>& others, bool any_on_disk)
{
    bool any = any_on_disk;
    for (auto& cause : others) {
        if (cause.confidence == "certain" && std::exchange(any, true)) cause.confidence = "likely";
    }
}

} // namespace

std::vector<Cause> decide(std::vector<Cause> causes, std::span<const EnvironmentReport> environments)
{
    std::vector<Cause> confirmed;
    std::vector<Cause> others;
    for (auto& cause : causes) {
        if (!causes::is_finding(cause.code) && !is_silent(cause)) return causes;
        const Finding* finding = nullptr;
        const EnvironmentReport* where = nullptr;
        for (const auto& environment : environments) {
            const auto* found = finding_for(cause, environment);
            if (found == nullptr || (finding != nullptr && found->code != cause.code)) continue;
            finding = found;
            where = &environment;
        }
        if (finding != nullptr) {
            auto told = seen(cause, *finding, *where);
            const bool known = std::ranges::find(confirmed, told.code, &Cause::code) != confirmed.end();
            if (!known) confirmed.push_back(std::move(told));
            if (finding->code == cause.code || is_silent(cause)) continue;
        } else if (would_be_seen(cause)) {
            const auto looked = std::ranges::find_if(environments, was_looked_at);
            if (looked != environments.end()) {
                cause.explanation += " The disk shows nothing of it now in " + looked->path +
                                     ": it was mended since, or the program runs under another Python.";
            }
        }
        others.push_back(std::move(cause));
    }
    doubt_what_only_the_text_says(others, !confirmed.empty());
    for (auto& cause : others) {
        if (std::ranges::find(confirmed, cause.code, &Cause::code) != confirmed.end()) continue;
        if (cause.code == "unknown" && !confirmed.empty()) continue;
        confirmed.push_back(std::move(cause));
    }
    return confirmed;
}

} // namespace envfix::symptoms
