#include "pep/tags.hpp"

#include "pep/unicode.hpp"

#include <algorithm>
#include <array>

namespace envfix::pep {

namespace {

constexpr unsigned k_first_abi3_minor = 2; // PEP 384 came with 3.2

tl::unexpected<Error> refuse(std::string_view text, std::string_view why)
{
    return fail(ErrorCode::malformed,
                "not a compatibility tag: '" + std::string(text) + "': " + std::string(why));
}

/// The members of one part; nothing if one is empty.
std::optional<std::vector<std::string_view>> members(std::string_view part)
{
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at <= part.size();) {
        const auto end = std::min(part.find('.', at), part.size());
        if (end == at) return std::nullopt;
        out.push_back(part.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

std::string short_name(const std::string& implementation)
{
    if (implementation == "cpython") return "cp";
    if (implementation == "pypy") return "pp";
    if (implementation == "ironpython") return "ip";
    if (implementation == "jython") return "jy";
    if (implementation == "python") return "py";
    return implementation;
}

std::string nodot(unsigned major, unsigned minor)
{
    return std::to_string(major) + std::to_string(minor);
}

/// The ABIs of its own that a CPython loads, best first: a debug build loads extension modules of
/// both kinds from 3.8 on.
std::vector<std::string> cpython_abis(const TagEnvironment& environment)
{
    const auto base = "cp" + nodot(environment.major, environment.minor) +
                      (environment.is_free_threaded ? "t" : "");
    const bool is_before_38 =
        environment.major < 3 || (environment.major == 3 && environment.minor < 8);
    if (is_before_38) {
        // pymalloc was part of the ABI, and every build had it
        const bool is_wide = environment.major < 3 || environment.minor < 3;
        return {base + (environment.is_debug ? "d" : "") + "m" + (is_wide ? "u" : "")};
    }
    if (environment.is_debug) return {base + "d", base};
    return {base};
}

void add_cpython(const TagEnvironment& environment, std::vector<TagGroup>& groups)
{
    const auto interpreter = "cp" + nodot(environment.major, environment.minor);
    for (auto& abi : cpython_abis(environment))
        groups.push_back({interpreter, std::move(abi)});
    const bool has_stable_abi = environment.major > 3 ||
                                (environment.major == 3 && environment.minor >= k_first_abi3_minor);
    const std::string stable_abi = environment.is_free_threaded ? "abi3t" : "abi3";
    if (has_stable_abi) groups.push_back({interpreter, stable_abi});
    groups.push_back({interpreter, "none"});
    if (!has_stable_abi) return;
    for (unsigned minor = environment.minor; minor-- > k_first_abi3_minor;) {
        groups.push_back({"cp" + nodot(environment.major, minor), stable_abi});
    }
}

/// PyPy and others: only what was built for them.
void add_generic(const TagEnvironment& environment, std::vector<TagGroup>& groups)
{
    const auto interpreter =
        short_name(environment.implementation) + nodot(environment.major, environment.minor);
    if (!environment.abi.empty()) {
        auto abi = environment.abi;
        std::ranges::replace_if(
            abi, [](char c) { return c == '.' || c == '-' || c == ' '; }, '_');
        groups.push_back({interpreter, std::move(abi)});
    }
    groups.push_back({interpreter, "none"});
}

/// "py313", "py3", "py312", …, "py30"
std::vector<std::string> pure_interpreters(const TagEnvironment& environment)
{
    std::vector<std::string> out{"py" + nodot(environment.major, environment.minor),
                                 "py" + std::to_string(environment.major)};
    for (unsigned minor = environment.minor; minor-- > 0;) {
        out.push_back("py" + nodot(environment.major, minor));
    }
    return out;
}

} // namespace

std::string to_string(const Tag& tag)
{
    return tag.interpreter + '-' + tag.abi + '-' + tag.platform;
}

Result<std::vector<Tag>> parse_tags(std::string_view text)
{
    std::vector<std::vector<std::string_view>> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('-', at), text.size());
        auto part = members(text.substr(at, end - at));
        if (!part) return refuse(text, "an empty part");
        parts.push_back(*std::move(part));
        at = end + 1;
    }
    if (parts.size() != 3) return refuse(text, "it does not have three parts");
    for (const auto interpreter : parts[0]) {
        if (!is_identifier(interpreter)) return refuse(text, "the interpreter is no identifier");
    }
    if (parts[0].size() > k_max_tags || parts[1].size() > k_max_tags ||
        parts[2].size() > k_max_tags ||
        parts[0].size() * parts[1].size() * parts[2].size() > k_max_tags) {
        return refuse(text, "it stands for too many tags");
    }
    std::vector<Tag> tags;
    tags.reserve(parts[0].size() * parts[1].size() * parts[2].size());
    for (const auto interpreter : parts[0]) {
        for (const auto abi : parts[1]) {
            for (const auto platform : parts[2]) {
                tags.push_back({lower(interpreter), lower(abi), lower(platform)});
            }
        }
    }
    std::ranges::sort(tags);
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
}

std::vector<TagGroup> supported_groups(const TagEnvironment& environment)
{
    std::vector<TagGroup> groups;
    std::string any_interpreter;
    if (environment.implementation == "cpython") {
        add_cpython(environment, groups);
        any_interpreter = "cp" + nodot(environment.major, environment.minor);
    } else {
        add_generic(environment, groups);
        if (environment.implementation == "pypy") any_interpreter = "pp3";
    }
    const auto pure = pure_interpreters(environment);
    for (const auto& interpreter : pure)
        groups.push_back({interpreter, "none"});
    if (!any_interpreter.empty()) groups.push_back({any_interpreter, "none", true});
    for (const auto& interpreter : pure)
        groups.push_back({interpreter, "none", true});
    return groups;
}

std::vector<Tag> supported_tags(const TagEnvironment& environment)
{
    std::vector<Tag> tags;
    for (const auto& group : supported_groups(environment)) {
        if (group.is_any) {
            tags.push_back({group.interpreter, group.abi, "any"});
            continue;
        }
        for (const auto& platform : environment.platforms) {
            tags.push_back({group.interpreter, group.abi, platform});
        }
    }
    return tags;
}

SupportedTags::SupportedTags(std::span<const Tag> best_first)
{
    m_ranks.reserve(best_first.size());
    for (std::size_t i = 0; i < best_first.size(); ++i) {
        m_ranks.emplace(to_string(best_first[i]), i); // the first place of a repeated one counts
    }
}

std::optional<std::size_t> SupportedTags::rank(const Tag& tag) const
{
    const auto at = m_ranks.find(to_string(tag));
    if (at == m_ranks.end()) return std::nullopt;
    return at->second;
}

std::optional<std::size_t> SupportedTags::best_rank(std::span<const Tag> wheel) const
{
    std::optional<std::size_t> best;
    for (const auto& tag : wheel) {
        const auto place = rank(tag);
        if (place && (!best || *place < *best)) best = place;
    }
    return best;
}

std::optional<std::size_t> best_rank(std::span<const Tag> wheel, std::span<const Tag> supported)
{
    for (std::size_t i = 0; i < supported.size(); ++i) {
        if (std::ranges::find(wheel, supported[i]) != wheel.end()) return i;
    }
    return std::nullopt;
}

} // namespace envfix::pep
