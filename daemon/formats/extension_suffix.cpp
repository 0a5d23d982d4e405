#include "formats/extension_suffix.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace envfix::formats {

namespace {

std::string version_digits(const SuffixFacts& facts)
{
    return std::to_string(facts.major) + std::to_string(facts.minor);
}

std::string tagged(std::string_view tag)
{
    return '.' + std::string(tag) + ".so";
}

std::string with_platform(std::string tag, const std::string& platform)
{
    return platform.empty() ? tag : std::move(tag) + '-' + platform;
}

/// The names for the stable interface, in the order in which they are tried.
std::vector<std::string> stable_suffixes(const SuffixFacts& facts)
{
    const auto version = std::pair(facts.major, facts.minor);
    const bool has_platform_names =
        !facts.multiarch.empty() &&
        (version >= std::pair(3, 15) || (facts.debian && version >= std::pair(3, 13)));
    const auto plain = [](const char* abi) { return tagged(abi); };
    const auto named = [&facts](const char* abi) {
        return tagged(with_platform(abi, facts.multiarch));
    };
    if (version < std::pair(3, 15)) {
        if (!has_platform_names) return {plain("abi3")};
        return {plain("abi3"), named("abi3")};
    }
    std::vector<std::string> out;
    for (const char* abi : {"abi3", "abi3t"}) {
        // A free-threaded 3.15 takes only what was built for free threading as well (PEP 803).
        if (abi == std::string_view("abi3") && facts.abi_flags.find('t') != std::string::npos)
            continue;
        if (has_platform_names) out.push_back(named(abi));
        out.push_back(plain(abi));
    }
    return out;
}

std::optional<int> number(std::string_view digits)
{
    int value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stop != end || digits.starts_with('-')) return {};
    return value;
}

/// "311" to 3 and 11, "27" to 2 and 7: the major version has one digit.
bool take_version(std::string_view digits, ExtensionTag& tag)
{
    if (digits.size() < 2 || digits.size() > 4) return false;
    const auto major = number(digits.substr(0, 1));
    const auto minor = number(digits.substr(1));
    if (!major || !minor) return false;
    tag.major = *major;
    tag.minor = *minor;
    return true;
}

/// Cuts the text at the first `-`, which goes.
std::string_view take_part(std::string_view& rest)
{
    const auto dash = std::min(rest.find('-'), rest.size());
    const auto part = rest.substr(0, dash);
    rest.remove_prefix(std::min(dash + 1, rest.size()));
    return part;
}

std::size_t digits_at(std::string_view text, std::size_t from)
{
    const auto end = std::min(text.find_first_not_of("0123456789", from), text.size());
    return end - from;
}

/// `311`, `313t`, `36m`.
bool take_version_and_flags(std::string_view part, ExtensionTag& tag)
{
    const auto digits = digits_at(part, 0);
    tag.abi_flags = part.substr(digits);
    return take_version(part.substr(0, digits), tag) &&
           tag.abi_flags.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
}

bool take_stable(std::string_view part, std::string_view platform, ExtensionTag& tag)
{
    if (part == "abi3")
        tag.abi = ExtensionAbi::stable;
    else if (part == "abi3t")
        tag.abi = ExtensionAbi::stable_free_threaded;
    else
        return false;
    tag.platform = platform;
    return true;
}

/// Fills in what the tag says; false if it is none that is known.
bool take_tag(std::string_view text, ExtensionTag& tag)
{
    auto rest = text;
    const auto first = take_part(rest);
    if (take_stable(first, rest, tag)) return true;
    tag.abi = ExtensionAbi::version;
    if (first == "cpython") { // cpython-311-x86_64-linux-gnu
        tag.implementation = "cpython";
        const auto version = take_part(rest);
        tag.platform = rest;
        return take_version_and_flags(version, tag);
    }
    if (first.starts_with("pypy")) { // pypy311-pp73-x86_64-linux-gnu
        tag.implementation = "pypy";
        tag.pypy_abi = take_part(rest);
        tag.platform = rest;
        return take_version(first.substr(4), tag);
    }
    if (first.starts_with("graalpy")) { // graalpy231-311-native-x86_64-linux
        tag.implementation = "graalpy";
        const auto version = take_part(rest);
        if (rest.starts_with("native-")) take_part(rest);
        tag.platform = rest;
        return take_version(version, tag);
    }
    if (first.starts_with("cp")) { // cp312-win_amd64
        tag.implementation = "cpython";
        tag.platform = rest;
        return take_version_and_flags(first.substr(2), tag);
    }
    return false;
}

} // namespace

std::string soabi(const SuffixFacts& facts)
{
    if (facts.implementation == "cpython")
        return with_platform("cpython-" + version_digits(facts) + facts.abi_flags, facts.multiarch);
    if (facts.implementation == "pypy")
        return "pypy" + version_digits(facts) + '-' + facts.pypy_abi;
    return {};
}

std::vector<std::string> extension_suffixes(const SuffixFacts& facts)
{
    if (facts.implementation == "pypy")
        return {tagged(with_platform(soabi(facts), facts.multiarch))};
    if (facts.implementation != "cpython") return {};
    std::vector<std::string> out{tagged(soabi(facts))};
    // A debug build takes modules of the release build as well, since their ABI is the same (3.8).
    if (facts.abi_flags.find('d') != std::string::npos &&
        std::pair(facts.major, facts.minor) >= std::pair(3, 8)) {
        auto release = facts;
        std::erase(release.abi_flags, 'd');
        out.push_back(tagged(soabi(release)));
    }
    std::ranges::move(stable_suffixes(facts), std::back_inserter(out));
    out.emplace_back(".so");
    return out;
}

std::optional<ExtensionTag> parse_extension_name(std::string_view file_name)
{
    const auto last_dot = file_name.rfind('.');
    if (last_dot == std::string_view::npos) return {};
    const auto ending = file_name.substr(last_dot);
    if (ending != ".so" && ending != ".pyd" && ending != ".dylib") return {};
    const auto first_dot = file_name.find('.');
    ExtensionTag tag;
    tag.module = file_name.substr(0, first_dot);
    if (first_dot == last_dot) {
        tag.abi = ExtensionAbi::untagged;
        return tag;
    }
    const auto text = file_name.substr(first_dot + 1, last_dot - first_dot - 1);
    if (!take_tag(text, tag)) {
        tag = {};
        tag.module = file_name.substr(0, first_dot);
    }
    tag.text = text;
    return tag;
}

std::optional<std::size_t> match_extension(std::string_view file_name, std::string_view module,
                                           std::span<const std::string> suffixes)
{
    if (!file_name.starts_with(module)) return {};
    const auto found = std::ranges::find(suffixes, file_name.substr(module.size()));
    if (found == suffixes.end()) return {};
    return static_cast<std::size_t>(found - suffixes.begin());
}

} // namespace envfix::formats
