#include "pep/wheel_name.hpp"

#include "pep/name.hpp"
#include "pep/unicode.hpp"

#include <algorithm>

namespace envfix::pep {

namespace {

tl::unexpected<Error> refuse(std::string_view what, std::string_view file_name,
                             std::string_view why)
{
    return fail(ErrorCode::malformed, "not the file name of " + std::string(what) + ": '" +
                                          std::string(file_name) + "': " + std::string(why));
}

/// The name as PEP 427 escapes it: word characters of any script and dots.
bool is_escaped_name(std::string_view name)
{
    if (name.empty() || name.find("__") != std::string_view::npos) return false;
    while (!name.empty()) {
        const auto next = decode_first(name);
        if (next.value != '.' && !is_word(next.value)) return false;
        name.remove_prefix(next.size);
    }
    return true;
}

std::optional<BuildTag> parse_build(std::string_view text)
{
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    if (end == 0) return std::nullopt;
    const auto digits = text.substr(0, end);
    const auto significant = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    const auto rest = text.substr(end);
    return BuildTag{.number = std::string(digits.substr(significant)),
                    .rest = std::string(rest.substr(0, rest.find('\n')))};
}

} // namespace

Result<WheelName> WheelName::parse(std::string_view file_name)
{
    const auto bad = [file_name](std::string_view why) {
        return refuse("a wheel", file_name, why);
    };
    if (!file_name.ends_with(".whl")) return bad("it does not end with .whl");
    auto rest = file_name.substr(0, file_name.size() - 4);
    const auto hyphens = std::ranges::count(rest, '-');
    if (hyphens != 4 && hyphens != 5) return bad("it does not have five or six parts");
    const auto next_part = [&rest] {
        const auto end = rest.find('-');
        const auto part = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        return part;
    };
    const auto name = next_part();
    if (!is_escaped_name(name)) return bad("the name is not valid");
    auto version = Version::try_parse(next_part());
    if (!version) return bad("the version is not valid");
    std::optional<BuildTag> build;
    if (hyphens == 5) {
        build = parse_build(next_part());
        if (!build) return bad("the build number does not begin with a digit");
    }
    ENVFIX_TRY(auto tags, parse_tags(rest));
    return WheelName{.name = normalize_name(name),
                     .version = *std::move(version),
                     .build = std::move(build),
                     .tags = std::move(tags)};
}

Result<SdistName> SdistName::parse(std::string_view file_name)
{
    const auto bad = [file_name](std::string_view why) {
        return refuse("a source distribution", file_name, why);
    };
    auto stem = file_name;
    if (stem.ends_with(".tar.gz")) {
        stem.remove_suffix(7);
    } else if (stem.ends_with(".zip")) {
        stem.remove_suffix(4);
    } else {
        return bad("it does not end with .tar.gz or .zip");
    }
    const auto hyphen = stem.rfind('-'); // a normal version has none
    if (hyphen == std::string_view::npos) return bad("no hyphen between name and version");
    if (hyphen == 0) return bad("the name is empty");
    auto version = Version::try_parse(stem.substr(hyphen + 1));
    if (!version) return bad("the version is not valid");
    return SdistName{.name = normalize_name(stem.substr(0, hyphen)),
                     .version = *std::move(version)};
}

} // namespace envfix::pep
