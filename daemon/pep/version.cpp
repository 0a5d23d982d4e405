#include "pep/version.hpp"

#include "pep/unicode.hpp"

#include <array>

namespace envfix::pep {

namespace {

/// Nearly every version begins with a digit and ends with a letter or digit: no white space to look
/// for.
bool may_have_space(std::string_view text)
{
    const auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return text.empty() || !is_plain(text.front()) || !is_plain(text.back());
}

struct Fields {
    bool zeros = true;
    bool suffixes = true;
    bool local = true;
};

std::string render(const VersionKey& key, Fields fields)
{
    KeyReader reader(key.bytes);
    std::string out = reader.number();
    if (out == "0") {
        out.clear();
    } else {
        out += '!';
    }
    bool is_first = true;
    const auto component = [&out, &is_first](std::string_view digits) {
        if (!is_first) out += '.';
        out += digits;
        is_first = false;
    };
    while (!reader.release_ends())
        component(reader.number());
    const auto zeros = fields.zeros ? key.trailing_zeros : 0U;
    for (std::uint32_t i = 0; i < zeros; ++i)
        component("0");
    if (is_first) component("0"); // a release of zeros only keeps one
    if (!fields.suffixes) return out;

    static constexpr std::array<std::string_view, 4> k_letters{"", "a", "b", "rc"};
    std::string number;
    const auto letter = reader.pre(number);
    if (letter != PreLetter::none) {
        out += k_letters[static_cast<std::size_t>(letter)];
        out += number;
    }
    if (reader.post(number)) out += ".post" + number;
    if (reader.dev(number)) out += ".dev" + number;
    if (!fields.local) return out;
    if (const auto local = reader.local(); !local.empty()) out += '+' + local;
    return out;
}

/// A reader that stands behind the release.
KeyReader behind_release(const VersionKey& key)
{
    KeyReader reader(key.bytes);
    reader.number();
    while (!reader.release_ends())
        reader.number();
    return reader;
}

} // namespace

std::optional<Version> Version::try_parse(std::string_view text)
{
    if (may_have_space(text)) text = strip(text);
    VersionParts parts;
    const auto size = scan_version(text, VersionTail::local, parts);
    if (size == 0 || size != text.size()) return std::nullopt;
    return std::optional<Version>(std::in_place, Scanned{}, parts);
}

Result<Version> Version::parse(std::string_view text)
{
    if (auto version = try_parse(text)) return *std::move(version);
    const auto space = leading_space(text);
    VersionParts parts;
    const auto at = space + scan_version(text.substr(space), VersionTail::local, parts);
    return fail(ErrorCode::malformed,
                "not a version at byte " + std::to_string(at) + ": '" + std::string(text) + "'");
}

std::string Version::to_string() const
{
    return render(m_key, {});
}

std::string Version::canonical() const
{
    return render(m_key, {.zeros = false});
}

std::string Version::public_version() const
{
    return render(m_key, {.local = false});
}

std::string Version::base_version() const
{
    return render(m_key, {.suffixes = false});
}

std::string Version::epoch() const
{
    return KeyReader(m_key.bytes).number();
}

std::vector<std::string> Version::release() const
{
    KeyReader reader(m_key.bytes);
    reader.number();
    std::vector<std::string> out;
    while (!reader.release_ends())
        out.push_back(reader.number());
    out.insert(out.end(), m_key.trailing_zeros, "0");
    return out;
}

std::optional<std::pair<std::string, std::string>> Version::pre() const
{
    static constexpr std::array<const char*, 4> k_letters{"", "a", "b", "rc"};
    auto reader = behind_release(m_key);
    std::string number;
    const auto letter = reader.pre(number);
    if (letter == PreLetter::none) return std::nullopt;
    return std::pair<std::string, std::string>{k_letters[static_cast<std::size_t>(letter)], number};
}

std::optional<std::string> Version::post() const
{
    auto reader = behind_release(m_key);
    std::string number;
    reader.pre(number);
    if (!reader.post(number)) return std::nullopt;
    return number;
}

std::optional<std::string> Version::dev() const
{
    auto reader = behind_release(m_key);
    std::string number;
    reader.pre(number);
    reader.post(number);
    if (!reader.dev(number)) return std::nullopt;
    return number;
}

std::optional<std::string> Version::local() const
{
    if (!has_local()) return std::nullopt;
    return KeyReader(std::string_view(m_key.bytes).substr(m_key.public_end)).local();
}

} // namespace envfix::pep
